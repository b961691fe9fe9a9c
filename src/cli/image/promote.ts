import type { Command } from "@commander-js/extra-typings";
import { defined } from "../../base/defined";
import type { Digest } from "../../base/digest";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { readBounded } from "../../base/file";
import { allSettled, limiter } from "../../base/limit";
import { bytesText, timeText } from "../../base/text/units";
import type { SignOffReader } from "../../domain/flow/signOffs";
import type { ImageClass } from "../../domain/image/imageClass";
import { edgeProblems, promotionTags } from "../../domain/image/promotionEdge";
import { elsewhereText } from "../../domain/identity/environments";
import { SIGN_OFF_WORKFLOW } from "../../github/candidate";
import { githubFromEnvironment, readRepositoryName } from "../../github/client";
import { rulesOfOutputs } from "../../github/releaseRules";
import { signOffsFromGithub } from "../../github/signOffs";
import { MAX_REPORT, readScanReport } from "../../images/gates/scanReport";
import { signOffsFromFiles } from "../../images/gates/signOffFile";
import type { PhaseTime } from "../../images/phases";
import { type Promoted, promotion } from "../../images/promote";
import { destinationOf, type Registries } from "../../images/registries";
import type { PromoteRequest, ReleaseTools } from "../../images/types";
import { choiceOf, namedKind, type RegistryOutput, type StageOutputs } from "../../outputs";
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
import { type NamedImage, readAllVex, readImageName, releaseTools, withRegistries } from "./context";
import { lockingLater, type NamedOutputs, stillToDo } from "./lockLater";

const declare = (command: Command) =>
  withSignerOptions(
    command
      .argument("<image...>", "repositories of the map with a tag or digest at the stage before: orders/api:v1.2.3-rc1")
      .addOption(outputsOption("the target stage's outputs, which name the stage before"))
      .option(
        "--sign-offs <file...>",
        "signed sign-offs, where the stage asks for any; or github, for GitHub's own records",
      )
      .option("--version <version>", "the release, where the reference is no version (default: its tag)")
      .option("--from-type <kind>", "the kind of registry at the stage before (default: that stage's own)")
      .option("--scan <file...>", "scans made since the publication")
      .option("--vex <file...>", "signed OpenVEX statements on findings that the scans hide")
      .option("--tag <tag...>", "the version as it is, where the stage takes it (default: what it is called there)")
      .addOption(byDigestOption())
      .addOption(lockOption()),
  )
    .addOption(trustedRootOption())
    .addOption(formatOption("text", "json"))
    .addHelpText("after", REGISTRY_EXITS);

export type PromoteOptions = OptionsOf<typeof declare>;

/** The options that decide what is asked for, beside those of the command line that say how. */
export type RequestOptions = Pick<
  PromoteOptions,
  "signOffs" | "version" | "fromType" | "scan" | "vex" | "tag" | "pushByDigest" | "lock"
>;

/** Images on their way at a time; their blobs share one limit of their own. */
const PARALLEL = 4;

/**
 * Promotes images along one edge, each a transaction of its own.
 *
 * @returns 0, or 1 where an image did not get through; the others did
 */
async function run(names: string[], options: PromoteOptions, io: Io): Promise<ExitCode> {
  const outputs = readStageOutputs(options.outputs, io, (read) =>
    names.map((name) => readImageName(name, read).image.class),
  );
  const images = names.map((name) => readImageName(name, outputs));
  const tools = await releaseTools(options, io);
  return withRegistries(io, async (registries) => {
    const requests = await Promise.all(
      images.map((named) => requestOf(named, outputs, options, { registries, tools, io })),
    );
    const run = limiter(PARALLEL);
    const named = { outputs, outputsFile: options.outputs };
    const results = await allSettled(
      requests.map((request) => run(() => promoteOne(request, named, io, requests.length > 1))),
    );
    printResult(io, options.format, results, promoteText);
    const failed = results.flatMap(({ failure }) => (failure === undefined ? [] : [failure.exitCode]));
    return failed.includes(2) ? 2 : failed.length > 0 ? 1 : 0;
  });
}

export const promote = defineCommand(declare, run);

