import { DualRegistryError } from "../../src/base/errors";
import { selectStages } from "../../src/config";
import { recordStages } from "../../src/preview/record/recordStages";
import { readProjectFile } from "../../src/project";

/** What a stage is planned to put out. What the cloud alone knows is a placeholder, so that nothing here is decoded yet. */
export type PlannedOutputs = Readonly<Record<string, unknown>>;

/** A project's stages as they stand in its files, in the order of promotion. */
export function stagesOf(projectDir: string): readonly string[] {
  return selectStages(readProjectFile(projectDir), undefined).selected;
}

/**
 * Runs a project's own program for some of its stages, as `dualreg preview` does.
 *
 * @returns the outputs by stage, in the order of the request
 * @throws DualRegistryError CONFIG_INVALID for what does not decode, PREVIEW_FAILED for a program that fails
 */
export async function planStages(
  projectDir: string,
  stages: readonly string[],
): Promise<ReadonlyMap<string, PlannedOutputs>> {
  const { recordings, failures } = await recordStages({ projectDir, stages });
  const [failure] = failures.filter(({ consequence }) => !consequence).concat(failures);
  if (failure !== undefined) throw new DualRegistryError("PREVIEW_FAILED", failure.message.trim());
  return new Map([...recordings].map(([stage, { outputs }]) => [stage, outputs]));
}
