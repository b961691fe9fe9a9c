import { STAGES, type Stage } from "../../domain/stage";
import { stepOf, type Step } from "../../domain/flow/step";
import { DualRegistryError } from "../../errors";
import { readStages } from "../../doctor/stageFacts";
import { readProjectFile } from "../../preview/record/projectFile";
import { gatesOfFacts, type FlowGates } from "../../release/github/gates";
import type { Github } from "../../release/github/client";
import { githubFromEnvironment, readRepositoryName } from "../../release/github/fromEnvironment";
import type { StepQuestion } from "../../release/github/readStep";
import type { Surroundings } from "../previewRun";
import type { FlowOptions, StepOptions } from "./options";

/** What the commands know of the product, and GitHub to ask. */
export interface FlowFacts {
  gates: FlowGates;
  github: Github;
}

const isStageName = (name: string | undefined): name is Stage => STAGES.some((stage) => stage === name);

/**
 * The step that the command line names.
 *
 * @throws DualRegistryError USAGE
 */
export function stepFrom(tag: string, { to, version }: Pick<StepOptions, "to" | "version">): Step {
  const step = stepOf(tag, { ...(isStageName(to) && { to }), ...(version !== undefined && { version }) });
  if (!("problem" in step)) return step;
  throw new DualRegistryError("USAGE", step.problem);
}

/**
 * Reads who signs off from the project's facts, as they stand for a stage, and opens GitHub.
 *
 * @throws DualRegistryError CONFIG_INVALID where the facts do not decode, USAGE where no repository is named
 */
export function readFlowFacts(stage: Stage, options: FlowOptions, { env, stderr }: Surroundings): FlowFacts {
  const [facts] = readStages(readProjectFile(options.project), stage);
  if (!facts?.config) {
    throw new DualRegistryError("CONFIG_INVALID", (facts?.problems ?? [`No facts for ${stage}`]).join("\n"));
  }
  const { gates, images, product } = facts.config;
  const owner = facts.owner === undefined ? undefined : `${facts.owner}/${product.repository}`;
  const text = options.repo ?? owner ?? env["GITHUB_REPOSITORY"];
  if (text === undefined) {
    throw new DualRegistryError("USAGE", `No repository: set github:owner in ${facts.file}, or give --repo owner/name`);
  }
  const where = options.repo === undefined ? facts.file : "--repo";
  const repository = readRepositoryName(text, where);
  const github = githubFromEnvironment(env, repository, (line) => stderr.write(`${line}\n`));
  return { gates: gatesOfFacts(gates, images), github };
}

/** What is asked about a step, from the options. */
export function questionOf(step: Step, gates: FlowGates, options: StepOptions): StepQuestion {
  const { commit, branch, since, workflow } = options;
  if (commit !== undefined && !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) {
    throw new DualRegistryError("USAGE", `--commit ${JSON.stringify(commit.slice(0, 100))}: allowed: a whole commit`);
  }
  return {
    ...{ step, gates, workflow },
    ...(commit !== undefined && { commit }),
    ...(branch !== undefined && { branch }),
    ...(since !== undefined && { since }),
  };
}
