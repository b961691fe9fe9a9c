import { type AzureAccount, type AzureCloud, azureFailure, clientOptions } from "../azure/account";
import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import { fieldsOf, type Json } from "../base/json";
import { loadPackage } from "../base/packages";
import { parseRegistryId, REGISTRY_ID_FORM } from "../domain/plan/names";
import { ADOPTED_KINDS, type AdoptedKind } from "./plannedAdoptions";

/** The most entries of one list that are read. */
const MOST = 60_000;
const ROLE = "Reader";

/** The version that azure-native's Registry speaks: newer ones of the SDK leave soft delete out. */
const API_VERSION = "2023-01-01-preview";

/** A registry as Azure has it, under the names that azure-native gives its inputs. */
export interface Found {
  properties: Readonly<Record<string, Json>>;
  /** Names of what is in it, by kind. */
  inside: Readonly<Record<AdoptedKind, readonly string[]>>;
}

/**
 * Reads a registry and the names of what is in it; changes nothing.
 *
 * @returns undefined where there is no such registry
 * @throws DualRegistryError where Azure cannot be asked, or does not say all of it
 */
export async function readFound(id: string, account: AzureAccount, cloud: AzureCloud): Promise<Found | undefined> {
  const place = parseRegistryId(id);
  if (place === undefined)
    throw new DualRegistryError("CONFIG_INVALID", `"${id}" is none; allowed: ${REGISTRY_ID_FORM}`);
  const { ContainerRegistryManagementClient } = loadPackage("@azure/arm-containerregistry");
  const options = { ...clientOptions(account), endpoint: cloud.arm };
  const make = (more: object) =>
    new ContainerRegistryManagementClient(account.credential, place.subscriptionId, { ...options, ...more });
  const client = make({});
  const { resourceGroup, name } = place;
  let body: unknown;
  let roleAssignmentMode: string | undefined;
  try {
    const whole = make({ apiVersion: API_VERSION }).registries;
    await whole.get(resourceGroup, name, {
      onResponse: ({ bodyAsText }) => void (body = JSON.parse(bodyAsText ?? "{}")),
    });
    ({ roleAssignmentMode } = await client.registries.get(resourceGroup, name));
  } catch (error) {
    const failure = azureFailure(error, `Registry ${name}`, ROLE);
    if (failure.code === "NOT_FOUND") return undefined;
    throw failure;
  }
  const lists = {
    scopeMaps: () => client.scopeMaps.list(resourceGroup, name),
    tokens: () => client.tokens.list(resourceGroup, name),
    replications: () => client.replications.list(resourceGroup, name),
    webhooks: () => client.webhooks.list(resourceGroup, name),
  };
  const inside: Record<AdoptedKind, readonly string[]> = { scopeMaps: [], tokens: [], replications: [], webhooks: [] };
  for (const kind of ADOPTED_KINDS) inside[kind] = await namesOf(lists[kind](), `${kind} of ${name}`);
  const mode = defined({ roleAssignmentMode });
  return { properties: { ...propertiesOf(body), ...mode }, inside };
}

async function namesOf(items: AsyncIterable<{ name?: string }>, what: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of items) {
      if (name !== undefined) names.push(name);
      if (names.length > MOST) throw new DualRegistryError("REGISTRY_REFUSED", `${what}: more than ${MOST} entries`);
    }
  } catch (error) {
    throw azureFailure(error, what, ROLE);
  }
  return names.sort();
}

/** Settings alone, under azure-native's names: dates, states and addresses are not what an adoption is about. */
function propertiesOf(body: unknown): Found["properties"] {
  const { location, sku, tags, identity, zones, properties } = fieldsOf(body);
  const settings = Object.entries(fieldsOf(properties)).filter(([name]) => SETTINGS.includes(name));
  const all = {
    location,
    sku: { name: fieldsOf(sku)["name"] },
    tags,
    identity,
    zones,
    ...Object.fromEntries(settings),
  };
  const text = JSON.stringify(all, (key, value: unknown) => {
    if (DATES.includes(key)) return undefined;
    return key === "ipRules" && Array.isArray(value) ? value.map(asRule) : value;
  });
  return JSON.parse(text) as Found["properties"];
}

const SETTINGS = [
  ...["adminUserEnabled", "anonymousPullEnabled", "dataEndpointEnabled", "encryption", "networkRuleBypassOptions"],
  ...["networkRuleSet", "policies", "publicNetworkAccess", "zoneRedundancy"],
];
const DATES = ["lastUpdatedTime", "lastKeyRotationTimestamp"];

const asRule = (rule: unknown) => ({ action: "Allow", iPAddressOrRange: fieldsOf(rule)["value"] });
