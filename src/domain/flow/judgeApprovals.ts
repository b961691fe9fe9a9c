import { quoted } from "../../base/text/quote";
import { CLOCK_SKEW, DAY_MS } from "../../base/time";
import type { Stage } from "../stage";
import type { Approval, Author, Candidate, ImageDigest, Push, SignOffRequest } from "./stepFacts";
import { isAutomation, reason, type Reason, type ReasonCode, samePerson, short } from "./verdict";

/** One approval, as far as its source knows: GitHub's records know who belongs to a role, a file what was approved. */
interface JudgedApproval extends Omit<Approval, "entitled"> {
  /** Whether the approver belongs to the role today; absent where the source cannot tell. */
  entitled?: boolean;
  /** What this approval was given to, where it says so itself. */
  commit?: string;
  digest?: string;
}

/** What was put before the approvers at one time, and what they said. */
interface ApprovalRequest extends Omit<SignOffRequest, "run" | "url" | "candidate" | "approvals"> {
  /** Number of the run; absent where there is none. The newest comes first, behind those whose step was taken. */
  run?: number;
  candidate: Omit<Candidate, "repository" | "tag" | "branch" | "askedBy"> & { branch?: string; askedBy?: string };
  approvals: readonly JudgedApproval[];
}

/** What the approvals must be of. What is absent is not known, and not judged. */
interface ApprovedRelease {
  /** What messages call it. */
  name: string;
  from?: Stage;
  to: Stage;
  /** Whether approvers may be asked before an image was built, as for the first step of a release. */
  beforeBuild?: boolean;
  version: string;
  commit?: string;
  branch?: string;
  /** The images that are to go on, and where they stand, in words. */
  images?: { list: readonly ImageDigest[]; where: string };
}

/** All that decides whether a release was approved, whether GitHub's records or a signed file say so. */
export interface ApprovalFacts {
  release: ApprovedRelease;
  /** Roles that sign off, in their order. */
  roles: readonly string[];
  requests: readonly ApprovalRequest[];
  authors: readonly Author[];
  /** Commits whose authors nobody can name. */
  unknownAuthors: readonly string[];
  /** Login of whoever placed the release's tag. */
  placedBy?: string;
  /** The pushes to the release branch: approvals must be younger than the last one before their step was taken. */
  pushes: readonly Push[];
  /** Present where the times of approvals come from somebody else's clock. */
  now?: Date;
  /** When the list of approvals ends, where it is one: ISO 8601. */
  expires?: string;
}

/** The request that stands for the release: one against which nothing stands, else the newest one. */
export interface JudgedApprovals {
  request?: ApprovalRequest;
  reasons: readonly Reason[];
  /** What was seen and stands against nothing. */
  notes: readonly string[];
}

/**
 * Judges the approvals of a release. They come from one request: approvals of two requests are never put together, since
 * each was given to another candidate. An approval of a role that nobody asked for counts for nothing, and is noted.
 */
export function judgeApprovals(facts: ApprovalFacts): JudgedApprovals {
  const { release, roles, requests } = facts;
  if (roles.length === 0) return { reasons: [], notes: [] };
  const authors = judgeAuthors(facts);
  const taken = ({ takenAt }: ApprovalRequest) => (takenAt === undefined ? 0 : 1);
  const newestFirst = [...requests].sort((a, b) => taken(b) - taken(a) || (b.run ?? 0) - (a.run ?? 0));
  const judged = newestFirst.map((request) => ({ request, reasons: judgeRequest(request, facts) }));
  const best = judged.find(({ reasons }) => reasons.length === 0) ?? judged[0];
  if (!best) {
    const ask = `nobody has asked for sign-offs of ${release.name}; ask: dualreg release request ${release.name}`;
    const missing = roles.map((role) => reason("approval-missing", missingText(role, facts)));
    return { reasons: [reason("not-asked", ask), ...missing, ...authors], notes: [] };
  }
  const others = best.request.approvals.filter(({ role }) => !roles.includes(role));
  const notes = others.map(
    ({ role, by }) => `${quoted(by)} approved for role ${quoted(role)}, which ${release.to} does not ask for`,
  );
  return { request: best.request, reasons: [...best.reasons, ...authors, ...judgeEnd(facts)], notes };
}

/** Days that a list of sign-offs is good for at most, and where nothing else is said. */
export const SIGN_OFF_DAYS = { most: 30, usual: 7 } as const;

/** A list of sign-offs has an end, which is not far off. */
function judgeEnd({ release, now, expires }: ApprovalFacts): Reason[] {
  if (!now) return [];
  const remedy = `sign a new list: dualreg release sign-offs, for at most ${SIGN_OFF_DAYS.most} days`;
  const refuse = (what: string) => [
    reason("sign-offs-ended", `the list of sign-offs of ${release.name} ${what}; ${remedy}`),
  ];
  const end = Date.parse(expires ?? "");
  if (Number.isNaN(end)) return refuse("has no end");
  if (end <= now.getTime()) return refuse(`ended at ${expires ?? ""}`);
  if (end > now.getTime() + SIGN_OFF_DAYS.most * DAY_MS + CLOCK_SKEW)
    return refuse(`ends at ${expires ?? ""}, too late`);
  return [];
}

