import { defined } from "../../base/defined";
import { quoted } from "../../base/text/quote";
import type { StageCheck } from "../identity/environments";
import type { BreakGlassRequest } from "./breakGlass";
import { type ApprovalFacts, imageDifferences, judgeApprovals } from "./judgeApprovals";
import { MAIN } from "./step";
import type { Approval, ImageDigest, SignOffRequest, StepFacts } from "./stepFacts";
import { reason, type Reason, samePerson, short, type Verdict, verdictOf } from "./verdict";

/** The verdict on a step, and the request whose approvals stand for it. */
export interface JudgedStep extends Verdict {
  request?: SignOffRequest;
  /** When the step was taken, by GitHub's record; absent where it was not, whatever tag there is. */
  takenAt?: string;
}

/**
 * Judges a step: whether its tag may be placed or, where it stands, was rightly placed. It lies on its release branch,
 * came there by review, the stage before was signed off for this very commit and its digests, and all roles approved it.
 *
 * The rules are the same whether the tag stands or not. A step is taken where GitHub recorded it; then it is judged as of
 * that moment, so that what came later does not undo it. A tag without that record is judged as of now.
 *
 * @param laterTakenAt when a later step was taken, for which this one was judged as well
 */
export function judgeStep(facts: StepFacts, laterTakenAt?: string): JudgedStep {
  const approvals = judgeApprovals(approvalFactsOfStep(facts, laterTakenAt));
  const request = facts.requests.find(({ run }) => run === approvals.request?.run);
  const takenAt = takenAtOf(facts, request) ?? (facts.placed === undefined ? undefined : laterTakenAt);
  const past = approvals.reasons.length === 0 ? request?.candidate.breakGlass : undefined;
  const before = past === undefined ? judgeBefore(facts, request, takenAt) : passedBy(facts, past);
  const reasons = [...judgeTag(facts, takenAt), ...judgeChanges(facts), ...before.reasons, ...approvals.reasons];
  const notes = [...before.notes, ...approvals.notes, ...notesOf(facts)];
  return { ...verdictOf(reasons, notes), ...(request && { request }), ...defined({ takenAt }) };
}

/** True where the tag stands for the commit that is judged. */
const stands = ({ placed, commit }: StepFacts): boolean => placed?.commit === commit;

/**
 * When a step was taken. Where roles sign it off, the run that they approved says; where none does, or where they are not
 * known here, the automation's own record.
 */
function takenAtOf(facts: StepFacts, request: SignOffRequest | undefined): string | undefined {
  if (!stands(facts)) return undefined;
  const asks = facts.roles !== undefined && facts.roles.length > 0;
  if (!asks) return facts.placed?.recorded[0];
  return request?.candidate.commit === facts.commit ? request.takenAt : undefined;
}

/** What GitHub's records say of a step, in the form that is judged. */
export function approvalFactsOfStep(facts: StepFacts, laterTakenAt?: string): ApprovalFacts {
  const { step, commit, branch, images, placed, roles = [], requests, authors, unknownAuthors } = facts;
  return {
    release: {
      ...{ name: step.tag, to: step.to, beforeBuild: step.entry, version: step.version, commit },
      ...defined({ from: step.from }),
      ...(branch && { branch: branch.name }),
      ...(images && { images: { list: images, where: `in ${step.from ?? step.to} today` } }),
    },
    ...{ roles, authors, unknownAuthors, pushes: branch?.pushes ?? [] },
    requests: requests.map(({ takenAt, ...request }) => ({
      ...request,
      ...(stands(facts) && defined({ takenAt: takenAt ?? laterTakenAt })),
      approvals: onceEach(request.approvals),
    })),
    ...(placed?.by !== undefined && { placedBy: placed.by }),
  };
}

/** A run that is repeated asks the same person again: that is one approval. */
const onceEach = (approvals: readonly Approval[]): Approval[] =>
  approvals.filter(
    ({ role, by }, index) =>
      !approvals.slice(0, index).some((earlier) => earlier.role === role && samePerson(earlier.by, by)),
  );

