import type { Reviewer } from "../domain/gates";
import { field } from "./fields";
import { ok, problem, type Finding } from "./finding";
import { jsonOf, whyNot, type Probe } from "./probe";

/** Does a reviewer exist on GitHub, and is the id the right one? A wrong id would let somebody else approve. */
export async function checkReviewer(probe: Probe, owner: string, reviewer: Reviewer): Promise<Finding> {
  const isTeam = "team" in reviewer;
  const name = isTeam ? reviewer.team : reviewer.user;
  const kind = isTeam ? "team" : "user";
  const id = `reviewer.${kind}.${name}`;
  const path = isTeam ? `orgs/${owner}/teams/${name}` : `users/${name}`;
  const answer = await probe("gh", ["api", path]);
  const actual = field(jsonOf(answer), "id");
  if (typeof actual !== "number") {
    const list = `gh api orgs/${owner}/teams --paginate --jq '.[] | "\\(.slug) \\(.id)"'  # the slugs there are`;
    const remedy = isTeam ? list : `gh api users/${name}  # is the login right?`;
    return problem(id, `${kind} ${name} cannot be read: ${whyNot(answer)}`, remedy);
  }
  if (actual === reviewer.id) return ok(id, `${kind} ${name}, id ${actual}`);
  const remedy = `gh api ${path} --jq .id  # and write it in gates.roles in Pulumi.yaml`;
  return problem(id, `${kind} ${name} has id ${actual}, and Pulumi.yaml says ${reviewer.id}`, remedy);
}
