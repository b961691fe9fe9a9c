import { keyAdvice, meantKey, type Problem } from "../base/decode/problems";
import { nearest } from "../base/text/nearest";
import { quotedValue } from "../base/text/quote";
import type { Stage } from "../domain/stage";
import { type RawConfig, SHARED_FILE, stageFileName } from "../project";
import { SHARED_KEYS, STAGE_KEYS } from "./keys";

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

/** The key of a provider that every stage needs, where somebody wrote its name without the namespace. */
export const providerKey = (name: string): string | undefined =>
  NEEDED.find(({ key }) => key.split(":")[1] === name)?.key;

/** The key of another namespace, parted at its first colon. */
function parted(key: string): { namespace: string; name: string } {
  const [namespace = "", ...rest] = key.split(":");
  return { namespace, name: rest.join(":") };
}

/** Of a namespace that is not there one line is told, however many keys stand in it. */
function unknownNamespace(file: string, key: string, { foreign, project }: Namespaces): Problem {
  const { namespace, name } = parted(key);
  const isAlone = [...foreign.keys()].filter((other) => parted(other).namespace === namespace).length === 1;
  const inIt = (space: string) => (isAlone ? `${space}:${name}` : `${space}:*`);
  const names = [project, ...Object.keys(PROVIDER_KEYS)];
  const near = nearest(namespace, names);
  const problem = { file, path: inIt(namespace), what: `no such namespace: ${quotedValue(namespace)}` };
  if (near !== undefined) {
    const meant = near === project ? name : `${near}:${name}`;
    return { ...problem, allowed: `did you mean \`${inIt(near)}\`?`, meant };
  }
  if (![...SHARED_KEYS, ...STAGE_KEYS].includes(name)) return { ...problem, allowed: `allowed: ${names.join(", ")}` };
  return { ...problem, allowed: `write ${inIt(project)}: the project is named so in ${SHARED_FILE}`, meant: name };
}

function checkKey(file: string, key: string, namespaces: Namespaces): Problem[] {
  const { namespace, name } = parted(key);
  const known = Object.hasOwn(PROVIDER_KEYS, namespace) ? PROVIDER_KEYS[namespace] : undefined;
  if (known === undefined) return [unknownNamespace(file, key, namespaces)];
  if (known === "any" || known.includes(name)) return [];
  const meant = meantKey(name, known);
  const problem = { file, path: key, what: "no such key", allowed: keyAdvice(name, known) };
  return [meant === undefined ? problem : { ...problem, meant: `${namespace}:${meant}` }];
}

type Namespaces = Pick<RawConfig, "foreign" | "project">;

/** The keys of other namespaces are keys of providers that the program uses. */
export function checkNamespaces(namespaces: Namespaces, stage: Stage): Problem[] {
  return [...namespaces.foreign.keys()].flatMap((key) => checkKey(stageFileName(stage), key, namespaces));
}

/**
 * The providers are told what they know, and above all where: a stage without its subscription would be made in
 * whichever one somebody is logged in to.
 *
 * @param foreign keys with their namespace, and their values where they are not encrypted
 * @param uses whether the stage holds anything in Azure, and anything on GitHub
 */
export function checkProviders(
  stage: Stage,
  foreign: ReadonlyMap<string, string | undefined>,
  uses: { azure: boolean; github: boolean },
): Problem[] {
  const file = stageFileName(stage);
  const needed = NEEDED.filter(({ key }) => (key.startsWith("azure-native:") ? uses.azure : uses.github));
  const problems = needed.flatMap(({ key, form, allowed }): Problem[] => {
    if (!foreign.has(key)) return [{ file, path: key, what: "missing", allowed, from: { paths: [key] } }];
    const value = foreign.get(key);
    if (value === undefined || form.test(value)) return [];
    return [{ file, path: key, what: `${quotedValue(value)} is not allowed`, allowed }];
  });
  return uses.github ? [...problems, ...checkOrganization(file, foreign)] : problems;
}

/** The provider prefers github:organization, a name of former times, to github:owner. */
function checkOrganization(file: string, foreign: ReadonlyMap<string, string | undefined>): Problem[] {
  const [owner, organization] = ["github:owner", "github:organization"].map((key) => foreign.get(key));
  if (!foreign.has("github:organization") || isSameOwner(owner, organization)) return [];
  const what = `${quotedValue(organization)} would be taken instead of github:owner`;
  return [{ file, path: "github:organization", what, allowed: "leave it out: github:owner says it" }];
}

const isSameOwner = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && one.toLowerCase() === other?.toLowerCase();

/** Variables that the provider prefers to github:owner. Source: terraform-provider-github v6.13.0, github/provider.go. */
const OWNER_VARIABLES = ["GITHUB_ORGANIZATION", "GITHUB_OWNER"] as const;

/**
 * The variables of an environment in which the provider would look for the repository at somebody else's; a line each,
 * with what to do. None where they are empty or name the owner.
 *
 * @param owner github:owner of the stage
 */
export function ownerConflicts(owner: string, env: Readonly<Record<string, string | undefined>>): string[] {
  return OWNER_VARIABLES.flatMap((name) => {
    const value = env[name] ?? "";
    if (value === "" || isSameOwner(owner, value)) return [];
    const unset = `unset ${name}, or set it to ${owner}`;
    return [
      `${name} in the environment is ${quotedValue(value)}, and would be taken instead of github:owner: ${unset}`,
    ];
  });
}
