import { type Command, Option } from "@commander-js/extra-typings";
import { resolve } from "node:path";
import {
  type Adoption,
  compareAdoption,
  isFinding,
  plannedAdoptions,
  readExistingRegistry,
  renderAdoption,
} from "../adopt";
import { azureAccount, type AzureAccount, cloudOf } from "../azure";
import { DualRegistryError, type ExitCode } from "../base/errors";
import { checkStageName, readStageList } from "../config";
import { recordStages } from "../preview/record/recordStages";
import { readProjectFile } from "../project";
import { defineCommand, type OptionsOf } from "./command";
import type { Io } from "./io";
import { formatOption, projectOption } from "./options";

const EXITS = `
It only reads: the registries over Azure Resource Manager (role Reader), the stage by an offline preview.
Credentials: Azure's, by OIDC in a workflow, a machine's own, or "az login".
Exit codes: 0 nothing would change, 1 something would change, differs or would fail, 2 wrong usage, configuration, login`;

const declare = (command: Command) =>
  command
    .requiredOption("--stage <name>", "the stage whose file says mode: adopt")
    .addOption(formatOption("table", "json"))
    .addOption(
      new Option("--cloud <cloud>", "Azure's cloud").choices(["io", "cn", "us"] as const).default("io" as const),
    )
    .addOption(projectOption())
    .addHelpText("after", EXITS);

export type AdoptOptions = OptionsOf<typeof declare>;

export const adopt = defineCommand(declare, (options, io) => {
  const { stages } = readStageList(readProjectFile(resolve(io.cwd, options.project)));
  return runAdopt({ ...options, stage: checkStageName(options.stage, stages) }, io);
});

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
  { stdout, cwd }: Pick<Io, "stdout" | "cwd">,
  account?: AzureAccount,
  record: typeof recordStages = recordStages,
): Promise<ExitCode> {
  const { recordings, failures } = await record({ projectDir: resolve(cwd, project), stages: [stage] });
  const recording = recordings.get(stage);
  if (recording === undefined) {
    throw new DualRegistryError("PREVIEW_FAILED", failures.map(({ message }) => message).join("\n"));
  }
  const planned = plannedAdoptions(recording);
  const adoptions: Adoption[] = [];
  if (planned.length > 0) {
    const azure = account ?? azureAccount();
    for (const one of planned) {
      const existing = await readExistingRegistry(one.id, azure, cloudOf(`azurecr.${cloud}`)).catch(notCompared);
      adoptions.push({ resource: one.resource, id: one.id, rows: compareAdoption(one, existing) });
    }
  }
  stdout.write(renderAdoption(stage, adoptions, format));
  return adoptions.some(({ rows }) => rows.some(isFinding)) ? 1 : 0;
}

/** Exit code 1 says "would change": what cannot be read is another thing. */
function notCompared(error: unknown): never {
  if (!(error instanceof DualRegistryError) || error.exitCode !== 1) throw error;
  throw new DualRegistryError("REGISTRY_UNAVAILABLE", `Nothing was compared: ${error.message}`, { cause: error });
}
