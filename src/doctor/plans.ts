import { DualRegistryError } from "../base/errors";
import type { DecodedStage } from "../config";
import type { RecordRequest, RecordResult } from "../preview/record/recordStages";
import type { Recording } from "../preview/recording";
import type { ProjectFile } from "../project";
import { type Finding, ok, problem, skipped } from "./finding";

/** Records stages without an engine, a login or a cloud. */
export type RecordPlans = (request: RecordRequest) => Promise<RecordResult>;

/** What the stages plan, and for each whether its preview could be made. */
export interface Plans {
  /** By stage; those alone whose preview could be made. */
  recordings: ReadonlyMap<string, Recording>;
  findings: readonly Finding[];
}

/** Records every stage whose files decode. A failure is a finding, and stops no other check. */
export async function recordPlans(
  record: RecordPlans,
  project: ProjectFile,
  stages: readonly DecodedStage[],
): Promise<Plans> {
  const wanted = stages.flatMap(({ stage, config }) => (config === undefined ? [] : [stage]));
  const { recordings, failures } = await attempt(record, project, wanted);
  const told = new Set<string>();
  const findings = stages.map(({ stage, file, config }): Finding => {
    const id = `preview.${stage}`;
    if (config === undefined) return skipped(id, `${file} does not decode`);
    const recording = recordings.get(stage);
    if (recording !== undefined) return ok(id, `${recording.resources.length} resources are planned`);
    const message = failures.find(({ stack }) => stack === stage)?.message.trim() ?? "";
    const fresh = told.has(message) ? ["as above"] : message.split("\n");
    told.add(message);
    return problem(id, ["the preview fails", ...fresh].join("\n"), `npm run preview -- --stage ${stage}`);
  });
  return { recordings, findings };
}

async function attempt(record: RecordPlans, { root }: ProjectFile, stages: readonly string[]): Promise<RecordResult> {
  if (stages.length === 0) return { recordings: new Map(), failures: [] };
  try {
    return await record({ projectDir: root, stages });
  } catch (error) {
    if (!(error instanceof DualRegistryError)) throw error;
    const failures = stages.map((stack) => ({ stack, message: error.message, consequence: false }));
    return { recordings: new Map(), failures };
  }
}
