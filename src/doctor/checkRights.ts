import type { AzureLogin } from "./checkAzureLogin";
import { textField } from "./fields";
import { ok, problem, skipped, warning, type Finding } from "./finding";
import { jsonOf, whyNot, type Probe } from "./probe";

/** Roles that may make what a stage is made of. Source: Azure built-in roles. */
const MAKES: readonly string[] = ["Contributor", "Owner"];

/** Roles that may give roles to others. */
const ASSIGNS: readonly string[] = ["Role Based Access Control Administrator", "User Access Administrator", "Owner"];

const grant = (role: string, assignee: string, subscription: string) =>
  `az role assignment create --assignee ${assignee} --role "${role}" --scope /subscriptions/${subscription}`;

/** May who is logged in make a stage's resources in its subscription? Roles inherited and held by groups count. */
export async function checkRights(
  probe: Probe,
  stage: string,
  subscription: string,
  { assignee, shownAssignee }: Pick<AzureLogin, "assignee" | "shownAssignee">,
): Promise<Finding> {
  const id = `rights.${stage}`;
  const query = (who: string) => ["role", "assignment", "list", "--assignee", who, "--subscription", subscription];
  const rest = ["--include-inherited", "--include-groups", "--output", "json"];
  const byHand = ["az", ...query(shownAssignee), ...rest.slice(0, 2), "--output table"].join(" ");
  if (assignee === undefined) return skipped(id, "which identity deploys cannot be told from the login", byHand);
  const answer = await probe("az", [...query(assignee), ...rest]);
  const assignments = jsonOf(answer);
  if (!Array.isArray(assignments)) {
    return problem(id, `the roles in ${subscription} cannot be listed: ${whyNot(answer)}`, byHand);
  }
  const roles = new Set(assignments.map((one) => textField(one, "roleDefinitionName") ?? ""));
  const has = (wanted: readonly string[]) => wanted.filter((role) => roles.has(role));
  const held = [...new Set([...has(MAKES), ...has(ASSIGNS)])].join(", ");
  if (has(MAKES).length === 0) {
    const found = `no Contributor or Owner in ${subscription}`;
    return problem(id, found, grant("Contributor", shownAssignee, subscription));
  }
  if (has(ASSIGNS).length === 0) {
    const found = `${held}; not ${ASSIGNS.join(", ")}, one of which is needed where the program assigns roles`;
    return warning(id, found, grant("Role Based Access Control Administrator", shownAssignee, subscription));
  }
  return ok(id, held);
}
