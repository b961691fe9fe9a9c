import { commit as wholeCommit, decode } from "../../base/decode/decode";
import { DualRegistryError } from "../../base/errors";
import { marked, markdownTable, name } from "../../base/text/markdown";
import { escapeUnsafe } from "../../base/text/unsafe";
import { readStages } from "../../config/readStages";
import { signOffsOf } from "../../domain/flow/signOffs";
import { type Step, stepOf } from "../../domain/flow/step";
import { short } from "../../domain/flow/verdict";
import { type Stage, STAGES } from "../../domain/stage";
import { candidateDigest } from "../../github/candidate";
import { type Github, githubFromEnvironment, readRepositoryName } from "../../github/client";
import { type ReleaseRules, rulesOfProject } from "../../github/releaseRules";
import type { ReadStep, StepQuestion } from "../../github/readStep";
import { readProjectFile } from "../../project/projectFile";
import type { Surroundings } from "../previewRun";
import type { FlowOptions, StepOptions } from "./options";

/** The result as data: the verdict, and what was asked and approved. */
export function stepJson({ facts, verdict }: ReadStep): Record<string, unknown> {
  const { step, commit, branch, placed, roles, authors, before } = facts;
  const { legal, reasons, notes, request } = verdict;
  return {
    ...{ tag: step.tag, from: step.from, to: step.to, version: step.version, commit },
    ...{ branch: branch?.name ?? null, placed: placed !== undefined },
    ...{ verdict: legal ? "ok" : "refused", reasons, notes },
    ...{ roles: roles ?? null, before: before?.step.tag ?? null, authors },
    request: request
      ? {
          ...{ run: request.run, url: request.url ?? null, askedBy: request.askedBy },
          ...{ digest: candidateDigest(request.candidate), candidate: request.candidate },
          ...{ approvals: request.approvals, rejections: request.rejections },
        }
      : null,
    signOffs: request ? signOffsOf(facts, request) : [],
  };
}

/** The result for people. */
export function stepText({ facts, verdict }: ReadStep): string {
  const { step, commit, branch, placed } = facts;
  const state = verdict.legal ? (placed ? "OK" : "MAY BE TAGGED") : "REFUSED";
  const approvals = verdict.request?.approvals ?? [];
  return [
    `${state} ${step.tag} at ${short(commit)} on ${branch?.name ?? "no release branch"}`,
    ...approvals.map(({ role, by, at }) => `  approved  ${role}: ${by}${at === undefined ? "" : `, ${at}`}`),
    ...verdict.reasons.map(({ code, why }) => `  refused   ${why} [${code}]`),
    ...verdict.notes.map((note) => `  note      ${note}`),
    "",
  ]
    .map(escapeUnsafe)
    .join("\n");
}

/** Who signed off what and when, for the page of a release. */
export function signOffsMarkdown({ facts, verdict }: ReadStep): string {
  const { step, commit, branch } = facts;
  const { request, legal, reasons } = verdict;
  const where = marked`Commit ${name(commit)} on ${name(branch?.name ?? "no release branch")}`.markdown;
  const lines = [marked`## Sign-offs of ${step.tag}`.markdown, "", `${where}, ${step.from} to ${step.to}.`, ""];
  if (!legal) lines.push("**Not signed off:**", "", ...reasons.map(({ why }) => marked`- ${why}`.markdown), "");
  if (!request) return `${lines.join("\n")}\n`;
  const approvals = request.approvals.map(({ role, by, at }) => [role, by, at ?? "not recorded", name(request.commit)]);
  const images = request.candidate.images.map(({ repository, digest }) => [repository, name(digest)]);
  lines.push(markdownTable(["role", "who", "when", "commit"], approvals), "");
  lines.push(markdownTable(["image", "digest"], images), "");
  const run = request.url === undefined ? `run ${request.run}` : `[run ${request.run}](${request.url})`;
  lines.push(`Candidate \`${candidateDigest(request.candidate)}\`, signed off in ${run}.`, "");
  return lines.join("\n");
}

/** What the commands know of the product, and GitHub to ask. */
export interface FlowFacts {
  rules: ReleaseRules;
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
  return { rules: rulesOfProject(gates, images), github };
}

/** What is asked about a step, from the options. */
export function questionOf(step: Step, rules: ReleaseRules, options: StepOptions): StepQuestion {
  const { commit, branch, since, workflow } = options;
  if (commit !== undefined && !decode(wholeCommit, commit).success) {
    throw new DualRegistryError("USAGE", `--commit ${JSON.stringify(commit.slice(0, 100))}: allowed: a whole commit`);
  }
  return {
    ...{ step, rules, workflow },
    ...(commit !== undefined && { commit }),
    ...(branch !== undefined && { branch }),
    ...(since !== undefined && { since }),
  };
}
