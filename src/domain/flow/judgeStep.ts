import { defined } from "../../base/defined";
import { CLOCK_SKEW } from "../../base/time";
import { type ApprovalFacts, imageDifferences, judgeApprovals } from "./judgeApprovals";
import type { Approval, CheckResult, Push, SignOffRequest, StepFacts } from "./stepFacts";
import { reason, type Reason, samePerson, short, type Verdict, verdictOf } from "./verdict";

/** The verdict on a step, and the request whose approvals stand for it. */
export interface JudgedStep extends Verdict {
  request?: SignOffRequest;
}

/**
 * Judges a step: whether its tag may be placed or, where it stands, was rightly placed. It lies on its release branch,
 * the stage before was signed off for this very commit and its digests, and all roles approved it.
 */
export function judgeStep(facts: StepFacts): JudgedStep {
  const approvals = judgeApprovals(approvalFactsOfStep(facts));
  const request = facts.requests.find(({ run }) => run === approvals.request?.run);
  const before = judgeBefore(facts, request);
  const reasons = [...judgeTag(facts), ...before.reasons, ...approvals.reasons];
  const notes = [...before.notes, ...approvals.notes, ...notesOf(facts)];
  return { ...verdictOf(reasons, notes), ...(request && { request }) };
}

/** What GitHub's records say of a step, in the form that is judged. */
export function approvalFactsOfStep(facts: StepFacts): ApprovalFacts {
  const { step, commit, branch, images, placed, done, roles = [], requests, authors, unknownAuthors } = facts;
  const lastPush = lastPushOf(facts);
  return {
    release: {
      ...{ name: step.tag, to: step.to, beforeBuild: step.entry, version: step.version, commit },
      ...defined({ from: step.from }),
      ...(branch && { branch: branch.name }),
      ...(images && { images: { list: images, where: `in ${step.from ?? step.to} today` } }),
    },
    ...{ roles, authors, unknownAuthors, done },
    requests: requests.map((request) => ({ ...request, approvals: onceEach(request.approvals) })),
    ...(placed?.by !== undefined && { placedBy: placed.by }),
    ...(lastPush && { lastPush }),
  };
}

/** A run that is repeated asks the same person again: that is one approval. */
const onceEach = (approvals: readonly Approval[]): Approval[] =>
  approvals.filter(
    ({ role, by }, index) =>
      !approvals.slice(0, index).some((earlier) => earlier.role === role && samePerson(earlier.by, by)),
  );

/**
 * The last push to the release branch that the step's approvals must be younger than. Once the step is taken, later pushes
 * change nothing of it, but a tag's own clock may be ahead of theirs; a lightweight tag does not say when it was placed, and so every push counts.
 */
function lastPushOf({ branch, placed, done }: StepFacts): Push | undefined {
  const limit = !done || placed?.at === undefined ? Infinity : Date.parse(placed.at) + CLOCK_SKEW;
  const before = (branch?.pushes ?? []).filter(({ at }) => Date.parse(at) <= limit);
  return before.reduce<Push | undefined>(
    (last, push) => (last === undefined || Date.parse(push.at) > Date.parse(last.at) ? push : last),
    undefined,
  );
}

/** The tag itself: where it lies, that it did not move, and that the release is not out already. */
function judgeTag({ step, commit, placed, done, branch, tags }: StepFacts): Reason[] {
  const reasons: Reason[] = [];
  if (!branch) {
    const why = `${step.tag} at ${short(commit)} lies on no branch release/N; tag a commit of the release branch`;
    reasons.push(reason("tag-off-branch", why));
  }
  const moved = placed?.deployedFrom.find((other) => other !== placed.commit);
  if (placed && moved !== undefined) {
    const why = `${step.tag} stands for ${short(placed.commit)} and was deployed from ${short(moved)}, so it was moved`;
    reasons.push(reason("tag-moved", `${why}; tag the commit as a new version`));
  }
  if (placed && placed.commit !== commit) {
    const why = `${step.tag} is there already, for ${short(placed.commit)} and not for ${short(commit)}`;
    reasons.push(reason("tag-taken", `${why}; tags never move: take a new version`));
  }
  if (!done && branch && branch.head !== commit) {
    const why = `${branch.name} went on to ${short(branch.head)} since ${short(commit)}, which ${step.tag} would be`;
    reasons.push(reason("tag-behind-head", `${why}; take its newest commit through all stages as a new version`));
  }
  if (!done && step.tag !== step.core && tags.includes(step.core)) {
    const why = `${step.core} is released, so ${step.tag} can no longer be placed; take the next version`;
    reasons.push(reason("release-is-out", why));
  }
  return reasons;
}

