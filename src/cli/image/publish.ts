import { defined } from "../../base/defined";
import type { Digest } from "../../base/digest";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { readBounded } from "../../base/file";
import { formatJson } from "../../base/json";
import { bytesText, timeText } from "../../base/text/units";
import { publishTags } from "../../domain/image/tags";
import { readBuildFile, readSbom } from "../../images/gates/buildMetadata";
import { MAX_REPORT, readScanReport } from "../../images/gates/scanReport";
import type { PhaseTime } from "../../images/phases";
import { publication, type Published, stagesFor } from "../../images/publish";
import { destinationOf } from "../../images/registries";
import type { PublishRequest } from "../../images/types";
import { openSource } from "../../oci";
import { imageOf, readOutputs } from "../../outputs/readOutputs";
import type { StageOutputs } from "../../outputs/stageOutputs";
import { notifyFailure } from "../failureNotice";
import type { Surroundings } from "../previewRun";
import { followPhases } from "../progress";
import { releaseTools, withRegistries } from "./context";
import { lockingLater, stillToLock } from "./lock";
import type { LockWhen, ResultFormat, SignerOptions, TrustOptions } from "./options";

/** What the user asked for. */
export interface PublishOptions extends SignerOptions, TrustOptions, LockWhen {
  outputs: string;
  image: string;
  build: string;
  branch?: string;
  tag?: string[];
  scan?: string[];
  sbom?: string[];
  format: ResultFormat;
}

/**
 * Publishes one image.
 *
 * @returns 0; what stands against it is thrown
 * @throws DualRegistryError as gates, registry and files say
 */
export async function runPublish(from: string, options: PublishOptions, around: Surroundings): Promise<ExitCode> {
  const outputs = readOutputs(options.outputs);
  try {
    return await publish(from, outputs, options, around);
  } catch (error) {
    const failed = { command: "publish", stage: outputs.stage, image: options.image } as const;
    if (error instanceof DualRegistryError) await notifyFailure(failed, error, around);
    throw error;
  }
}

async function publish(
  from: string,
  outputs: StageOutputs,
  options: PublishOptions,
  around: Surroundings,
): Promise<ExitCode> {
  const image = imageOf(outputs, options.image);
  const build = readBuildFile(options.build);
  const scans = (options.scan ?? []).map((file) => {
    const raw = readBounded(file, MAX_REPORT);
    return { raw, report: readScanReport(raw, file) };
  });
  const sboms = (options.sbom ?? []).map(readSbom);
  const { tagRules: rules } = outputs.registries[image.class];
  const asked = defined({ asked: options.tag });
  const branch = defined({ branch: options.branch });
  const tags = publishTags({
    version: build.version,
    commit: build.commit,
    stage: outputs.stage,
    rules,
    ...asked,
    ...branch,
  });
  if (tags.problems.length > 0) throw new DualRegistryError("GATE_REFUSED", tags.problems.join("\n"));
  for (const { tag, why } of tags.left) around.stderr.write(`tag ${tag} is not set: ${why}\n`);
  const tools = await releaseTools(options, around);
  const source = await openSource(from);
  try {
    return await withRegistries<ExitCode>(around, async (registries) => {
      const request: PublishRequest = {
        ...{ source: source.source, reference: source.reference, build, scans, sboms, tools },
        tags: options.tag === undefined ? tags.set : [...new Set(options.tag)],
        targets: stagesFor(outputs.stage, image),
        binding: image.binding,
        destination: lockingLater(destinationOf(outputs, image, registries), options.lock),
      };
      const { result: published, times } = await followPhases(publication(request), around);
      const compression = source.stats.uncompressed > 0 ? source.stats : undefined;
      const done = publishResult(request, published, times, compression);
      const result = { ...done, ...stillToLock(request.destination, image.repository, done, options.outputs) };
      around.stdout.write(options.format === "json" ? formatJson(result) : publishText(result));
      return 0;
    });
  } finally {
    await source.close();
  }
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
  image: string;
  digest: Digest;
  tags: readonly string[];
  /** Digests of what was attached. */
  referrers: readonly Digest[];
  blobs: { sent: number; mounted: number; present: number; sentBytes: number };
  /** Null where the tag regime is mutable. */
  locked: boolean | null;
  /** Commands that lock it, where that was left to somebody else. */
  lockWith?: readonly string[];
  compression?: Compression;
  phases: readonly PhaseTime[];
  warnings: readonly string[];
}

/** The result of a publication, as it is printed. */
export function publishResult(
  { destination, tags }: Pick<PublishRequest, "destination" | "tags">,
  { digest, copied, referrers, locked }: Published,
  phases: readonly PhaseTime[],
  compression: Compression | undefined,
): PublishResult {
  const took = phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const { sent, mounted, present } = copied.outcomes;
  return {
    ...{ image: destination.target.name, digest, tags, referrers },
    blobs: { sent, mounted, present, sentBytes: copied.sentBytes },
    locked,
    ...defined({ compression }),
    phases,
    warnings: took > SLOW ? [`The publication took ${timeText(took)}, and a usual one takes less than 3 min`] : [],
  };
}

/** A publication's result for people. */
export function publishText(result: PublishResult): string {
  const { image, digest, tags, referrers, blobs, locked, lockWith = [], compression, phases, warnings } = result;
  const took = phases.map(({ phase, milliseconds }) => `${phase} ${timeText(milliseconds)}`).join(", ");
  const lines = [
    `${image}@${digest}`,
    `tags: ${tags.join(", ")}${locked === true ? ", locked" : ""}`,
    `attached: ${referrers.length}`,
    `blobs: ${blobs.sent} sent (${bytesText(blobs.sentBytes)}), ${blobs.mounted} mounted, ${blobs.present} there already`,
    ...(compression === undefined ? [] : [compressionText(compression)]),
    `times: ${took}`,
    ...lockWith.map((command) => `not locked yet: ${command}`),
    ...warnings.map((warning) => `Warning: ${warning}`),
  ];
  return `${lines.join("\n")}\n`;
}

function compressionText({ uncompressed, compressed }: Compression): string {
  const ratio = compressed > 0 ? (uncompressed / compressed).toFixed(2) : "1.00";
  return `compressed: ${bytesText(uncompressed)} to ${bytesText(compressed)}, ${ratio} to 1`;
}