const missingText = (role: string, { release, roles }: ApprovalFacts): string =>
  `role ${quoted(role)} has not approved ${release.name}; wanted: an approval of each of ${roles.join(", ")}`;

/** Whoever wrote a release may not approve it, so all who did must be known. */
function judgeAuthors({ authors, unknownAuthors }: ApprovalFacts): Reason[] {
  const why = "so approvers cannot be checked against authors";
  if (unknownAuthors.length > 0) {
    const some = unknownAuthors.slice(0, 5).join(", ");
    const more = unknownAuthors.length > 5 ? ` and ${unknownAuthors.length - 5} more` : "";
    const what = `the login that wrote ${some}${more} is not known, ${why}`;
    const advice = "let the authors link their addresses to their accounts";
    const token = "let people or an App push and open pull requests, not a workflow's GITHUB_TOKEN";
    return [reason("authors-unknown", `${what}; ${advice}, and ${token}`)];
  }
  if (authors.length > 0) return [];
  return [reason("authors-unknown", `no author is named, ${why}; name who wrote the release and who asked for it`)];
}

function judgeRequest(request: ApprovalRequest, facts: ApprovalFacts): Reason[] {
  const { roles } = facts;
  const asked = request.approvals.filter(({ role }) => roles.includes(role));
  return [
    ...judgeCandidate(request, facts),
    ...roles.flatMap((role) => judgeRole(role, request, facts)),
    ...asked.flatMap((approval) => judgeApproval(approval, request, facts)),
    ...judgeChain(asked, roles),
  ];
}

/** Judges what the approvers were asked: this release, of this commit, of this branch, with these digests. */
function judgeCandidate(request: ApprovalRequest, { release }: ApprovalFacts): Reason[] {
  const { candidate } = request;
  const { name, from, to, beforeBuild, commit, branch, images } = release;
  const reasons: Reason[] = [];
  const differs = (code: ReasonCode, asked: string, wanted: string) =>
    reasons.push(reason(code, `approvals of ${name} are for ${asked}; wanted: ${wanted}; ask anew`));
  if (candidate.version !== release.version) {
    differs("approval-other-release", `version ${quoted(candidate.version)}`, quoted(release.version));
  }
  if (candidate.from !== from) {
    differs("approval-other-release", `the way from ${quoted(candidate.from ?? "nowhere")}`, quoted(from ?? "nowhere"));
  }
  if (candidate.to !== to) differs("approval-other-release", `the way to ${quoted(candidate.to)}`, quoted(to));
  if (commit !== undefined && candidate.commit !== commit) {
    differs("approval-other-commit", `commit ${short(candidate.commit)}`, short(commit));
  }
  if (branch !== undefined && candidate.branch !== undefined && candidate.branch !== branch) {
    differs("approval-other-branch", `branch ${quoted(candidate.branch)}`, branch);
  }
  if (candidate.askedBy !== undefined && isAutomation(candidate.askedBy) && beforeBuild !== true) {
    const why = `nobody says who asked for ${name}, only ${quoted(candidate.askedBy)}, so approvers cannot be checked`;
    reasons.push(
      reason("asked-by-nobody", `${why}; a person asks: dualreg release request ${name} --asked-by <login>`),
    );
  }
  if (candidate.images.length === 0 && beforeBuild !== true) {
    const why = `approvals of ${name} name no image, so nobody approved a digest; ask anew, with the images of ${from ?? to}`;
    reasons.push(reason("approval-other-digest", why));
  }
  if (images) {
    const what = `approved for ${to}`;
    reasons.push(...imageDifferences("approval-other-digest", candidate.images, images.list, what, images.where));
  }
  return reasons;
}

/** Each role approved, once, and did not reject. */
function judgeRole(role: string, { approvals, rejections }: ApprovalRequest, facts: ApprovalFacts): Reason[] {
  const given = approvals.filter((approval) => approval.role === role);
  const no = rejections.find((rejection) => rejection.role === role);
  if (no) {
    const why = `${quoted(no.by)} rejected ${facts.release.name} for role ${quoted(role)}; ask anew when mended`;
    return [reason("approval-rejected", why)];
  }
  if (given.length === 0) return [reason("approval-missing", missingText(role, facts))];
  if (given.length === 1) return [];
  const who = given.map(({ by }) => quoted(by)).join(" and ");
  return [reason("approval-twice", `${who} approved for role ${quoted(role)}; allowed: one approval; ask anew`)];
}

