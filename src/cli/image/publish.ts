import type { Command } from "@commander-js/extra-typings";
import { defined } from "../../base/defined";
import type { Digest } from "../../base/digest";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { readBounded } from "../../base/file";
import { bytesText, timeText } from "../../base/text/units";
import { publishTags } from "../../domain/image/tags";
import { readBuildFile, readSbom } from "../../images/gates/buildMetadata";
import { MAX_REPORT, readScanReport } from "../../images/gates/scanReport";
import { buildSignOffsFromFiles, signOffsFromFiles } from "../../images/gates/signOffFile";
import type { PhaseTime } from "../../images/phases";
import { publication, type Published, stagesFor } from "../../images/publish";
import { breakGlassText } from "../../images/history";
import { destinationOf, type Registries } from "../../images/registries";
import type { BreakGlass } from "../../images/recordSchemas";
import type { Recorded } from "../../images/tagAndLock";
import type { PublishRequest, ReleaseTools } from "../../images/types";
import { openSource } from "../../oci";
import { imageOf, type StageOutputs } from "../../outputs";
import type { Verifier } from "../../signing";
import { defineCommand, type OptionsOf } from "../command";
import { notifyFailure } from "../failureNotice";
import type { Io } from "../io";
import {
  byDigestOption,
  formatOption,
  lockOption,
  outputsOption,
  printResult,
  REGISTRY_EXITS,
  trustedRootOption,
  withSignerOptions,
} from "../options";
import { followPhases } from "../progress";
import { readStageOutputs } from "../stageOutputs";
import { readAllVex, releaseTools, withRegistries } from "./context";
import { lockingLater, stillToDo } from "./lockLater";

const declare = (command: Command) =>
  withSignerOptions(
    command
      .argument("<source>", "oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME] or engine:NAME")
      .addOption(outputsOption())
      .requiredOption("--image <repository>", "the image's repository in the map of Pulumi.yaml, such as orders/api")
      .requiredOption("--build <file>", "build metadata: JSON with source, commit, version, createdAt and run")
      .option("--branch <name>", "the branch it was built from: a feature's image gets its name and not latest")
      .option("--tag <tag...>", "just these tags (default: all that the registry's tag rules take)")
      .option("--scan <file...>", "reports of Trivy, Grype or Microsoft Defender in JSON, one for each platform")
      .option("--vex <file...>", "signed OpenVEX statements on findings that the reports hide")
      .option("--sbom <file...>", "SBOMs in SPDX or CycloneDX JSON, attached as they are")
      .option("--sign-offs <file...>", "the signed list of who signed the build off, where the stage asks for it")
      .addOption(byDigestOption())
      .option(
        "--break-glass <reason>",
        "past the stages before, with the stage's sign-offs of this very digest: a sentence that says why, and is recorded",
      )
      .addOption(lockOption()),
  )
    .addOption(trustedRootOption())
    .addOption(formatOption("text", "json"))
    .addHelpText("after", REGISTRY_EXITS);

export type PublishOptions = OptionsOf<typeof declare>;

/**
 * Publishes one image.
 *
 * @returns 0; what stands against it is thrown
 * @throws DualRegistryError as gates, registry and files say
 */
async function run(from: string, options: PublishOptions, io: Io): Promise<ExitCode> {
  const outputs = readStageOutputs(options.outputs, io, (read) => [imageOf(read, options.image).class]);
  try {
    return await publishOne(from, outputs, options, io);
  } catch (error) {
    const failed = { command: "publish", stage: outputs.stage, image: options.image } as const;
    if (error instanceof DualRegistryError) await notifyFailure(failed, error, io);
    throw error;
  }
}

export const publish = defineCommand(declare, run);

/** What is given of one image. */
export type PublishInput = Omit<
  PublishOptions,
  "format" | "trustedRoot" | "key" | "keyless" | "fulcioUrl" | "rekorUrl"
>;

/** What one publication or several use. */
export interface PublishContext {
  outputs: StageOutputs;
  tools: ReleaseTools;
  registries: Registries;
  io: Io;
  /** In front of each line, where several run at a time. */
  lead?: string;
}

async function publishOne(from: string, outputs: StageOutputs, options: PublishOptions, io: Io): Promise<ExitCode> {
  const tools = await releaseTools(options, io);
  return withRegistries<ExitCode>(io, async (registries) => {
    const { result } = await publishImage(from, options, { outputs, tools, registries, io });
    printResult(io, options.format, result, publishText);
    return 0;
  });
}

/**
 * Publishes one image with what its files say.
 *
 * @param from where the image is: `oci-archive:image.tar`
 * @returns what it did, and what its tags take
 * @throws DualRegistryError as gates, registry and files say
 */
