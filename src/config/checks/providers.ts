import { showValue, type Problem } from "../problem";
import { stageFileName } from "../raw";
import type { Stage } from "../../domain/stage";

/** The providers' own configuration. Source: `config/vars` of @pulumi/azure-native 3.28 and of @pulumi/github 6.15. */
const PROVIDER_KEYS: Readonly<Record<string, readonly string[] | "any">> = {
  "azure-native": [
    ...["auxiliaryTenantIds", "clientCertificatePassword", "clientCertificatePath", "clientId", "clientSecret"],
    ...["disableInstanceDiscovery", "disablePulumiPartnerId", "environment", "location", "metadataHost", "msiEndpoint"],
    ...["oidcRequestToken", "oidcRequestUrl", "oidcToken", "oidcTokenFilePath", "partnerId", "subscriptionId"],
    ...["tenantId", "useDefaultAzureCredential", "useMsi", "useOidc"],
  ],
  github: [
    ...["appAuth", "baseUrl", "cachePath", "insecure", "legacyClient", "maxPerPage", "maxRetries", "organization"],
    ...["owner", "parallelRequests", "readDelayMs", "retryDelayMs", "retryableErrors", "token", "writeDelayMs"],
  ],
  kubernetes: "any",
  docker: "any",
  pulumi: "any",
};

const GUID = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;
const OWNER = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/;

/** What a stage cannot do without: where it is missing, the login of whoever runs it would decide. */
const NEEDED = [
  { key: "azure-native:subscriptionId", form: GUID, allowed: "allowed: the stage's subscription, a guid" },
  { key: "github:owner", form: OWNER, allowed: "allowed: the organisation or user that owns the repository" },
] as const;

function checkKey(file: string, key: string): Problem[] {
  const [namespace = "", ...rest] = key.split(":");
  const known = Object.hasOwn(PROVIDER_KEYS, namespace) ? PROVIDER_KEYS[namespace] : undefined;
  if (known === undefined) {
    const allowed = `allowed: dual-registry, ${Object.keys(PROVIDER_KEYS).join(", ")}`;
    return [{ file, path: key, what: `no such namespace as ${showValue(namespace)}`, allowed }];
  }
  if (known === "any" || known.includes(rest.join(":"))) return [];
  return [{ file, path: key, what: "no such key", allowed: `allowed: ${known.join(", ")}` }];
}

/**
 * The providers are told what they know, and above all where: a stage without its subscription would be made in
 * whichever one somebody is logged in to.
 *
 * @param foreign keys with their namespace, and their values where they are not encrypted
 * @param azure whether the stage holds anything in Azure
 */
export function checkProviders(
  stage: Stage,
  foreign: ReadonlyMap<string, string | undefined>,
  azure: boolean,
): Problem[] {
  const file = stageFileName(stage);
  const needed = NEEDED.filter(({ key }) => azure || !key.startsWith("azure-native:"));
  return [
    ...[...foreign.keys()].flatMap((key) => checkKey(file, key)),
    ...needed.flatMap(({ key, form, allowed }): Problem[] => {
      if (!foreign.has(key)) return [{ file, path: key, what: "missing", allowed }];
      const value = foreign.get(key);
      if (value === undefined || form.test(value)) return [];
      return [{ file, path: key, what: `${showValue(value)} is not allowed`, allowed }];
    }),
  ];
}
