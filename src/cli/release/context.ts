import { commit as wholeCommit, decode } from "../../base/decode/decode";
import { defined } from "../../base/defined";
import { DualRegistryError } from "../../base/errors";
import { checkStageName, readSharedConfig, readStages, readVersionScheme } from "../../config";
import { elsewhereText, type GatesConfig } from "../../domain/identity/environments";
import { isCandidate, type Step, stepOf } from "../../domain/flow/step";
import type { VersionScheme } from "../../domain/image/version";
import type { Stage } from "../../domain/stage";
import { type Github, githubFromEnvironment, readRepositoryName } from "../../github/client";
import type { StepQuestion } from "../../github/readStep";
import { hasTag } from "../../github/refs";
import { readCandidates } from "../../github/requests";
import { type ReleaseRules, rulesOfProject } from "../../github/releaseRules";
import { readProjectFile } from "../../project";
import type { Io } from "../io";
import type { FlowOptions, StepOptions } from "./options";

/** What the commands know of the product, and GitHub to ask. */
export interface FlowContext {
  rules: ReleaseRules;
  github: Github;
}

/**
 * The stages and who signs them off, from the project's files, as far as every stage says the same.
 *
 * @throws DualRegistryError CONFIG_INVALID where no stage decodes
 */
export function readRules(folder: string): Pick<GatesConfig, "signOffs" | "elsewhere" | "stageChecks"> & VersionScheme {
  const { gates, stages, product } = readSharedConfig(readProjectFile(folder));
  return { ...gates, stages, versionPrefix: product.versionPrefix };
}

/** A step that the command line names, with what is known of the product, and GitHub to ask. */
export interface StepContext extends FlowContext {
  step: Step;
}

/**
 * Opens the release flow for the step that the command line names.
 *
 * @throws DualRegistryError USAGE for a tag that is none of a stage, and as {@link openFlow}
 */
export function openStep(tag: string, options: FlowOptions & Pick<StepOptions, "to" | "version">, io: Io): StepContext {
  const step = stepFrom(tag, readVersionScheme(readProjectFile(options.project)), options);
  return { step, ...openFlow(step.to, options, io) };
}

/**
 * As {@link openStep}. A release may have come to the last stage as a candidate: where no version is said, no tag of the
 * stage before stands, and approvers were asked about a candidate's, it is that one.
 *
 * @throws DualRegistryError as {@link openStep} does, and {@link Github}
 */
export async function openAskedStep(
  tag: string,
  options: FlowOptions & Pick<StepOptions, "to" | "version">,
  io: Io,
): Promise<StepContext> {
  const context = openStep(tag, options, io);
  const { step, rules, github } = context;
  const [first] = rules.chains[step.to] ?? [];
  if (options.version !== undefined || step.entry || step.tag !== step.core || !first) return context;
  if (await hasTag(github, step.version)) return context;
  const candidates = await readCandidates(github, first.name, rules.app);
  const asked = [...candidates.values()].filter((each) => each.tag === step.tag && each.to === step.to);
  const steps = asked.flatMap(({ version }) => {
    const other = stepOf(tag, rules, { to: step.to, version });
    return "problem" in other || !isCandidate(other, rules) ? [] : [other];
  });
  for (const other of steps) if (await hasTag(github, other.version)) return { ...context, step: other };
  return context;
}

/**
 * The step that a tag stands for.
 *
 * @throws DualRegistryError USAGE
 */
export function stepFrom(tag: string, scheme: VersionScheme, choice: Pick<StepOptions, "to" | "version"> = {}): Step {
  const { to, version } = choice;
  const stage = to === undefined ? undefined : checkStageName(to, scheme.stages);
  const step = stepOf(tag, scheme, defined({ to: stage, version }));
  if (!("problem" in step)) return step;
  throw new DualRegistryError("USAGE", step.problem);
}

/**
 * Reads who signs off from the project's facts, as they stand for a stage, and opens GitHub.
 *
 * @throws DualRegistryError CONFIG_INVALID where the facts do not decode, USAGE where no repository is named
 */
export function openFlow(stage: Stage, options: FlowOptions, { env, stderr }: Io): FlowContext {
  const project = readProjectFile(options.project);
  const [facts] = readStages(project, stage);
  if (!facts?.config) {
    throw new DualRegistryError("CONFIG_INVALID", (facts?.problems ?? [`No facts for ${stage}`]).join("\n"));
  }
  const { gates, product } = facts.config;
  if (gates.elsewhere) {
    const what = `Gates are off: releases are ${elsewhereText(gates.elsewhere)}, and dualreg release reads GitHub`;
    throw new DualRegistryError(
      "USAGE",
      `${what}; once they are signed off there, promote by digest: dualreg image promote`,
    );
  }
  const owner = facts.owner === undefined ? undefined : `${facts.owner}/${product.repository}`;
  const text = options.repo ?? owner ?? env["GITHUB_REPOSITORY"];
  if (text === undefined) {
    throw new DualRegistryError("USAGE", `No repository: set github:owner in ${facts.file}, or give --repo owner/name`);
  }
  const where = options.repo === undefined ? facts.file : "--repo";
  const repository = readRepositoryName(text, where);
  const github = githubFromEnvironment(env, repository, (line) => stderr.write(`${line}\n`));
  return { rules: rulesOfProject(facts.config), github };
}

/** What is asked about a step, from the options. */
export function questionOf(
  step: Step,
  rules: ReleaseRules,
  options: StepOptions & Pick<FlowOptions, "workflow">,
): StepQuestion {
  const { commit, branch, since, workflow } = options;
  if (commit !== undefined && !decode(wholeCommit, commit).success) {
    throw new DualRegistryError("USAGE", `--commit ${JSON.stringify(commit.slice(0, 100))}: allowed: a whole commit`);
  }
  return { step, rules, workflow, ...defined({ commit, branch, since }) };
}
