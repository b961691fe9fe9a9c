import { AZURE } from "./azureTypes";
import { budgetRules, metricAlertRules, queryAlertRules, storageRules } from "./azureWatchRules";
import { at, shown } from "./lookup";
import { LATE, type Problem } from "./validate";
import { type Fields, isList, UNKNOWN, type Value } from "./values";

type Rule = (inputs: Fields, refuse: (property: string, reason: string) => void) => void;

/** What only Premium takes, and the value that asks for it. */
const PREMIUM: readonly (readonly [path: string, asks: (value: Value) => boolean])[] = [
  ["dataEndpointEnabled", (value) => value === true],
  ["encryption.status", (value) => value === "enabled"],
  ["networkRuleSet.defaultAction", (value) => value === "Deny"],
  ["networkRuleSet.ipRules", (value) => isList(value) && value.length > 0],
  ["policies.exportPolicy.status", (value) => value === "disabled"],
  ["policies.quarantinePolicy.status", (value) => value === "enabled"],
  ["policies.retentionPolicy.status", (value) => value === "enabled"],
  ["policies.trustPolicy.status", (value) => value === "enabled"],
  ["publicNetworkAccess", (value) => value === "Disabled"],
  ["zoneRedundancy", (value) => value === "Enabled"],
];

const registry: Rule = (inputs, refuse) => {
  const sku = at(inputs, "sku.name");
  if (sku === "Classic") refuse("sku.name", "is Classic: Azure makes none any more; take Basic, Standard or Premium");
  if (sku === "Basic" && at(inputs, "anonymousPullEnabled") === true) {
    refuse("anonymousPullEnabled", "is true: the Basic SKU has no anonymous pull");
  }
  if (typeof sku === "string" && sku !== "Premium") {
    for (const [path, asks] of PREMIUM) {
      const value = at(inputs, path);
      if (value !== undefined && asks(value))
        refuse(path, `is for Premium only, and the SKU is ${shown(inputs, "sku.name")}`);
    }
  }
  const on = (policy: string) => at(inputs, `policies.${policy}.status`) === "enabled";
  if (on("retentionPolicy") && on("softDeletePolicy")) {
    refuse("policies.softDeletePolicy.status", "is enabled beside a retention policy: a registry has one or the other");
  }
  const access = at(inputs, "publicNetworkAccess");
  if (at(inputs, "policies.exportPolicy.status") === "disabled" && access !== "Disabled" && access !== UNKNOWN) {
    refuse("policies.exportPolicy.status", "is disabled: that needs publicNetworkAccess Disabled");
  }
};

/** What a scope map's action may be; a wildcard is the last part of a repository's name, or all of it. */
const ACTIONS = [
  /^repositories\/(?:\*|[a-z0-9._/-]+?(?:\/\*)?)\/(?:content\/(?:read|write|delete)|metadata\/(?:read|write))$/,
  /^gateway\/[A-Za-z0-9]+\/(?:config|message)\/(?:read|write)$/,
];

const scopeMap: Rule = (inputs, refuse) => {
  const actions = at(inputs, "actions");
  if (!isList(actions)) return;
  actions.forEach((_, index) => {
    const action = at(inputs, `actions.${index}`);
    if (typeof action !== "string" || ACTIONS.some((form) => form.test(action))) return;
    const form = "repositories/<name>/content/read, or .../* for all below a path";
    refuse(`actions[${index}]`, `is ${shown(inputs, `actions.${index}`)}: the form is ${form}`);
  });
};

const SCOPE_MAP_ID =
  /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.ContainerRegistry\/registries\/[^/]+\/scopeMaps\/[^/]+$/i;

const token: Rule = (inputs, refuse) => {
  const map = at(inputs, "scopeMapId");
  if (typeof map === "string" && !SCOPE_MAP_ID.test(map)) {
    refuse("scopeMapId", `is ${shown(inputs, "scopeMapId")}: it must be the ARM id of a scope map`);
  }
  if (at(inputs, "credentials.passwords") !== undefined) {
    refuse("credentials.passwords", "cannot be given: passwords come from generateCredentials alone");
  }
};

const DESTINATIONS = ["eventHubAuthorizationRuleId", "marketplacePartnerId", "storageAccountId", "workspaceId"];

const diagnosticSetting: Rule = (inputs, refuse) => {
  if (DESTINATIONS.every((name) => at(inputs, name) === undefined)) {
    refuse("workspaceId", `is missing: a setting needs one of ${DESTINATIONS.join(", ")}`);
  }
  const logs = at(inputs, "logs");
  if (!isList(logs)) return;
  logs.forEach((_, index) => {
    const named = ["category", "categoryGroup"].filter((name) => at(inputs, `logs.${index}.${name}`) !== undefined);
    if (named.length !== 1) refuse(`logs[${index}]`, "must name a category or a categoryGroup, one of them");
  });
};

const RULES: Readonly<Record<string, Rule>> = {
  [AZURE.registry]: registry,
  [AZURE.scopeMap]: scopeMap,
  [AZURE.token]: token,
  [AZURE.diagnosticSetting]: diagnosticSetting,
  [AZURE.queryAlert]: queryAlertRules,
  [AZURE.metricAlert]: metricAlertRules,
  [AZURE.budget]: budgetRules,
  [AZURE.storage]: storageRules,
};

/** What Azure refuses at up although each property for itself is right; unknown values are not judged. */
export function azureRules(type: string, inputs: Fields): Problem[] {
  const found: Problem[] = [];
  RULES[type]?.(inputs, (property, reason) => found.push({ property, reason: `'${property}' ${reason} ${LATE}` }));
  return found;
}
