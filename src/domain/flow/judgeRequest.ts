import type { ImageDigest, SignOffRequest, StepFacts } from "./facts";
import { reason, short, type Reason, type ReasonCode } from "./verdict";

/** Judges what the approvers were asked: this step, of this commit, of this branch, with these digests. */
export function judgeRequest(request: SignOffRequest, facts: StepFacts): Reason[] {
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
