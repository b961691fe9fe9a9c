import { AZURE } from "./azureTypes";
import { createHash } from "node:crypto";
import { armTypeOf, inputsOfArmId, pathParameters } from "./armIds";
import { region } from "./changes";
import type { Cloud, CloudResource } from "./cloud";
import { specOf, type PropertySpec } from "./constraints";
import { isPlainFields, listAt, textAt } from "./lookup";
import type { Plain, PlainFields } from "./values";

/** When everything in the stand-in's cloud was made: two runs give equal outputs. */
export const CREATED = "2026-01-01T00:00:00Z";

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

function serviceSide({ id, inputs, type }: CloudResource, name: string, cloud: Cloud): PlainFields {
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

/** A GUID that is always the same for the same text. */
export function guid(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}

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