function judgeApproval(approval: JudgedApproval, request: ApprovalRequest, facts: ApprovalFacts): Reason[] {
  const { role, by, entitled } = approval;
  const who = `${quoted(by)} for role ${quoted(role)}`;
  const reasons = judgeObject(approval, request, who);
  // Whoever approved and later left the team approved rightly, so a step that is taken is not judged by today's teams.
  if (entitled === false && request.takenAt === undefined) {
    const why = `${who} approved and does not belong to the role; allowed: its teams and users`;
    reasons.push(reason("approval-by-nobody-entitled", why));
  }
  const author = facts.authors.find(({ login }) => samePerson(login, by));
  if (author) {
    const allowed = "allowed: somebody who neither wrote it nor asked for it";
    const why = `${who} approved and is an author of the release (${author.how}); ${allowed}`;
    reasons.push(reason("approval-by-author", why));
  }
  const taggers = [...request.askedBy, request.candidate.askedBy ?? "", facts.placedBy ?? ""];
  if (taggers.some((login) => samePerson(login, by))) {
    const why = `${who} approved and asked for the tag or placed it; allowed: somebody else`;
    reasons.push(reason("approval-by-tagger", why));
  }
  return [...reasons, ...judgeTime(approval, request, facts, who)];
}

/** What an approval says of itself is what the approvers were asked. */
function judgeObject({ commit, digest }: JudgedApproval, { candidate }: ApprovalRequest, who: string): Reason[] {
  const reasons: Reason[] = [];
  if (commit !== undefined && commit !== candidate.commit) {
    const why = `${who} approved commit ${commit}; wanted: ${candidate.commit}; ask anew`;
    reasons.push(reason("approval-other-commit", why));
  }
  const digests = candidate.images.map((image) => image.digest);
  if (digest !== undefined && !digests.includes(digest)) {
    const why = `${who} approved digest ${digest}; wanted: ${digests.join(" or ")}; ask anew`;
    reasons.push(reason("approval-other-digest", why));
  }
  return reasons;
}

/**
 * The last push that a request's approvals must be younger than. Once its step is taken, later pushes change nothing of it.
 */
function lastPushBefore({ takenAt }: ApprovalRequest, pushes: readonly Push[]): Push | undefined {
  const limit = takenAt === undefined ? Infinity : Date.parse(takenAt);
  const before = pushes.filter(({ at }) => Date.parse(at) <= limit);
  return before.reduce<Push | undefined>(
    (last, push) => (last === undefined || Date.parse(push.at) > Date.parse(last.at) ? push : last),
    undefined,
  );
}

function judgeTime(
  { at }: JudgedApproval,
  request: ApprovalRequest,
  { release, pushes, now }: ApprovalFacts,
  who: string,
): Reason[] {
  if (at === undefined) {
    const why = `${who} approved, and no status of the deployment says when; try again when the run has ended`;
    return [reason("approval-not-timed", why)];
  }
  const time = Date.parse(at);
  if (now && !(time <= now.getTime() + CLOCK_SKEW)) {
    return [reason("approval-in-future", `${who} approved at ${at}, in the future; set the clock`)];
  }
  const lastPush = lastPushBefore(request, pushes);
  if (!lastPush || time >= Date.parse(lastPush.at)) return [];
  const why = `${who} approved at ${at}, before the last push to ${release.branch ?? "the branch"} at ${lastPush.at}`;
  return [reason("approval-stale", `${why}; ask anew`)];
}

/** Distinct people, one role after the other. */
function judgeChain(approvals: readonly JudgedApproval[], roles: readonly string[]): Reason[] {
  const reasons: Reason[] = [];
  const chain = roles.flatMap((role) => approvals.find((approval) => approval.role === role) ?? []);
  chain.forEach((approval, index) => {
    const same = chain.slice(0, index).find(({ by }) => samePerson(by, approval.by));
    if (same) {
      const [one, other] = [quoted(same.role), quoted(approval.role)];
      const why = `${quoted(approval.by)} approved for ${one} and for ${other}; allowed: distinct people`;
      reasons.push(reason("one-person-two-gates", why));
    }
    const before = chain[index - 1];
    if (before?.at !== undefined && approval.at !== undefined && Date.parse(before.at) > Date.parse(approval.at)) {
      const [one, other] = [quoted(approval.role), quoted(before.role)];
      const why = `role ${one} approved at ${approval.at}, before role ${other} at ${before.at}`;
      reasons.push(reason("approval-out-of-order", `${why}; allowed: in the order ${roles.join(", ")}`));
    }
  });
  return reasons;
}

/** What differs between two lists of images, a reason each. */
export function imageDifferences(
  code: ReasonCode,
  actual: readonly ImageDigest[],
  wanted: readonly ImageDigest[],
  what: string,
  where: string,
): Reason[] {
  const [left, right] = [actual, wanted].map(
    (list) => new Map(list.map(({ repository, digest }) => [repository, digest])),
  );
  const names = [...new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])])].sort();
  return names.flatMap((name) => {
    const [a, b] = [left?.get(name) ?? "nothing", right?.get(name) ?? "nothing"];
    return a === b ? [] : [reason(code, `${name}: ${what} is ${a}; ${where}: ${b}; ask anew for what is there`)];
  });
}