export async function publishImage(
  from: string,
  options: PublishInput,
  { outputs, tools, registries, io, lead = "" }: PublishContext,
): Promise<{ result: PublishResult; recorded: Recorded }> {
  const image = imageOf(outputs, options.image);
  const build = readBuildFile(options.build);
  const scans = (options.scan ?? []).map((file) => {
    const raw = readBounded(file, MAX_REPORT);
    return { raw, report: readScanReport(raw, file) };
  });
  const sboms = (options.sbom ?? []).map(readSbom);
  const { tagRules: rules } = outputs.registries[image.class];
  const { version, commit } = build;
  const { branch, tag: asked } = options;
  const { stage, stages, versionPrefix } = outputs;
  const tags = publishTags({ version, commit, stage, stages, versionPrefix, rules, ...defined({ asked, branch }) });
  if (tags.problems.length > 0) throw new DualRegistryError("GATE_REFUSED", tags.problems.join("\n"));
  for (const { tag, why } of tags.left) io.stderr.write(`${lead}tag ${tag} is not set: ${why}\n`);
  const vex = await readAllVex(options.vex, outputs.policies[image.class].signers, tools.verifier);
  const source = await openSource(from);
  try {
    const { pushByDigest: byDigest } = options;
    const request: PublishRequest = {
      ...{ source: source.source, reference: source.reference, build, scans, vex, sboms, tools },
      tags: asked === undefined ? tags.set : [...new Set(asked)],
      targets: stagesFor(stage, stages, image),
      binding: image.binding,
      ...signOffReaders(options, outputs, tools.verifier),
      ...defined({ byDigest }),
      destination: lockingLater(destinationOf(outputs, image, registries), options.lock),
    };
    const { result: published, times } = await followPhases(publication(request), io, lead);
    const compression = source.stats.uncompressed > 0 ? source.stats : undefined;
    const done = publishResult(request, published, times, compression);
    const result = { ...done, ...stillToDo(request, done, { outputs, outputsFile: options.outputs }) };
    return { result, recorded: published.recorded };
  } finally {
    await source.close();
  }
}

/** Who reads the sign-offs: of the build or, past the stages before, of the image. */
function signOffReaders(
  { signOffs, breakGlass }: Pick<PublishOptions, "signOffs" | "breakGlass">,
  { gates }: StageOutputs,
  verifier: Verifier,
): Pick<PublishRequest, "readSignOffs" | "breakGlass"> {
  const trusted = gates.signOffSigners;
  if (breakGlass === undefined) {
    return signOffs === undefined ? {} : { readSignOffs: buildSignOffsFromFiles(signOffs, trusted, verifier) };
  }
  const readSignOffs = signOffsFromFiles(signOffs ?? [], trusted, verifier);
  return { breakGlass: { reason: breakGlass, readSignOffs } };
}

/** A publication that takes longer is worth a look. */
const SLOW = 3 * 60 * 1000;

/** How layers were compressed on the way; absent where none had to be. */
export interface Compression {
  /** Bytes. */
  uncompressed: number;
  compressed: number;
}

/** What a publication did. */
export interface PublishResult {
  stage: string;
  /** As the map of images has it. */
  repository: string;
  /** `host/path`. */
  image: string;
  digest: Digest;
  /** Those that it has or, with `tagWith`, that it is to get. */
  tags: readonly string[];
  /** Of the product that it is published with: as it was built or, past the stages before, as it was let through. */
  version: string;
  commit: string;
  /** The command that places its tags, where that was left until all images of its product are there. */
  tagWith?: string;
  /** Digests of what was attached. */
  referrers: readonly Digest[];
  blobs: { sent: number; mounted: number; present: number; sentBytes: number };
  /** Null where the tag regime is mutable, and where no tag was placed. */
  locked: boolean | null;
  /** Commands that lock it, where that was left to somebody else. */
  lockWith?: readonly string[];
  compression?: Compression;
  /** Present where it came past the stages before: why, and who approved that. */
  breakGlass?: BreakGlass;
  phases: readonly PhaseTime[];
  warnings: readonly string[];
}

/** The result of a publication, as it is printed. */
export function publishResult(
  { destination, tags, build }: Pick<PublishRequest, "destination" | "tags" | "build">,
  { digest, copied, referrers, locked, breakGlass }: Omit<Published, "recorded">,
  phases: readonly PhaseTime[],
  compression: Compression | undefined,
): PublishResult {
  const took = phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const { sent, mounted, present } = copied.outcomes;
  return {
    ...{ stage: destination.stage, repository: destination.repository, image: destination.target.name },
    // Past the stages before it gets the name that was let through, whatever it was called there.
    ...{ digest, tags, version: (breakGlass && tags[0]) ?? build.version, commit: build.commit, referrers },
    blobs: { sent, mounted, present, sentBytes: copied.sentBytes },
    locked,
    ...defined({ compression, breakGlass }),
    phases,
    warnings: took > SLOW ? [`The publication took ${timeText(took)}, and a usual one takes less than 3 min`] : [],
  };
}

/** A publication's result for people. */
export function publishText(result: PublishResult): string {
  const { image, digest, tags, referrers, blobs, locked, lockWith = [], compression, phases, warnings } = result;
  const { breakGlass, tagWith } = result;
  const took = phases.map(({ phase, milliseconds }) => `${phase} ${timeText(milliseconds)}`).join(", ");
  const lines = [
    `${image}@${digest}`,
    ...(breakGlass === undefined ? [] : [breakGlassText(breakGlass)]),
    `${tagWith === undefined ? "tags" : "to be tagged"}: ${tags.join(", ")}${locked === true ? ", locked" : ""}`,
    `attached: ${referrers.length}`,
    `blobs: ${blobs.sent} sent (${bytesText(blobs.sentBytes)}), ${blobs.mounted} mounted, ${blobs.present} there already`,
    ...(compression === undefined ? [] : [compressionText(compression)]),
    `times: ${took}`,
    ...(tagWith === undefined ? [] : [`not tagged yet: ${tagWith}`]),
    ...lockWith.map((command) => `not locked yet: ${command}`),
    ...warnings.map((warning) => `Warning: ${warning}`),
  ];
  return `${lines.join("\n")}\n`;
}

function compressionText({ uncompressed, compressed }: Compression): string {
  const ratio = compressed > 0 ? (uncompressed / compressed).toFixed(2) : "1.00";
  return `compressed: ${bytesText(uncompressed)} to ${bytesText(compressed)}, ${ratio} to 1`;
}
