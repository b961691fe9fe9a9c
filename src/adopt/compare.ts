import { isSameArmId } from "../base/azure/armId";
import { regionKey } from "../base/azure/region";
import { defined } from "../base/defined";
import { formatJson, type Json } from "../base/json";
import { terminalTable } from "../base/text/table";
import { escapeUnsafe } from "../base/text/unsafe";
import { inlineValue } from "../base/text/value";
import type { ExistingRegistry } from "./existingRegistry";
import { type AdoptedKind, isBelow, leaves, type PlannedAdoption, sameValue, valueAt } from "./plannedAdoptions";

/** What an adoption does to one property: the last three are findings. */
type AdoptionEffect = "same" | "keeps" | "changes" | "differs" | "fails";

/** One property of a registry, as the stage says it and as Azure has it. */
export interface AdoptionRow {
  property: string;
  /** Absent where the stage says nothing. */
  stage?: Json;
  /** Absent where Azure has nothing. */
  azure?: Json;
  effect: AdoptionEffect;
  why?: string;
}

/** What a property is where Azure's answer leaves it out. Source: Azure Container Registry, defaults of a registry. */
const DEFAULTS: Readonly<Record<string, Json>> = {
  adminUserEnabled: false,
  anonymousPullEnabled: false,
  dataEndpointEnabled: false,
  publicNetworkAccess: "Enabled",
  networkRuleBypassOptions: "AzureServices",
  "policies.azureADAuthenticationAsArmPolicy.status": "enabled",
  "policies.exportPolicy.status": "enabled",
  "policies.softDeletePolicy.status": "disabled",
  "policies.retentionPolicy.status": "disabled",
};

/** Parts of the id that is imported, so they cannot differ. */
const NAMES = ["registryName", "resourceGroupName"];

const NOT_THERE = "there is no such registry: check the id in the stage file";
const TAKEN = "one of that name exists: delete it, or import it into the stack";
const ABAC = "in this mode Azure ignores AcrPull, AcrPush and AcrDelete: set the registry to LegacyRegistryPermissions";

/** Says, property by property, what importing a registry would do. */
export function compareAdoption(planned: PlannedAdoption, existing: ExistingRegistry | undefined): AdoptionRow[] {
  if (existing === undefined) return [{ property: "registry", stage: planned.id, effect: "fails", why: NOT_THERE }];
  const { inputs, ignoreChanges } = planned;
  const given = leaves(inputs).filter(([path]) => !NAMES.includes(path));
  const rows = given.map(([path, stage]) => compared(path, stage, planned, existing));
  const leftOut = leaves(existing.properties).filter(
    ([path]) => isBelow(path, ignoreChanges) && valueAt(inputs, path) === undefined,
  );
  return [
    ...rows,
    ...leftOut.map(([property, azure]): AdoptionRow => ({ property, azure, effect: "keeps" })),
    ...accessMode(existing),
    ...collisions(planned, existing),
    ...usedSinks(planned, existing),
  ].sort((a, b) => (a.property < b.property ? -1 : 1));
}

function compared(
  property: string,
  stage: Json,
  { ignoreChanges, parts }: PlannedAdoption,
  existing: ExistingRegistry,
): AdoptionRow {
  const azure = valueAt(existing.properties, property) ?? DEFAULTS[property];
  const row = { property, stage, ...defined({ azure }) };
  if (property === "location") return { ...row, ...location(stage, azure, parts) };
  if (sameValue(stage, azure)) return { ...row, effect: "same" };
  if (isBelow(property, ignoreChanges)) return { ...row, effect: "keeps" };
  if (property === "sku.name") return { ...row, ...tier(stage, azure, existing) };
  return { ...row, effect: "changes", ...defined({ why: WHY[property] }) };
}

const WHY: Readonly<Record<string, string>> = {
  adminUserEnabled: "logins as the admin user are locked out",
  anonymousPullEnabled: "pulls without a login are locked out",
  publicNetworkAccess: "clients of the public endpoint are affected",
  networkRuleBypassOptions: "Azure's trusted services, such as Defender for Cloud, are affected",
  "policies.azureADAuthenticationAsArmPolicy.status": "logins with a token made for ARM are affected",
};

const region = (value: Json | undefined): string => (typeof value === "string" ? regionKey(value) : "");

/** A registry stays where it is; what is made inside it in a region is made in the stage's. */
function location(
  stage: Json,
  azure: Json | undefined,
  parts: PlannedAdoption["parts"],
): Pick<AdoptionRow, "effect" | "why"> {
  if (region(stage) === region(azure)) return { effect: "same" };
  const hook = parts.find(({ kind }) => kind === "webhooks");
  if (hook !== undefined)
    return { effect: "fails", why: "its webhook would be made in another region than the registry" };
  return {
    effect: "differs",
    why: "the registry stays where it is; group, log and archive are made in the stage's region",
  };
}

function tier(
  stage: Json,
  azure: Json | undefined,
  { inside, properties }: ExistingRegistry,
): Pick<AdoptionRow, "effect" | "why"> {
  if (azure !== "Premium") return { effect: "changes", why: "the tier changes in place, and so does its price" };
  if (inside.replications.length > 0) {
    return { effect: "fails", why: `replications need Premium: ${inside.replications.join(", ")}` };
  }
  const retention = valueAt(properties, "policies.retentionPolicy.status") === "enabled";
  const rules = valueAt(properties, "networkRuleSet.defaultAction") === "Deny";
  const lost = [...(retention ? ["its retention policy"] : []), ...(rules ? ["its network rules"] : [])];
  if (lost.length > 0) return { effect: "fails", why: `${lost.join(" and ")} need Premium` };
  return { effect: "changes", why: `the tier becomes ${inlineValue(stage)}: features that only Premium has are gone` };
}

