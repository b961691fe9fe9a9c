import { fieldAt, textAt } from "../base/json";
import { type Finding, ok, problem, skipped, warning } from "./finding";
import type { AzureNeeds, NeededAction } from "./needs";
import { jsonOf, type Probe, whyNot } from "./probe";

/** Are the resource providers of what is planned registered in a stage's subscription? */
export async function checkProviders(
  probe: Probe,
  stage: string,
  subscription: string,
  { providers }: AzureNeeds,
): Promise<Finding> {
  const id = `resource-providers.${stage}`;
  const query = "[].{name: namespace, state: registrationState}";
  const args = ["provider", "list", "--subscription", subscription, "--query", query, "--output", "json"];
  const answer = await probe("az", args);
  const all = jsonOf(answer);
  const listed = Array.isArray(all) ? (all as unknown[]) : await askEach(probe, subscription, providers);
  if (listed === undefined) {
    const remedy = `az provider list --subscription ${subscription} --output table`;
    return problem(id, `resource providers in ${subscription} cannot be listed: ${whyNot(answer)}`, remedy);
  }
  const same = (one: unknown, name: string) => textAt(one, "name")?.toLowerCase() === name.toLowerCase();
  const states = providers.map((name) => {
    const found: unknown = listed.find((one) => same(one, name));
    return { name, state: textAt(found, "state") ?? "NotRegistered" };
  });
  const missing = states.filter(({ state }) => state !== "Registered");
  if (missing.length === 0) return ok(id, providers.join(", "));
  const found = missing.map(({ name, state }) => `${name} is ${state}`).join("\n");
  const register = (name: string) => `az provider register --namespace ${name} --subscription ${subscription} --wait`;
  const remedy = missing.map(({ name }) => register(name)).join("\n");
  return missing.every(({ state }) => state === "Registering")
    ? warning(id, found, remedy)
    : problem(id, found, remedy);
}

/** The state of each provider, where the list of all cannot be had; undefined where none can be asked. */
async function askEach(probe: Probe, subscription: string, names: readonly string[]): Promise<unknown[] | undefined> {
  const query = ["--query", "registrationState", "--output", "tsv", "--subscription", subscription];
  const states = await Promise.all(
    names.map(async (name) => {
      const answer = await probe("az", ["provider", "show", "--namespace", name, ...query]);
      return answer.state === "answered" ? { name, state: answer.stdout.trim() } : undefined;
    }),
  );
  const known = states.filter((one) => one !== undefined);
  return known.length === names.length ? known : undefined;
}

/** Who deploys, as far as the login tells. */
export interface Assignee {
  /** The identity whose rights count: an object id, or the id of a service principal's application. */
  assignee?: string;
  /** How a command that is shown names it. */
  shownAssignee: string;
}

/** What one role gives. */
interface Grant {
  role: string;
  /** True where a condition narrows every assignment of it. */
  conditional: boolean;
  permissions: readonly { actions: readonly string[]; notActions: readonly string[] }[];
}

/**
 * May who is logged in write everything that is planned? Roles inherited and held by groups count, and each role is
 * taken at what Azure says of it, so roles of the company's own count as well.
 */
export async function checkRights(
  probe: Probe,
  stage: string,
  subscription: string,
  { assignee, shownAssignee }: Assignee,
  needs: AzureNeeds,
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
  const grants = await grantsOf(probe, subscription, assignments);
  const held = grants.map(({ role }) => role).join(", ") || "no role";
  const missing = needs.actions.filter(({ action }) => !grants.some((grant) => gives(grant, action)));
  if (missing.length > 0) {
    const lines = missing.map(({ action, type, count }) => `${action}, for ${count} ${type}`);
    const found = [`${held} in ${subscription}: ${missing.length} rights are missing for what is planned`, ...lines];
    const create = (role: string) =>
      `az role assignment create --assignee ${shownAssignee} --role "${role}" --scope /subscriptions/${subscription}`;
    return problem(id, found.join("\n"), rolesFor(missing).map(create).join("\n"));
  }
  return ofConditions(id, held, needs, grants, byHand);
}

