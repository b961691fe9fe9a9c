import { DualRegistryError } from "../base/errors";
import { type JudgedStep, judgeStep } from "../domain/flow/judgeStep";
import { judgeCut } from "../domain/flow/nextMove";
import { MAIN, type Step, stepBefore } from "../domain/flow/step";
import type { ImageDigest, StepFacts } from "../domain/flow/stepFacts";
import { type Verdict, verdictOf } from "../domain/flow/verdict";
import { type Authors, readAuthors, releaseBefore } from "./authors";
import type { Github } from "./client";
import { Pulls } from "./pulls";
import { branchOf, commitOfTag, headOfMain, readReleaseBranches, readTag, readVersionTags, type Ref } from "./refs";
import { type Cut, readReleaseBranch } from "./releaseBranch";
import type { Approver, ReleaseRules } from "./releaseRules";
import { type Reading, readingOf, readRequests } from "./requests";
import { readChecks } from "./stageChecks";

/** What is asked about a step. */
export interface StepQuestion {
  step: Step;
  rules: ReleaseRules;
  /** The commit to be tagged, where the tag is not there. Default: that of the stage before, else the branch's newest. */
  commit?: string;
  /** `release/N`. Default: the one that the commit lies on, else the newest. */
  branch?: string;
  /** Where a first release begins. Default: the first commit. Later ones begin at the release before. */
  since?: string;
  /** What stands at the stage before, where it was looked at. */
  images?: readonly ImageDigest[];
  workflow: string;
}

/** A step with all that was read about it, and the verdict. */
export interface ReadStep {
  facts: StepFacts;
  verdict: JudgedStep;
}

interface Refs {
  branches: readonly Ref[];
  tags: readonly Ref[];
}

/**
 * Reads everything that decides a step from GitHub, and judges it.
 *
 * @throws DualRegistryError as {@link Github} does; NOT_FOUND where there is neither tag nor release branch
 */
export async function readStep(github: Github, question: StepQuestion): Promise<ReadStep> {
  const { step, rules, workflow } = question;
  const [branches, tags] = await Promise.all([readReleaseBranches(github), readVersionTags(github, rules)]);
  const refs = { branches, tags };
  const commit = await commitOf(github, question, refs);
  const ref = await releaseBranch(github, question, commit, refs);
  const pulls = new Pulls(github);
  const branch = ref && (await readReleaseBranch(github, ref, commit, { pulls, main: await headOfMain(github) }));
  const since =
    releaseBefore(
      step.core,
      tags.map(({ name }) => name),
      rules,
    ) ?? question.since;
  const authors = await readAuthors(github, { commit, since, ...(branch && { branch }) }, pulls);
  const reading = readingOf(github, workflow, rules.app);
  const shared = { commit, ...(branch && { branch }), tags: tags.map(({ name }) => name), rebuilt: rules.rebuilt };
  const facts = await factsOf(reading, step, rules, shared, { refs, authors });
  if (question.images) facts.images = question.images;
  const cut = await judgedCut(reading, rules, branch?.name, branch?.cut);
  const judged = judgeStep(facts);
  return {
    facts,
    verdict: { ...judged, ...verdictOf([...cut.reasons, ...judged.reasons], [...cut.notes, ...judged.notes]) },
  };
}

type Shared = Pick<StepFacts, "commit" | "branch" | "tags" | "rebuilt">;

async function factsOf(
  reading: Reading,
  step: Step,
  rules: ReleaseRules,
  shared: Shared,
  known: { refs: Refs; authors: Authors },
): Promise<StepFacts> {
  const { github, people } = reading;
  const ref = known.refs.tags.find(({ name }) => name === step.tag);
  const isAutomation = (login: string) => people.isApp(login, rules.app);
  const chain = rules.chains[step.to];
  const before = stepBefore(step, rules);
  const wanted = rules.checks[step.to] ?? [];
  return {
    ...shared,
    ...{ step, authors: known.authors.authors, unknownAuthors: known.authors.unknown },
    ...(ref && { placed: await readTag(github, ref, step.to, isAutomation) }),
    ...(chain && { roles: chain.map(({ role }) => role) }),
    requests: await readRequests(reading, step, chain ?? []),
    ...(wanted.length > 0 && {
      checks: { wanted, results: await readChecks(github, step, shared.commit, wanted) },
    }),
    ...(before && { before: await factsOf(reading, before, rules, shared, known) }),
  };
}

async function commitOf(github: Github, question: StepQuestion, { branches, tags }: Refs): Promise<string> {
  const { step, commit, branch } = question;
  if (commit !== undefined) return commit;
  for (const name of [step.tag, stepBefore(step, question.rules)?.tag]) {
    const ref = tags.find((tag) => tag.name === name);
    if (ref) return commitOfTag(github, ref);
  }
  const found = branch === undefined ? branches.at(-1) : branches.find(({ name }) => name === branch);
  if (found) return found.sha;
  const what = branch === undefined ? "no release branch" : `no branch ${JSON.stringify(branch)}`;
  throw new DualRegistryError("NOT_FOUND", `${github.name} has ${what} and no tag ${step.tag}; cut release/N first`);
}

async function releaseBranch(github: Github, { branch }: StepQuestion, commit: string, { branches }: Refs) {
  return branchOf(github, commit, branch === undefined ? branches : branches.filter(({ name }) => name === branch));
}

const nameOf = (approver: Approver): string => ("team" in approver ? `team ${approver.team}` : `user ${approver.user}`);

/** Judges how the release branch began, where that is known. */
async function judgedCut(
  { people }: Reading,
  { cutters, app }: ReleaseRules,
  branch: string | undefined,
  cut: Cut | undefined,
): Promise<Verdict> {
  if (branch === undefined || cutters.length === 0) return verdictOf([]);
  if (cut?.by === undefined) return verdictOf([], [`nobody recorded who cut ${branch}`]);
  const entitled = (await people.isApp(cut.by, app)) || (await people.isOneOf(cut.by, cutters));
  const facts = { branch, from: MAIN, commit: cut.commit, onMain: cut.onMain, by: { login: cut.by, entitled } };
  const others = [`release/${Number(branch.slice("release/".length)) - 1}`];
  return judgeCut({ ...facts, others, entitled: cutters.map(nameOf) });
}
