import { field, textField } from "./fields";
import { ok, problem, warning, type Finding } from "./finding";
import { jsonOf, whyNot, type Probe } from "./probe";

/** A GitHub repository. */
export interface Repository {
  owner: string;
  name: string;
}

/**
 * May the login make environments in the repository, and does the repository have what gates need?
 *
 * @param reviewed true where an environment of any stage has required reviewers
 */
export async function checkRepository(
  probe: Probe,
  { owner, name }: Repository,
  reviewed: boolean,
): Promise<Finding[]> {
  const path = `${owner}/${name}`;
  const answer = await probe("gh", ["api", `repos/${path}`]);
  const repository = jsonOf(answer);
  if (textField(repository, "full_name") === undefined) {
    const remedy = `gh repo view ${path}  # not there? gh repo create ${path} --private`;
    return [problem("github-repository", `${path} cannot be read: ${whyNot(answer)}`, remedy)];
  }
  const visibility = textField(repository, "visibility") ?? "private";
  return [
    checkAdministration(repository, path, visibility),
    ...(reviewed && visibility !== "public" ? [await checkPlan(probe, owner, path, visibility)] : []),
  ];
}

function checkAdministration(repository: unknown, path: string, visibility: string): Finding {
  const id = "github-repository";
  if (field(repository, "archived") === true) {
    return problem(id, `${path} is archived, so nothing in it can change`, `gh repo unarchive ${path}`);
  }
  if (field(repository, "permissions", "admin") === true) return ok(id, `${path}, ${visibility}, with administration`);
  const remedy =
    `gh api --method PUT repos/${path}/collaborators/<login> --field permission=admin  # by an administrator;\n` +
    "gh auth refresh --scopes repo,read:org  # where the person has it and the token has not";
  return problem(id, `${path}: the login does not administer it, which environments need`, remedy);
}

/** GitHub offers required reviewers in a private or internal repository with GitHub Enterprise only. */
async function checkPlan(probe: Probe, owner: string, path: string, visibility: string): Promise<Finding> {
  const id = "github-plan";
  const plan = textField(jsonOf(await probe("gh", ["api", `orgs/${owner}`])), "plan", "name");
  if (plan === "enterprise") return ok(id, `${owner} is on GitHub Enterprise`);
  const needs = `${path} is ${visibility}: required reviewers need GitHub Enterprise there`;
  if (plan === undefined) {
    const remedy = `gh api orgs/${owner} --jq .plan.name  # by an owner of the organisation: enterprise is needed`;
    return warning(id, `${needs}, and ${owner}'s plan is not shown to this login`, remedy);
  }
  const remedy = `gh repo view ${path} --web  # move it to GitHub Enterprise, or take the roles out of gates.signOffs`;
  return problem(id, `${needs}, and ${owner} is on the plan "${plan}"`, remedy);
}
