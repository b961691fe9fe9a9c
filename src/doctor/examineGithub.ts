import type { Reviewer } from "../domain/gates";
import { checkGithubLogin } from "./checkGithubLogin";
import { checkRepository } from "./checkRepository";
import { checkReviewer } from "./checkReviewers";
import type { Variables } from "./environmentLogin";
import { isExampleOwner } from "./exampleValues";
import { problem, skipped, type Finding } from "./finding";
import type { Probe } from "./probe";
import type { StageFacts } from "./stageFacts";

/** The login to GitHub, the repository that holds the gates, and everybody who reviews. */
export async function examineGithub(probe: Probe, env: Variables, stages: readonly StageFacts[]): Promise<Finding[]> {
  const login = await checkGithubLogin(probe, env);
  const without = (reason: string) => [login, skipped("github-repository", reason), skipped("reviewers", reason)];
  if (login.status !== "ok") return without("gh cannot be asked");
  const { owner, config } = stages.find((stage) => stage.config !== undefined) ?? {};
  if (config === undefined) return without("no stage file decodes");
  if (owner === undefined) return [login, noOwner(stages)];
  if (isExampleOwner(owner)) return without("github:owner is still an example value");
  const reviewers = reviewersOf(stages);
  const repository = await checkRepository(probe, { owner, name: config.product.repository }, reviewers.length > 0);
  const people = await Promise.all(reviewers.map((reviewer) => checkReviewer(probe, owner, reviewer)));
  return [login, ...repository, ...people];
}

function noOwner(stages: readonly StageFacts[]): Finding {
  const stage = stages[0]?.stage ?? "<stage>";
  const remedy = `pulumi config set github:owner <organisation> --stack ${stage}`;
  return problem("github-repository", `Pulumi.${stage}.yaml names no github:owner`, remedy);
}

/** Everybody who signs off any of the stages, once. */
function reviewersOf(stages: readonly StageFacts[]): Reviewer[] {
  const all = stages.flatMap(({ config }) => {
    const roles = Object.values(config?.gates.signOffs ?? {}).flatMap((chain) => chain ?? []);
    return roles.flatMap((role) => config?.gates.roles[role] ?? []);
  });
  return [...new Map(all.map((reviewer) => [JSON.stringify(reviewer), reviewer])).values()];
}