/** The tag itself: where it lies, that it did not move, and that the release is not out already. */
function judgeTag({ step, commit, placed, branch, tags }: StepFacts, takenAt: string | undefined): Reason[] {
  const reasons: Reason[] = [];
  const done = takenAt !== undefined;
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

/**
 * How what is not on main came to the release branch: each by a pull request whose last state was approved by somebody
 * who neither opened it nor pushed to it.
 */
function judgeChanges({ step, branch }: StepFacts): Reason[] {
  if (!branch) return [];
  const remedy = `take it to ${branch.name} by a reviewed pull request, on a new branch if need be`;
  const changes = branch.changes.flatMap(({ after, by = "ghost", pull }): Reason[] => {
    const what = `${short(after)} on ${branch.name}, which ${step.tag} holds and ${MAIN} does not,`;
    if (!pull) return [reason("commit-pushed-straight", `${what} was pushed by ${quoted(by)}; ${remedy}`)];
    if (pull.approvedBy.some((login) => !pull.writers.some((writer) => samePerson(writer, login)))) return [];
    const who = pull.approvedBy.length === 0 ? "nobody" : pull.approvedBy.map((login) => quoted(login)).join(" and ");
    const why = `came by pull request ${pull.number}, whose last state was approved by ${who}`;
    const allowed = "allowed: somebody who neither opened it nor pushed to it";
    return [reason("commit-not-reviewed", `${what} ${why}; ${allowed}; ${remedy}`)];
  });
  const untraced = branch.untraced.map((commit) => {
    const why = `GitHub keeps no record of how ${commit} came to ${branch.name}`;
    return reason("commit-not-traced", `${why}, and it is not on ${MAIN}; ${remedy}`);
  });
  return [...changes, ...untraced];
}

/** The stage before: its tag stands, for this commit, with all approvals of its own, and for the same digests. */
function judgeBefore(
  { step, commit, before, rebuilt }: StepFacts,
  request: SignOffRequest | undefined,
  takenAt: string | undefined,
) {
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
  const judged = judgeStep(before, takenAt);
  reasons.push(...judgeChecks(before, judged.takenAt, takenAt));
  for (const { why } of judged.reasons) {
    reasons.push(reason("stage-not-signed-off", `${before.step.to} is not signed off as ${name}: ${why}`));
  }
  const [all = [], theirs = []] = [request, judged.request].map((each) =>
    (each?.candidate.images ?? []).filter(({ repository }) => !rebuilt.includes(repository)),
  );
  // What was signed off before it was built names no digest, and so says nothing about those that came later.
  const mine = before.step.entry ? all.filter(({ repository }) => isIn(theirs, repository)) : all;
  if (mine.length > 0 && theirs.length > 0) {
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

const isIn = (images: readonly ImageDigest[], repository: string): boolean =>
  images.some((image) => image.repository === repository);

/** Nothing of the stages before stands against what all roles let past them; it stays said. */
const passedBy = ({ step }: StepFacts, { reason: why, source }: BreakGlassRequest) => ({
  reasons: [],
  notes: [`BREAK-GLASS: ${step.tag} goes to ${step.to} past the stages before, from ${source}: ${quoted(why)}`],
});

function notesOf({ step, roles }: StepFacts): string[] {
  if (roles === undefined)
    return [`who signs off ${step.to} is not known here, so the approvals of ${step.tag} were not read again`];
  return roles.length === 0 ? [`nobody signs off ${step.to}: gates.signOffs.${step.to} names no role`] : [];
}

/**
 * What must have passed at a stage before its release goes on, such as end-to-end tests: the newest result decides, and
 * one that has not ended is none.
 *
 * @param since when the stage's own step was taken: what a check said before is of another state of the stage
 * @param until when the next step was taken, where it was: what a check said later does not undo it
 */
export function judgeChecks(
  { step, commit, placed, checks }: StepFacts,
  since: string | undefined,
  until: string | undefined,
): Reason[] {
  // Where the automation recorded the step more than once, the stage was brought to it anew.
  const from = [since, ...(placed?.recorded ?? [])].flatMap((at) => (at === undefined ? [] : [Date.parse(at)]));
  const end = until === undefined ? Infinity : Date.parse(until);
  const begin = Math.max(...from.filter((at) => at <= end), -Infinity);
  return (checks?.wanted ?? []).flatMap((check) => {
    const all = (checks?.results ?? []).filter(({ name }) => name === check.name);
    const what = `check ${JSON.stringify(check.name)} of ${step.to} for ${short(commit)} by ${reporterOf(check)}`;
    const times = (at: string | undefined) => (at === undefined ? Infinity : Date.parse(at));
    const counting = all
      .filter(({ at }) => times(at) >= begin && (at === undefined ? until === undefined : times(at) <= end))
      .sort((a, b) => times(a.at) - times(b.at));
    const newest = since === undefined ? undefined : counting.at(-1);
    if (newest === undefined) {
      const untimed = `counts for nothing, since no record says when ${step.tag} was placed`;
      const why =
        all.length === 0 ? "has not run" : since === undefined ? untimed : `has not run since ${step.tag} was placed`;
      return [reason("stage-check-missing", `${what} ${why}; run it there, and ask again when it has passed`)];
    }
    if (newest.conclusion === "success") return [];
    const why = newest.conclusion === undefined ? "has not ended" : `ended with ${newest.conclusion}`;
    return [reason("stage-check-failed", `${what} ${why}; allowed: success. Mend what it found, as a new version`)];
  });
}

/** Who may report a check, in words. */
const reporterOf = (check: StageCheck): string => ("app" in check ? `App ${check.app}` : check.workflow);
