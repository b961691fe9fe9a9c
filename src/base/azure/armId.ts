/**
 * ARM ids, which Azure compares without letter case and prints in several: Log Analytics and Activity Log write
 * `resourcegroups` and `microsoft.operationalinsights`.
 * Sources: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules (names and their
 * letter case); https://github.com/Azure/azure-rest-api-specs/issues/9633.
 */

/** A kind of resource that an id may have to name. */
export interface ArmKind {
  /** Provider and type as Azure's documentation writes them: `Microsoft.KeyVault/vaults`. */
  type: string;
  /** What its names look like. */
  name: RegExp;
  /** The same in words. */
  nameForm: string;
}

/** The parts of the id of a resource in a resource group. */
export interface ArmId {
  subscriptionId: string;
  resourceGroup: string;
  name: string;
  /** The id in Azure's usual spelling; the names are as they were written. */
  id: string;
}

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const GROUP = /^[-\w._()]{0,89}[-\w_()]$/;

/** What an id of a kind looks like, for messages. */
export const armIdForm = ({ type }: ArmKind): string =>
  `/subscriptions/<guid>/resourceGroups/<name>/providers/${type}/<name>`;

const same = (one: string | undefined, other: string): boolean => one?.toLowerCase() === other.toLowerCase();

/** What is wrong with one part of an id: which part, and what it should be. */
export interface ArmIdProblem {
  /** As it stands there; empty where it is missing. */
  part: string;
  allowed: string;
}

/** The parts of an id of that kind, or the first part of it that is wrong. */
export function readArmId(text: string, kind: ArmKind): ArmId | ArmIdProblem {
  const [lead, ...parts] = text.split("/");
  // A portal's link ends with a slash.
  if (parts.at(-1) === "" && parts.length > 1) parts.pop();
  const [provider = "", type = ""] = kind.type.split("/");
  const [subscriptions, subscriptionId = "", groups, resourceGroup = "", providers, ofProvider, ofType, name = ""] =
    parts;
  const [more] = parts.slice(8);
  const wrong = (part: string | undefined, allowed: string): ArmIdProblem => ({ part: part ?? "", allowed });
  if (lead !== "") return wrong(lead, "a slash first");
  if (!same(subscriptions, "subscriptions")) return wrong(subscriptions, "subscriptions");
  if (!GUID.test(subscriptionId)) return wrong(subscriptionId, "the subscription, a guid");
  if (!same(groups, "resourceGroups")) return wrong(groups, "resourceGroups");
  if (!GROUP.test(resourceGroup)) return wrong(resourceGroup, "a resource group's name");
  if (!same(providers, "providers")) return wrong(providers, "providers");
  if (!same(ofProvider, provider)) return wrong(ofProvider, provider);
  if (!same(ofType, type)) return wrong(ofType, type);
  if (!kind.name.test(name)) return wrong(name, kind.nameForm);
  if (more !== undefined) return wrong(more, `nothing behind ${type}/<name>`);
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/${provider}/${type}/${name}`;
  return { subscriptionId, resourceGroup, name, id };
}

/** The parts of an id of that kind; undefined where the text is none. */
export function parseArmId(text: string, kind: ArmKind): ArmId | undefined {
  const read = readArmId(text, kind);
  return "part" in read ? undefined : read;
}

/** True where both name one resource. */
export const isSameArmId = (one: string, other: string): boolean =>
  one.replace(/\/$/, "").toLowerCase() === other.replace(/\/$/, "").toLowerCase();

/** The subscription of an ARM id; empty where it names none. */
export function subscriptionOf(id: string): string {
  return /^\/subscriptions\/([^/]+)/i.exec(id)?.[1] ?? "";
}

/** The ARM id of the resource group that a resource lives in, or of the group itself; the id itself where it has none. */
export function resourceGroupOf(id: string): string {
  return /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+/i.exec(id)?.[0] ?? id;
}

/** The name that stands behind a type in an ARM id: that of `registries`, say. Undefined where the id has none. */
export function nameInId(id: string, type: string): string | undefined {
  const parts = id.split("/");
  const at = parts.findIndex((part) => same(part, type));
  return at < 0 ? undefined : parts[at + 1];
}
