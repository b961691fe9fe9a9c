import { resolve } from "node:path";
import { type Adoption, type AdoptionFormat, compareAdoption, isFinding, renderAdoption } from "../adopt/compare";
import { readFound } from "../adopt/existingRegistry";
import { adoptedIn } from "../adopt/plannedAdoptions";
import { azureAccount, type AzureAccount, cloudOf } from "../azure/account";
import { DualRegistryError, type ExitCode } from "../base/errors";
import { recordStages } from "../preview/record/recordStages";
import type { Surroundings } from "./previewRun";

export interface AdoptOptions {
  stage: string;
  format: AdoptionFormat;
  /** End of the login servers of Azure's cloud. */
  cloud: "io" | "cn" | "us";
  project: string;
}

/**
 * Compares the registries that a stage takes over with what its file says of them.
 *
 * @param account who asks Azure. Default: the identity of this process
 * @param record runs the stage's program offline
 * @returns 0, or 1 where the adoption would change anything, or fail
 * @throws DualRegistryError with exit code 2 where the stage or Azure cannot be read
 */
export async function runAdopt(
  { stage, format, cloud, project }: AdoptOptions,
  { stdout }: Pick<Surroundings, "stdout">,
  account?: AzureAccount,
  record: typeof recordStages = recordStages,
): Promise<ExitCode> {
  const { recordings, failures } = await record({ projectDir: resolve(project), stages: [stage] });
  const recording = recordings.get(stage);
  if (recording === undefined) {
    throw new DualRegistryError("PREVIEW_FAILED", failures.map(({ message }) => message).join("\n"));
  }
  const adopted = adoptedIn(recording);
  const azure = adopted.length === 0 ? undefined : (account ?? azureAccount());
  const adoptions: Adoption[] = [];
  for (const one of azure === undefined ? [] : adopted) {
    const found = await readFound(one.id, azure as AzureAccount, cloudOf(`azurecr.${cloud}`)).catch(notCompared);
    adoptions.push({ resource: one.resource, id: one.id, rows: compareAdoption(one, found) });
  }
  stdout.write(renderAdoption(stage, adoptions, format));
  return adoptions.some(({ rows }) => rows.some(isFinding)) ? 1 : 0;
}

/** Exit code 1 says "would change": what cannot be read is another thing. */
function notCompared(error: unknown): never {
  if (!(error instanceof DualRegistryError) || error.exitCode !== 1) throw error;
  throw new DualRegistryError("REGISTRY_UNAVAILABLE", `Nothing was compared: ${error.message}`, { cause: error });
}
