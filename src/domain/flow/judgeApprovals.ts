import type { Approval, ImageDigest, Push, SignOffRequest, StepFacts } from "./stepFacts";
import { reason, type Reason, type ReasonCode, samePerson, short } from "./verdict";

/** The request that stands for the step: one against which nothing stands, else the newest one. */
export interface JudgedRequest {
  request?: SignOffRequest;
  reasons: readonly Reason[];
}

/**
 * Judges the approvals of a step. They come from one request: approvals of two requests are never put together, since
 * each was given to another candidate.
 */
export function judgeApprovals(facts: StepFacts): JudgedRequest {
  const { step, roles = [], requests } = facts;
  if (roles.length === 0) return { reasons: [] };
  const newestFirst = [...requests].sort((a, b) => b.run - a.run);
  const judged = newestFirst.map((request) => ({ request, reasons: reasonsOf(request, facts) }));
  const [first] = judged;
  if (!first) {
    const missing = roles.map((role) => reason("approval-missing", missingText(role, facts)));
    const ask = `nobody has asked for sign-offs of ${step.tag}; ask: dualreg release request ${step.tag}`;
    return { reasons: [reason("not-asked", ask), ...missing] };
  }
  return judged.find(({ reasons }) => reasons.length === 0) ?? first;
}

const missingText = (role: string, { step, roles = [] }: StepFacts): string =>
  `role "${role}" has not approved ${step.tag}; wanted: an approval of each of ${roles.join(", ")}`;

function reasonsOf(request: SignOffRequest, facts: StepFacts): Reason[] {
  const { roles = [] } = facts;
  const asked = request.approvals.filter(({ role }) => roles.includes(role));
  return [
    ...judgeRequest(request, facts),
    ...roles.flatMap((role) => judgeRole(role, request, facts)),
    ...asked.flatMap((approval) => judgeApproval(approval, request, facts)),
    ...judgeChain(asked, roles),
  ];
}

/** Each role approved, once, and did not reject. */
function judgeRole(role: string, { approvals, rejections }: SignOffRequest, facts: StepFacts): Reason[] {
  const given = approvals.filter((approval) => approval.role === role);
  const no = rejections.find((rejection) => rejection.role === role);
  if (no) {
    return [
      reason("approval-rejected", `"${no.by}" rejected ${facts.step.tag} for role "${role}"; ask anew when mended`),
    ];
  }
  if (given.length === 0) return [reason("approval-missing", missingText(role, facts))];
  const people = [...new Set(given.map(({ by }) => by.toLowerCase()))];
  if (people.length < 2) return [];
  const who = people.map((login) => `"${login}"`).join(" and ");
  return [reason("approval-twice", `${who} approved for role "${role}" in one run; allowed: one; ask anew`)];
}

function judgeApproval({ role, by, at, entitled }: Approval, request: SignOffRequest, facts: StepFacts): Reason[] {
  const who = `"${by}" for role "${role}"`;
  const reasons: Reason[] = [];
  const author = facts.authors.find(({ login }) => samePerson(login, by));
  if (author) {
    const allowed = "allowed: somebody who wrote nothing of it";
    reasons.push(
      reason("approval-by-author", `${who} approved and is an author of the release (${author.how}); ${allowed}`),
    );
  }
  const { askedBy } = request.candidate;
  const taggers = [...request.askedBy, ...(askedBy === undefined ? [] : [askedBy]), facts.placed?.by ?? ""];
  if (taggers.some((login) => samePerson(login, by))) {
    reasons.push(
      reason("approval-by-tagger", `${who} approved and asked for the tag or placed it; allowed: somebody else`),
    );
  }
  // Whoever approved and later left the team approved rightly, so a step that is taken is not judged by today's teams.
  if (!entitled && !facts.done) {
    reasons.push(
      reason(
        "approval-by-nobody-entitled",
        `${who} approved and does not belong to the role; allowed: its teams and users`,
      ),
    );
  }
  const push = lastPush(facts);
  if (at === undefined) {
    reasons.push(
      reason(
        "approval-not-timed",
        `${who} approved, and no status of the deployment says when; try again when the run has ended`,
      ),
    );
  } else if (push && Date.parse(at) < Date.parse(push.at)) {
    const why = `${who} approved at ${at}, before the last push to ${facts.branch?.name ?? "the branch"} at ${push.at}`;
    reasons.push(reason("approval-stale", `${why}; ask anew`));
  }
  return reasons;
}