function accessMode({ properties }: ExistingRegistry): AdoptionRow[] {
  const azure = properties["roleAssignmentMode"];
  if (azure !== "AbacRepositoryPermissions") return [];
  return [{ property: "roleAssignmentMode", azure, effect: "fails", why: ABAC }];
}

/** What the stage would make although it exists: azure-native creates nothing that exists. */
function collisions({ parts }: PlannedAdoption, { inside }: ExistingRegistry): AdoptionRow[] {
  const taken = (kind: AdoptedKind, name: string) =>
    inside[kind].some((other) => other.toLowerCase() === name.toLowerCase());
  return parts
    .filter(({ kind, name }) => taken(kind, name))
    .map(({ kind, name }) => ({ property: `${kind}/${name}`, stage: name, azure: name, effect: "fails", why: TAKEN }));
}

/** Diagnostic settings of one resource. Source: Azure Monitor, diagnostic settings: five each. */
const MOST_SETTINGS = 5;

/** Groups of log categories; metrics have none. Source: Azure Monitor, diagnostic settings: category groups. */
const GROUPS: readonly string[] = ["alllogs", "audit"];

/**
 * What stands in the way of the stage's diagnostic setting: one of its name, one that sends a category of it to the same
 * workspace or account, or five others. A group of categories may hold any category of a log.
 * Source: https://github.com/hashicorp/terraform-provider-azurerm/issues/21161 (409: data sinks cannot be reused).
 */
function usedSinks(
  { diagnosticSetting: planned }: PlannedAdoption,
  { diagnosticSettings }: ExistingRegistry,
): AdoptionRow[] {
  if (planned === undefined) return [];
  const fails = (azure: string, why: string): AdoptionRow => ({
    ...{ property: `diagnosticSettings/${planned.name}`, stage: planned.name, azure, effect: "fails", why },
  });
  const isGroup = (category: string): boolean => GROUPS.includes(category.toLowerCase());
  const meets = (one: string, other: string): boolean =>
    one.toLowerCase() === other.toLowerCase() ||
    (isGroup(one) && other !== "AllMetrics") ||
    (isGroup(other) && one !== "AllMetrics");
  const rows = diagnosticSettings.flatMap((setting): AdoptionRow[] => {
    if (setting.name.toLowerCase() === planned.name.toLowerCase()) return [fails(setting.name, TAKEN)];
    const shared = planned.categories.filter((one) => setting.categories.some((other) => meets(one, other)));
    const sinks = (["workspaceId", "storageAccountId"] as const).flatMap((key) => {
      const [theirs, ours] = [setting[key], planned[key]];
      return theirs !== undefined && ours !== undefined && isSameArmId(theirs, ours) ? [theirs] : [];
    });
    if (shared.length === 0 || sinks.length === 0) return [];
    const why = `sends ${shared.join(", ")} to the same place (${sinks.join(", ")}), which Azure answers with 409: delete it, or switch these off in it`;
    return [fails(setting.name, why)];
  });
  if (rows.length > 0 || diagnosticSettings.length < MOST_SETTINGS) return rows;
  return [fails(`${diagnosticSettings.length} others`, `Azure takes ${MOST_SETTINGS} of a resource: delete one`)];
}

/** True for what an operator should look at before the import. */
export const isFinding = ({ effect }: AdoptionRow): boolean => effect !== "same" && effect !== "keeps";

/** How a comparison can be printed. */
export type AdoptionFormat = "table" | "json";

/** One registry's comparison. */
export interface Adoption {
  /** Name of the resource in the stack. */
  resource: string;
  id: string;
  rows: readonly AdoptionRow[];
}

const HEAD = ["", "Property", "Stage file", "Azure", "Adoption", ""];
const LONGEST = 60;

const cell = (value: Json | undefined): string => {
  const text = value === undefined ? "" : inlineValue(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
};

function tableOf({ resource, id, rows }: Adoption): string[] {
  const cells = [...rows]
    .sort((a, b) => Number(isFinding(b)) - Number(isFinding(a)))
    .map((row) => [
      isFinding(row) ? "!" : "",
      row.property,
      cell(row.stage),
      cell(row.azure),
      row.effect,
      row.why ?? "",
    ]);
  return [`${resource} adopts ${escapeUnsafe(id)}`, ...terminalTable([HEAD, ...cells]), ""];
}

/** What the adoption of a stage's registries would do: a table for people, or JSON. */
export function renderAdoption(stage: string, adoptions: readonly Adoption[], format: AdoptionFormat): string {
  const count = (effect: AdoptionRow["effect"]) =>
    adoptions.flatMap(({ rows }) => rows).filter((row) => row.effect === effect).length;
  const counts = { changes: count("changes"), differs: count("differs"), fails: count("fails"), keeps: count("keeps") };
  if (format === "json") return formatJson({ stage, ...counts, registries: adoptions });
  if (adoptions.length === 0) return `${stage} adopts no registry: none has mode: adopt\n`;
  const { changes, differs, fails, keeps } = counts;
  const summary = `${stage}: ${changes} would change, ${differs} differ and stay, ${fails} would fail, ${keeps} are kept`;
  return [...adoptions.flatMap(tableOf), summary, ""].join("\n");
}
