import { type Command, Option } from "@commander-js/extra-typings";
import { resolve } from "node:path";
import {
  type Adoption,
  compareAdoption,
  githubAdoptions,
  githubTable,
  importFile,
  isFinding,
  plannedAdoptions,
  readExistingGates,
  readExistingRegistry,
  renderAdoption,
  unplannedPolicies,
} from "../adopt";
import { azureAccount, type AzureAccount, cloudOf } from "../azure";
import { DualRegistryError, type ExitCode } from "../base/errors";
import { checkStageName, readStageList, readStages } from "../config";
import { githubFromEnvironment } from "../github/client";
import { repositoryOf } from "./gates";
import { z } from "zod";
import { decode } from "../base/decode/decode";
import { readBounded } from "../base/file";
import { parseJson } from "../base/json";
import { quoted } from "../base/text/quote";
import type { Recording } from "../preview/recording";
import { recordStages } from "../preview/record/recordStages";
import { readProjectFile } from "../project";
import { defineCommand, type OptionsOf } from "./command";
import type { Io } from "./io";
import { formatOption, projectOption } from "./options";

const EXITS = `
It only reads: the registries over Azure Resource Manager (role Reader), the stage by an offline preview.
With --github only GitHub is asked, by GITHUB_TOKEN, with Actions: read, Environments: read and Administration: read.
Credentials: Azure's, by OIDC in a workflow, a machine's own, or "az login".
Exit codes: 0 nothing would change, 1 something would change, differs or would fail, 2 wrong usage, configuration, login`;

const declare = (command: Command) =>
  command
    .requiredOption("--stage <name>", "the stage that takes something over")
    .addOption(formatOption("table", "json"))
    .option("--github", "what it takes over on GitHub instead; --format json is the file for `pulumi import --file`")
    .option("--repo <owner/name>", "that repository (default: github:owner and product.repository of the files)")
    .option(
      "--state <file>",
      "what `pulumi stack export` wrote, for a stack that holds some of it; - is standard input",
    )
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
  { stage, format, cloud, project, github, repo, state }: AdoptOptions,
  io: Io,
  account?: AzureAccount,
  record: typeof recordStages = recordStages,
): Promise<ExitCode> {
  const { stdout, cwd } = io;
  const { recordings, failures } = await record({ projectDir: resolve(cwd, project), stages: [stage] });
  const recording = recordings.get(stage);
  if (recording === undefined) {
    throw new DualRegistryError("PREVIEW_FAILED", failures.map(({ message }) => message).join("\n"));
  }
  if (github === true) return adoptGithub({ stage, format, project, repo, state }, recording, io);
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

type GithubOptions = Pick<AdoptOptions, "stage" | "format" | "project"> &
  Readonly<Record<"repo" | "state", string | undefined>>;

/** Says what of the stage stands on GitHub already, as a table or as the file that `pulumi import` takes. */
async function adoptGithub(
  { stage, format, project, repo, state }: GithubOptions,
  recording: Recording,
  io: Io,
): Promise<ExitCode> {
  const stages = readStages(readProjectFile(resolve(io.cwd, project)), stage);
  const github = githubFromEnvironment(io.env, repositoryOf({ repo }, stages), (line) => io.stderr.write(`${line}\n`));
  const held = state === undefined ? new Set<string>() : readHeld(state);
  const existing = await readExistingGates(github).catch(notCompared);
  const adoptions = githubAdoptions(recording, existing, held);
  const extra = unplannedPolicies(recording, existing);
  io.stdout.write(format === "json" ? importFile(adoptions, held) : githubTable(adoptions, extra));
  return adoptions.length + extra.length > 0 ? 1 : 0;
}

const stateSchema = z.object({
  deployment: z.object({ resources: z.array(z.object({ urn: z.string() })).default([]) }),
});

/** The URNs of an exported stack; nothing else of it is looked at. */
function readHeld(file: string): ReadonlySet<string> {
  const name = file === "-" ? "standard input" : quoted(file);
  const read = decode(stateSchema, parseJson(readBounded(file, MAX_STATE, "CONFIG_INVALID"), name));
  if (read.success) return new Set(read.data.deployment.resources.map(({ urn }) => urn));
  const path = read.error.issues[0]?.path.join(".") ?? "";
  throw new DualRegistryError("CONFIG_INVALID", `${name}: ${path}; allowed: what \`pulumi stack export\` wrote`);
}

const MAX_STATE = 256 * 1024 * 1024;

/** Exit code 1 says "would change": what cannot be read is another thing. */
function notCompared(error: unknown): never {
  if (!(error instanceof DualRegistryError) || error.exitCode !== 1) throw error;
  throw new DualRegistryError("REGISTRY_UNAVAILABLE", `Nothing was compared: ${error.message}`, { cause: error });
}