/** Unknown types and conditions are no problem by themselves: Azure decides when it is asked. */
function ofConditions(id: string, held: string, needs: AzureNeeds, grants: readonly Grant[], byHand: string): Finding {
  const whole = grants.filter(({ conditional }) => !conditional);
  const narrowed = needs.actions.filter(({ action }) => !whole.some((grant) => gives(grant, action)));
  const lines = [
    ...narrowed.map(({ action, type, count }) => `${action}, for ${count} ${type}: a condition narrows the role`),
    ...needs.unknown.map((type) => `${type} is planned, and which right it needs is not known here`),
  ];
  if (lines.length > 0) return warning(id, [held, ...lines].join("\n"), byHand);
  return ok(id, `${held}: all of ${needs.actions.length} rights that the plan needs`);
}

/**
 * Azure's own roles, for a login that may not read what roles give. Source: Azure built-in roles, Privileged and General.
 */
const BUILT_IN: Readonly<Record<string, Grant["permissions"][number]>> = {
  Owner: { actions: ["*"], notActions: [] },
  Contributor: {
    actions: ["*"],
    notActions: ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"],
  },
  "User Access Administrator": { actions: ["*/read", "Microsoft.Authorization/*"], notActions: [] },
  "Role Based Access Control Administrator": {
    actions: [
      "Microsoft.Authorization/roleAssignments/write",
      "Microsoft.Authorization/roleAssignments/delete",
      "*/read",
    ],
    notActions: [],
  },
  Reader: { actions: ["*/read"], notActions: [] },
};

/** The roles that are assigned, each once, with what Azure says they give. */
async function grantsOf(probe: Probe, subscription: string, assignments: readonly unknown[]): Promise<Grant[]> {
  const roles = [...new Set(assignments.flatMap((one) => textAt(one, "roleDefinitionName") ?? []))].sort();
  return Promise.all(
    roles.map(async (role) => {
      const args = ["role", "definition", "list", "--name", role, "--subscription", subscription, "--output", "json"];
      const definitions = jsonOf(await probe("az", args));
      const ofRole = assignments.filter((one) => textAt(one, "roleDefinitionName") === role);
      const told = listOf(definitions)
        .flatMap((definition) => listOf(fieldAt(definition, "permissions")))
        .map((one) => ({ actions: textsAt(one, "actions"), notActions: textsAt(one, "notActions") }));
      const known = Object.hasOwn(BUILT_IN, role) ? BUILT_IN[role] : undefined;
      return {
        role,
        conditional: ofRole.every((one) => (textAt(one, "condition") ?? "") !== ""),
        permissions: told.length === 0 && known !== undefined ? [known] : told,
      };
    }),
  );
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
const textsAt = (value: unknown, key: string): string[] =>
  listOf(fieldAt(value, key)).filter((one) => typeof one === "string");

/** An action of a role may hold asterisks; letter case does not count. */
function matches(pattern: string, action: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "i").test(action);
}

const gives = ({ permissions }: Grant, action: string): boolean =>
  permissions.some(
    ({ actions, notActions }) =>
      actions.some((one) => matches(one, action)) && !notActions.some((one) => matches(one, action)),
  );

const AUTHORIZATION = "Microsoft.Authorization/";
const ASSIGNMENTS = `${AUTHORIZATION}roleAssignments/write`;

/**
 * The least of Azure's own roles that give what is missing. Contributor writes nothing of Microsoft.Authorization, and
 * Role Based Access Control Administrator nothing of it but assignments. Source: Azure built-in roles, Privileged.
 */
function rolesFor(missing: readonly NeededAction[]): string[] {
  const ofAuthorization = missing.filter(({ action }) => action.startsWith(AUTHORIZATION));
  const assigns = ofAuthorization.every(({ action }) => action === ASSIGNMENTS);
  return [
    ...(ofAuthorization.length < missing.length ? ["Contributor"] : []),
    ...(ofAuthorization.length === 0
      ? []
      : [assigns ? "Role Based Access Control Administrator" : "User Access Administrator"]),
  ];
}