/** Distinct people, one role after the other. */
function judgeChain(approvals: readonly Approval[], roles: readonly string[]): Reason[] {
  const reasons: Reason[] = [];
  const chain = roles.flatMap((role) => approvals.find((approval) => approval.role === role) ?? []);
  chain.forEach((approval, index) => {
    const same = chain.slice(0, index).find(({ by }) => samePerson(by, approval.by));
    if (same) {
      const why = `"${approval.by}" approved for "${same.role}" and for "${approval.role}"; allowed: distinct people`;
      reasons.push(reason("one-person-two-gates", why));
    }
    const before = chain[index - 1];
    if (before?.at !== undefined && approval.at !== undefined && Date.parse(before.at) > Date.parse(approval.at)) {
      const why = `role "${approval.role}" approved at ${approval.at}, before role "${before.role}" at ${before.at}`;
      reasons.push(reason("approval-out-of-order", `${why}; allowed: in the order ${roles.join(", ")}`));
    }
  });
  return reasons;
}

/** Judges what the approvers were asked: this step, of this commit, of this branch, with these digests. */
function judgeRequest(request: SignOffRequest, facts: StepFacts): Reason[] {
  const { step, commit, branch, images } = facts;
  const { candidate } = request;
  const reasons: Reason[] = [];
  for (const asked of new Set([request.commit, candidate.commit])) {
    if (asked === commit) continue;
    const why = `approvals of ${step.tag} are for commit ${short(asked)}; wanted: ${short(commit)}; ask anew`;
    reasons.push(reason("approval-other-commit", why));
  }
  for (const asked of new Set([request.branch, candidate.branch])) {
    if (branch === undefined || asked === branch.name) continue;
    const why = `approvals of ${step.tag} are for branch "${asked}"; wanted: ${branch.name}; ask anew`;
    reasons.push(reason("approval-other-branch", why));
  }
  if (candidate.images.length === 0 && step.to !== "qa") {
    const why = `approvals of ${step.tag} name no image, so nobody approved a digest; ask anew, with the images of ${step.from}`;
    reasons.push(reason("approval-other-digest", why));
  }
  if (images) {
    const at = `in ${step.from} today`;
    reasons.push(...differences("approval-other-digest", candidate.images, images, `approved for ${step.to}`, at));
  }
  return reasons;
}

/** What differs between two lists of images, a reason each. */
export function differences(
  code: ReasonCode,
  said: readonly ImageDigest[],
  wanted: readonly ImageDigest[],
  what: string,
  where: string,
): Reason[] {
  const [left, right] = [said, wanted].map(
    (list) => new Map(list.map(({ repository, digest }) => [repository, digest])),
  );
  const names = [...new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])])].sort();
  return names.flatMap((name) => {
    const [a, b] = [left?.get(name) ?? "nothing", right?.get(name) ?? "nothing"];
    return a === b ? [] : [reason(code, `${name}: ${what} is ${a}; ${where}: ${b}; ask anew for what is there`)];
  });
}

/** How much later than the pushes a tag's own clock may be, in milliseconds. */
const CLOCK_SKEW = 5 * 60 * 1000;

/**
 * The last push to the release branch that the step's approvals must be younger than. Once the step is taken, later pushes
 * change nothing of it; a lightweight tag does not say when it was placed, and so every push counts.
 */
function lastPush({ branch, placed, done }: StepFacts): Push | undefined {
  const limit = !done || placed?.at === undefined ? Infinity : Date.parse(placed.at) + CLOCK_SKEW;
  const before = (branch?.pushes ?? []).filter(({ at }) => Date.parse(at) <= limit);
  return before.reduce<Push | undefined>(
    (last, push) => (last === undefined || Date.parse(push.at) > Date.parse(last.at) ? push : last),
    undefined,
  );
}
