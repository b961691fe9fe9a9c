import { armTypeOf, inputsOfArmId, pathParameters } from "./armIds";
import { ANSWERS } from "./azureAnswers";
import { AZURE } from "./azureTypes";
import { region } from "./changes";
import type { Cloud, CloudResource } from "./cloud";
import { type PropertySpec, specOf } from "./constraints";
import { CREATED, guid } from "./fixed";
import { isPlainFields, listAt, textAt } from "./lookup";
import type { Plain, PlainFields } from "./values";

/** What a registry has where nobody says otherwise. */
const REGISTRY_DEFAULTS: PlainFields = {
  adminUserEnabled: false,
  anonymousPullEnabled: false,
  dataEndpointEnabled: false,
  encryption: { status: "disabled" },
  networkRuleBypassOptions: "AzureServices",
  publicNetworkAccess: "Enabled",
  zoneRedundancy: "Disabled",
  policies: {
    azureADAuthenticationAsArmPolicy: { status: "enabled" },
    exportPolicy: { status: "enabled" },
    quarantinePolicy: { status: "disabled" },
    retentionPolicy: { days: 7, lastUpdatedTime: CREATED, status: "disabled" },
    softDeletePolicy: { lastUpdatedTime: CREATED, retentionDays: 7, status: "disabled" },
    trustPolicy: { status: "disabled", type: "Notary" },
  },
};

/** All that Azure answers for a resource, under the names of the provider's outputs. */
export function azureOutputs(resource: CloudResource, cloud: Cloud): PlainFields {
  const { id, inputs, type } = resource;
  const name = textAt(inputsOfArmId(type, id), pathParameters(type).at(-1) ?? "");
  const location = textAt(inputs, "location");
  return {
    ...merge(serviceSide(resource, name, cloud), inputs),
    ...(location === "" ? {} : { location: region(location) }),
    name,
    type: armTypeOf(id),
    azureApiVersion: specOf(type).apiVersion,
    systemData: { createdAt: CREATED, createdByType: "Application" },
    provisioningState: "Succeeded",
  };
}

function serviceSide(resource: CloudResource, name: string, cloud: Cloud): PlainFields {
  const { id, inputs, type } = resource;
  const answer = ANSWERS[type];
  if (answer !== undefined) return answer(resource, name);
  switch (type) {
    case AZURE.group:
      return { properties: { provisioningState: "Succeeded" } };
    case AZURE.workspace:
      return {
        createdDate: CREATED,
        modifiedDate: CREATED,
        customerId: guid(id.toLowerCase()),
        etag: `"${guid(`etag ${JSON.stringify(inputs)}`)}"`,
        publicNetworkAccessForIngestion: "Enabled",
        publicNetworkAccessForQuery: "Enabled",
        retentionInDays: 30,
        sku: { name: "PerGB2018", lastSkuUpdate: CREATED },
        features: { enableLogAccessUsingOnlyResourcePermissions: true },
      };
    case AZURE.registry: {
      const replicas = cloud.ofType(AZURE.replication).filter((other) => within(id, other.id));
      const regions = [inputs, ...replicas.map((replica) => replica.inputs)].map((from) => textAt(from, "location"));
      const host = name.toLowerCase();
      return merge(REGISTRY_DEFAULTS, {
        creationDate: CREATED,
        loginServer: `${host}.azurecr.io`,
        dataEndpointHostNames:
          inputs["dataEndpointEnabled"] === true ? regions.map((at) => `${host}.${region(at)}.data.azurecr.io`) : [],
        privateEndpointConnections: [],
        // Where no firewall was asked for, a Premium registry answers an open one, and the other tiers none.
        ...(textAt(inputs, "sku.name") === "Premium"
          ? { networkRuleSet: { defaultAction: "Allow", ipRules: [] } }
          : {}),
        sku: { tier: textAt(inputs, "sku.name") },
      });
    }
    case AZURE.replication:
      return { regionEndpointEnabled: true, zoneRedundancy: "Disabled", status: { displayStatus: "Ready" } };
    case AZURE.token:
      return { creationDate: CREATED, status: "enabled" };
    case AZURE.webhook:
      return { scope: "", status: "enabled" };
    case AZURE.diagnosticSetting:
      return { logs: listAt(inputs, "logs"), metrics: listAt(inputs, "metrics") };
    default:
      return { creationDate: CREATED };
  }
}

const within = (outer: string, inner: string) => inner.toLowerCase().startsWith(`${outer.toLowerCase()}/`);

/** The second over the first, object by object. */
export function merge(under: PlainFields, over: PlainFields): PlainFields {
  const result: Record<string, Plain> = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const below = result[name];
    result[name] = isPlainFields(below) && isPlainFields(value) ? merge(below, value) : value;
  }
  return result;
}

/** The named properties alone, and of those with a specification only what it knows: no read-only parts. */
export function project(
  names: readonly string[],
  fields: PlainFields,
  specs: Readonly<Record<string, PropertySpec>> = {},
): PlainFields {
  const given = names.filter((name) => fields[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, known(fields[name] ?? null, specs[name])]));
}

function known(value: Plain, spec: PropertySpec | undefined): Plain {
  if (spec?.properties === undefined || !isPlainFields(value)) return value;
  return project(Object.keys(spec.properties), value, spec.properties);
}
