import { fieldAt } from "../base/json";
import { type DecodedStage, isExampleOwner, ownerConflicts } from "../config";
import type { Reviewer } from "../domain/identity/environments";
import { type Finding, ok, problem, skipped } from "./finding";
import { githubNeeds, type Planned } from "./needs";
import { jsonOf, type Probe, type Variables, whyNot } from "./probe";
import { checkRepository } from "./repository";

/**
 * The login to GitHub, the repository that holds the gates, and everybody who reviews.
 *
 * @param plans what each stage plans; a stage whose preview fails is not among them
 */
export async function examineGithub(
  probe: Probe,
  env: Variables,
  stages: readonly DecodedStage[],
  plans: Promise<ReadonlyMap<string, Planned>>,
): Promise<Finding[]> {
  if (stages.some(({ config }) => config?.gates.elsewhere !== undefined)) {
    return ["github-login", "github-repository", "reviewers"].map((id) => skipped(id, "gates are off in Pulumi.yaml"));
  }
  const login = await checkGithubLogin(probe, env);
  const without = (reason: string) => [login, skipped("github-repository", reason), skipped("reviewers", reason)];
  if (login.status !== "ok") return without("gh cannot be asked");
  const { owner, config } = stages.find((stage) => stage.config !== undefined) ?? {};
  if (config === undefined) return without("no stage file decodes");
  if (owner === undefined) return [login, noOwner(stages)];
  if (isExampleOwner(owner)) return without("github:owner is still an example value");
  const conflicts = ownerConflicts(owner, env);
  const reviewers = reviewersOf(stages);
  const planned = [...(await plans).values()];
  const needs = planned.length === 0 ? undefined : githubNeeds(planned);
  const repository = await checkRepository(probe, stages, { owner, config, needs });
  const people = await Promise.all(reviewers.map((reviewer) => checkReviewer(probe, owner, reviewer)));
  return [login, ...conflicts.map(elsewhere), ...repository, ...people];
}

function noOwner(stages: readonly DecodedStage[]): Finding {
  const stage = stages[0]?.stage ?? "<stage>";
  const remedy = `pulumi config set github:owner <organisation> --stack ${stage}`;
  return problem("github-repository", `Pulumi.${stage}.yaml names no github:owner`, remedy);
}

/** Everybody who signs off any of the stages, once. */
function reviewersOf(stages: readonly DecodedStage[]): Reviewer[] {
  const all = stages.flatMap(({ config }) => {
    const roles = Object.values(config?.gates.signOffs ?? {}).flatMap((chain) => chain ?? []);
    return roles.flatMap((role) => config?.gates.roles[role] ?? []);
  });
  return [...new Map(all.map((reviewer) => [JSON.stringify(reviewer), reviewer])).values()];
}

const ID = "github-login";
const INSTALL = "brew install gh  # or see the installation page of cli.github.com, then: gh auth login";

/** The provider would make the gates in another account's repository, or find none. */
function elsewhere(conflict: string): Finding {
  const variable = conflict.split(" ")[0] ?? "";
  return problem("github-owner", conflict, `unset ${variable}`);
}

/** The variables gh reads a token from, in its order. */
const TOKENS = ["GH_TOKEN", "GITHUB_TOKEN"];

/** Is there a login to GitHub that gh can use? Tokens are named by their variable and never read. */
async function checkGithubLogin(probe: Probe, env: Variables): Promise<Finding> {
  const variable = TOKENS.find((name) => (env[name] ?? "") !== "");
  const answer = await probe("gh", ["auth", "status", "--hostname", "github.com"]);
  if (answer.state === "missing") {
    return variable === undefined
      ? problem(ID, "the GitHub CLI (gh) is not on PATH, and there is no GITHUB_TOKEN", INSTALL)
      : skipped(ID, `${variable} is set, but what it may do is asked with gh, which is not on PATH`, INSTALL);
  }
  if (answer.state === "answered") return ok(ID, variable === undefined ? "gh is logged in" : `gh, with ${variable}`);
  return variable === undefined
    ? problem(ID, `gh is not logged in: ${whyNot(answer)}`, "gh auth login --hostname github.com")
    : problem(
        ID,
        `${variable} is refused: ${whyNot(answer)}`,
        `unset ${variable} && gh auth login --hostname github.com`,
      );
}

/** Does a reviewer exist on GitHub, and is the id the right one? A wrong id would let somebody else approve. */
async function checkReviewer(probe: Probe, owner: string, reviewer: Reviewer): Promise<Finding> {
  const isTeam = "team" in reviewer;
  const name = isTeam ? reviewer.team : reviewer.user;
  const kind = isTeam ? "team" : "user";
  const id = `reviewer.${kind}.${name}`;
  const path = isTeam ? `orgs/${owner}/teams/${name}` : `users/${name}`;
  const answer = await probe("gh", ["api", path]);
  const actual = fieldAt(jsonOf(answer), "id");
  if (typeof actual !== "number") {
    const list = `gh api orgs/${owner}/teams --paginate --jq '.[] | "\\(.slug) \\(.id)"'  # the slugs there are`;
    const remedy = isTeam ? list : `gh api users/${name}  # is the login right?`;
    return problem(id, `${kind} ${name} cannot be read: ${whyNot(answer)}`, remedy);
  }
  if (actual === reviewer.id) return ok(id, `${kind} ${name}, id ${actual}`);
  const remedy = `gh api ${path} --jq .id  # and write it in gates.roles in Pulumi.yaml`;
  return problem(id, `${kind} ${name} has id ${actual}, and Pulumi.yaml says ${reviewer.id}`, remedy);
}