/** Promotes one image; where it is refused the result says why, and people are told. */
export async function promoteOne(
  request: PromoteRequest,
  named: NamedOutputs,
  io: Io,
  several: boolean,
): Promise<PromoteResult> {
  let done: Partial<Promoted> = {};
  const transaction = promotion(request, (more) => (done = { ...done, ...more }));
  const lead = several ? `${request.repository}:${request.reference} ` : "";
  try {
    const { result: promoted, times } = await followPhases(transaction, io, lead);
    const result = promoteResult(request, promoted, times);
    return { ...result, ...stillToDo(request, result, named) };
  } catch (error) {
    if (!(error instanceof DualRegistryError)) throw error;
    const failed = { command: "promote", stage: request.destination.stage, image: request.repository } as const;
    await notifyFailure(failed, error, io);
    return promoteResult(request, done, [], error);
  }
}

/** @throws DualRegistryError USAGE for a kind that is none, CONFIG_INVALID for one that the stage before does not have */
function sourceOf(
  before: NonNullable<StageOutputs["stageBefore"]>,
  imageClass: ImageClass,
  kind: string | undefined,
): RegistryOutput {
  const choice = choiceOf(before, imageClass, kind === undefined ? undefined : namedKind(kind, "--from-type"));
  if ("registry" in choice) return choice.registry;
  throw new DualRegistryError("CONFIG_INVALID", `${before.stage}, class ${imageClass}: ${choice.problem}`);
}

/**
 * What a promotion of one image asks for, as outputs and options say.
 *
 * @throws DualRegistryError USAGE, CONFIG_INVALID, GATE_REFUSED before anything is copied
 */
export async function requestOf(
  { image, reference }: NamedImage,
  outputs: StageOutputs,
  options: RequestOptions,
  { registries, tools, io }: { registries: Registries; tools: ReleaseTools; io: Io },
): Promise<PromoteRequest> {
  const before = outputs.stageBefore;
  if (before === undefined) {
    throw new DualRegistryError(
      "USAGE",
      `The outputs of ${outputs.stage} name no stage before; set dual-registry:before in Pulumi.${outputs.stage}.yaml`,
    );
  }
  const { elsewhere } = outputs.gates;
  if (elsewhere !== undefined && options.signOffs === undefined) {
    io.stderr.write(`Releases are ${elsewhereText(elsewhere)}: that is not read here\n`);
  }
  const { stages, versionPrefix } = outputs;
  const edge = { from: before.stage, to: outputs.stage, stages, versionPrefix };
  const [wrong] = edgeProblems(edge.from, edge.to, edge.stages);
  if (wrong !== undefined) throw new DualRegistryError("GATE_REFUSED", wrong);
  const from = sourceOf(before, image.class, options.fromType);
  const destination = lockingLater(destinationOf(outputs, image, registries), options.lock);
  const version = options.version ?? reference;
  const source = registries.repository(from, image.repository);
  const sameRegistry = from.loginServer === outputs.registries[image.class].loginServer;
  const { verifier } = tools;
  const asked = options.tag ?? [];
  const { tags, problems } = promotionTags({ reference, version, edge, rules: destination.tagRules, asked });
  if (problems.length > 0) throw new DualRegistryError("GATE_REFUSED", problems.join("\n"));
  return {
    ...{
      from: edge.from,
      source: source.target,
      reference,
      repository: image.repository,
      version,
      destination,
      tools,
    },
    binding: image.binding,
    tags,
    ...defined({ byDigest: options.pushByDigest }),
    ...(options.signOffs && { readSignOffs: signOffReader(options.signOffs, { outputs, version, verifier, io }) }),
    scans: (options.scan ?? []).map((file) => readScanReport(readBounded(file, MAX_REPORT), file)),
    vex: await readAllVex(options.vex, destination.policy.signers, verifier),
    ...(sameRegistry ? { mountFrom: source.path } : {}),
  };
}

