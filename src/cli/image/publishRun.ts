import { readBounded } from "../../boundedFile";
import { publishTags } from "../../domain/publishTags";
import { DualRegistryError, type ExitCode } from "../../errors";
import { openSource } from "../../oci/engine/openSource";
import { readOutputs } from "../../outputs/readOutputs";
import type { StageOutputs } from "../../outputs/stageOutputs";
import { destinationOf } from "../../release/destination";
import { readBuildFile } from "../../release/gates/buildMetadata";
import { MAX_REPORT, readScanReport } from "../../release/gates/scanReport";
import { imageOf } from "../../outputs/imageOf";
import { publication } from "../../release/publish";
import { readSbom } from "../../release/sbom";
import { stagesFor } from "../../release/stagesFor";
import { notifyFailure } from "../notify";
import { followPhases } from "../runPhases";
import type { Surroundings } from "../previewRun";
import { lockingLater, stillToLock } from "./lockLater";
import type { LockWhen, ResultFormat, SignerOptions, TrustOptions } from "./options";
import { publishResult, publishText } from "./publishResult";
import { releaseTools, withRegistries } from "./tools";

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
  const asked = options.tag === undefined ? {} : { asked: options.tag };
  const branch = options.branch === undefined ? {} : { branch: options.branch };
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
      const { phases, state } = publication({
        ...{ source: source.source, reference: source.reference, build, scans, sboms, tools },
        tags: options.tag === undefined ? tags.set : [...new Set(options.tag)],
        targets: stagesFor(outputs.stage, image),
        binding: image.binding,
        destination: lockingLater(destinationOf(outputs, image, registries), options.lock),
      });
      const times = await followPhases(phases, state, around);
      const done = publishResult(state, times, source.stats.uncompressed > 0 ? source.stats : undefined);
      const result = { ...done, ...stillToLock(state.destination, image.repository, done, options.outputs) };
      around.stdout.write(options.format === "json" ? `${JSON.stringify(result, null, 2)}\n` : publishText(result));
      return 0;
    });
  } finally {
    await source.close();
  }
}
