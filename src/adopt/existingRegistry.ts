import {
  type AzureAccount,
  type AzureCloud,
  type DiagnosticSetting,
  readDiagnosticSettings,
  readRegistry,
  readWholeList,
  registriesClient,
  type RegistryAnswer,
} from "../azure";
import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import { fieldsOf, type Json } from "../base/json";
import { quoted } from "../base/text/quote";
import { parseRegistryId, REGISTRY_ID_FORM } from "../domain/plan/names";
import type { AdoptedKind } from "./plannedAdoptions";

const ROLE = "Reader";

/** The version that azure-native's Registry speaks: newer ones of the SDK leave soft delete out. */
const API_VERSION = "2023-01-01-preview";

/** A registry as Azure has it, under the names that azure-native gives its inputs. */
export interface ExistingRegistry {
  properties: Readonly<Record<string, Json>>;
  /** Names of what is in it, by kind. */
  inside: Readonly<Record<AdoptedKind, readonly string[]>>;
  /** Where its logs and metrics go already. */
  diagnosticSettings: readonly DiagnosticSetting[];
}

/**
 * Reads a registry and the names of what is in it; changes nothing.
 *
 * @returns undefined where there is no such registry
 * @throws DualRegistryError where Azure does not answer, or not with all of it
 */
export async function readExistingRegistry(
  id: string,
  account: AzureAccount,
  cloud: AzureCloud,
): Promise<ExistingRegistry | undefined> {
  const parts = parseRegistryId(id);
  if (parts === undefined) {
    throw new DualRegistryError("CONFIG_INVALID", `${quoted(id)} is not a registry's id; allowed: ${REGISTRY_ID_FORM}`);
  }
  const { subscriptionId, resourceGroup, name } = parts;
  const client = registriesClient(account, cloud, subscriptionId);
  let answer: RegistryAnswer;
  let latest: RegistryAnswer;
  try {
    answer = await readRegistry(registriesClient(account, cloud, subscriptionId, API_VERSION), parts, ROLE);
    latest = await readRegistry(client, parts, ROLE);
  } catch (error) {
    if (error instanceof DualRegistryError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
  const names = async (items: AsyncIterable<{ name?: string }>, kind: string): Promise<string[]> => {
    const all = await readWholeList(items, `${kind} of ${name}`, ROLE);
    return all.flatMap((item) => item.name ?? []).sort();
  };
  return {
    properties: { ...settingsOf(answer), ...defined({ roleAssignmentMode: latest.properties["roleAssignmentMode"] }) },
    inside: {
      scopeMaps: await names(client.scopeMaps.list(resourceGroup, name), "Scope maps"),
      tokens: await names(client.tokens.list(resourceGroup, name), "Tokens"),
      replications: await names(client.replications.list(resourceGroup, name), "Replications"),
      webhooks: await names(client.webhooks.list(resourceGroup, name), "Webhooks"),
    },
    diagnosticSettings: await readDiagnosticSettings(client, account, cloud, parts.id, ROLE),
  };
}

/** Settings alone, under azure-native's names: an adoption leaves dates, states and addresses alone. */
function settingsOf({
  location,
  sku,
  tags,
  identity,
  zones,
  properties,
}: RegistryAnswer): ExistingRegistry["properties"] {
  const settings = Object.entries(properties).filter(([name]) => SETTINGS.includes(name));
  const all = {
    location,
    sku: { name: sku.name },
    ...defined({ tags, identity, zones }),
    ...Object.fromEntries(settings),
  };
  const text = JSON.stringify(all, (key, value: unknown) => {
    if (DATES.includes(key)) return undefined;
    return key === "ipRules" && Array.isArray(value) ? value.map(ipRuleOf) : value;
  });
  return JSON.parse(text) as ExistingRegistry["properties"];
}

const SETTINGS = [
  ...["adminUserEnabled", "anonymousPullEnabled", "dataEndpointEnabled", "encryption", "networkRuleBypassOptions"],
  ...["networkRuleSet", "policies", "publicNetworkAccess", "zoneRedundancy"],
];
const DATES = ["lastUpdatedTime", "lastKeyRotationTimestamp"];

/** ARM calls the range `value`; azure-native, `iPAddressOrRange`. */
const ipRuleOf = (rule: unknown) => ({ action: "Allow", iPAddressOrRange: fieldsOf(rule)["value"] });