/** What became of one image. */
export interface PromoteResult {
  stage: string;
  /** As the map of images has it. */
  repository: string;
  /** `host/path` at the target. */
  image: string;
  from: string;
  to: string;
  digest?: Digest;
  /** Those that it has or, with `tagWith`, that it is to get. */
  tags: readonly string[];
  /** What it is called in the stage, and what it was built from; the commit is absent where its platforms differ. */
  version: string;
  commit?: string;
  /** The command that places its tags, where that was left until all images of its product are there. */
  tagWith?: string;
  blobs: { sent: number; mounted: number; present: number; sentBytes: number };
  referrers: readonly Digest[];
  /** Digest of the release record; absent where it was there already, or the promotion failed before. */
  record?: Digest;
  /** Null where the tag regime is mutable, or the promotion failed before. */
  locked: boolean | null;
  /** Commands that lock it, where that was left to somebody else. */
  lockWith?: readonly string[];
  phases: readonly PhaseTime[];
  /** Why it did not get through; absent where it did. */
  failure?: { code: string; lines: readonly string[]; exitCode: ExitCode };
}

function promoteResult(
  { source, reference, destination, tags, repository }: PromoteRequest,
  { digest, copied, referrers = [], record, commit, locked = null }: Partial<Promoted>,
  phases: readonly PhaseTime[],
  error?: DualRegistryError,
): PromoteResult {
  const { sent = 0, mounted = 0, present = 0 } = copied?.outcomes ?? {};
  return {
    ...{ stage: destination.stage, repository, image: destination.target.name, version: tags[0] ?? "" },
    ...defined({ commit }),
    from: `${source.name}${reference.includes(":") ? "@" : ":"}${reference}`,
    to: destination.target.name,
    ...defined({ digest }),
    tags,
    blobs: { sent, mounted, present, sentBytes: copied?.sentBytes ?? 0 },
    referrers,
    ...defined({ record }),
    locked,
    phases,
    ...(error && { failure: { code: error.code, lines: error.message.split("\n"), exitCode: error.exitCode } }),
  };
}

/** The results for people. */
function promoteText(results: readonly PromoteResult[]): string {
  return results.map((result) => `${linesOf(result).join("\n")}\n`).join("\n");
}

function linesOf(result: PromoteResult): string[] {
  const { from, to, digest, tags, blobs, referrers, locked, lockWith = [], tagWith, phases, failure } = result;
  if (failure) return [`REFUSED ${from} -> ${to}`, ...failure.lines.map((line) => `  ${line}`)];
  const took = phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return [
    `${from} -> ${to}:${tags.join(", ")}`,
    `  ${digest ?? ""}${locked === true ? ", locked" : ""}`,
    `  ${blobs.sent} blobs sent (${bytesText(blobs.sentBytes)}), ${blobs.mounted} mounted, ` +
      `${referrers.length} referrers, ${timeText(took)}`,
    ...(tagWith === undefined ? [] : [`  not tagged yet: ${tagWith}`]),
    ...lockWith.map((command) => `  not locked yet: ${command}`),
  ];
}

/** In the place of a file: GitHub's own records. */
const GITHUB = "github";

/**
 * The reader for `--sign-offs`: signed files, or `github` for GitHub's own records of the repository that
 * GITHUB_REPOSITORY names. A file of that name is given as `./github`.
 *
 * @throws DualRegistryError USAGE for both at once, or without a repository
 */
function signOffReader(
  named: readonly string[],
  release: { outputs: StageOutputs; version: string; verifier: Verifier; io: Io },
): SignOffReader {
  const { outputs, version, verifier, io } = release;
  if (!named.includes(GITHUB)) return signOffsFromFiles(named, outputs.gates.signOffSigners, verifier);
  if (named.length > 1) throw new DualRegistryError("USAGE", "--sign-offs: allowed: either github or files, not both");
  const repository = readRepositoryName(io.env["GITHUB_REPOSITORY"] ?? "", "--sign-offs github: GITHUB_REPOSITORY");
  if (repository.name !== outputs.gates.repository) {
    throw new DualRegistryError(
      "USAGE",
      `--sign-offs github: GITHUB_REPOSITORY is ${repository.owner}/${repository.name}; the gates of ${outputs.stage} ` +
        `are ${outputs.gates.repository === undefined ? "off" : `those of ${outputs.gates.repository}`}`,
    );
  }
  const github = githubFromEnvironment(io.env, repository, (line) => io.stderr.write(`${line}\n`));
  const rules = rulesOfOutputs(outputs);
  const workflow = SIGN_OFF_WORKFLOW;
  return signOffsFromGithub(github, { version, rules, workflow, now: io.now });
}