/** The stage before: its tag stands, for this commit, with all approvals of its own, and for the same digests. */
function judgeBefore({ step, commit, before, rebuilt, done }: StepFacts, request?: SignOffRequest) {
  if (!before) return { reasons: [], notes: [] };
  const name = before.step.tag;
  if (!before.placed) {
    const why = `${step.tag} needs ${name} first, and there is no such tag; no stage is left out`;
    return { reasons: [reason("stage-skipped", why)], notes: [] };
  }
  const reasons: Reason[] = [];
  if (before.placed.commit !== commit) {
    const why = `${name} is ${short(before.placed.commit)}, and ${step.tag} would be ${short(commit)}`;
    reasons.push(reason("stage-other-commit", `${why}; allowed: the very commit that ${before.step.to} tested`));
  }
  reasons.push(...judgeChecks(before, done));
  const judged = judgeStep(before);
  for (const { why } of judged.reasons) {
    reasons.push(reason("stage-not-signed-off", `${before.step.to} is not signed off as ${name}: ${why}`));
  }
  const [mine, theirs] = [request, judged.request].map((each) =>
    (each?.candidate.images ?? []).filter(({ repository }) => !rebuilt.includes(repository)),
  );
  // What was signed off before anything was built names no digest, and so says nothing about those that came later.
  if (mine && theirs && mine.length > 0 && theirs.length > 0) {
    reasons.push(
      ...imageDifferences(
        "stage-other-digest",
        mine,
        theirs,
        `asked for ${step.to}`,
        `signed off for ${before.step.to}`,
      ),
    );
  }
  return { reasons, notes: judged.notes.map((note) => `${name}: ${note}`) };
}

function notesOf({ step, roles }: StepFacts): string[] {
  if (roles === undefined)
    return [`who signs off ${step.to} is not known here, so the approvals of ${step.tag} were not read again`];
  return roles.length === 0 ? [`nobody signs off ${step.to}: gates.signOffs.${step.to} names no role`] : [];
}

/** Of results of one check the ones that count: those that ended after the stage's tag was placed. */
function counting(results: readonly CheckResult[], placedAt: string | undefined): CheckResult[] {
  const since = placedAt === undefined ? Number.NEGATIVE_INFINITY : Date.parse(placedAt);
  return results
    .filter(({ at, conclusion }) => conclusion === undefined || (at !== undefined && Date.parse(at) >= since))
    .sort((a, b) => (a.at === undefined ? 1 : b.at === undefined ? -1 : Date.parse(a.at) - Date.parse(b.at)));
}

/**
 * What must have passed at a stage before its release goes on, such as end-to-end tests. The newest result decides; where
 * the next step was taken already, that it once passed is enough.
 *
 * @param left whether the release has left the stage
 */
export function judgeChecks({ step, commit, placed, checks }: StepFacts, left: boolean): Reason[] {
  return (checks?.wanted ?? []).flatMap((name) => {
    const all = (checks?.results ?? []).filter((each) => each.name === name);
    const results = counting(all, placed?.at);
    const what = `check ${JSON.stringify(name)} of ${step.to} for ${short(commit)}`;
    const newest = results.at(-1);
    if (newest === undefined) {
      const why = all.length > 0 ? `has not run since ${step.tag} was placed` : "has not run";
      return [reason("stage-check-missing", `${what} ${why}; run it there, and ask again when it has passed`)];
    }
    const passed = left ? results.some(({ conclusion }) => conclusion === "success") : newest.conclusion === "success";
    if (passed) return [];
    const why = newest.conclusion === undefined ? "has not ended" : `ended with ${newest.conclusion}`;
    return [reason("stage-check-failed", `${what} ${why}; allowed: success. Mend what it found, as a new version`)];
  });
}
