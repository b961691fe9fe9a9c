import type { Problem } from "../base/decode/problems";
import { quotedValue } from "../base/text/quote";
import { OWNABLE } from "../domain/plan/stageConfig";
import { isStage, type Stage, type Stages } from "../domain/stage";
import { type ProjectFiles, SHARED_FILE, type StageFile, stageFileName } from "../project";
import { SECRET_KEYS, SHARED, STAGE } from "./keys";

const SHARED_KEYS: readonly string[] = Object.keys(SHARED);
const STAGE_KEYS: readonly string[] = [...Object.keys(STAGE), "registries", ...SECRET_KEYS];

/** A shared fact is told of in any stage's file, a key nobody knows only in the file of the stage at hand. */
function checkKeys({ file, stack, keys }: StageFile, current: Stage): Problem[] {
  return keys.flatMap((path): Problem[] => {
    if (STAGE_KEYS.includes(path)) return [];
    if (SHARED_KEYS.includes(path)) {
      const allowed = `move it there: Pulumi would take this value and drop ${SHARED_FILE}'s, not merge them`;
      return [{ file, path, what: `a key of all stages, which belongs in ${SHARED_FILE}`, allowed }];
    }
    if (stack !== current) return [];
    return [{ file, path, what: "no such key", allowed: `allowed: ${[...STAGE_KEYS].sort().join(", ")}` }];
  });
}

function checkSharedKeys(shared: readonly string[]): Problem[] {
  return shared.flatMap((path): Problem[] => {
    if (SHARED_KEYS.includes(path)) return [];
    const stageOwn = STAGE_KEYS.includes(path);
    return [
      {
        file: SHARED_FILE,
        path,
        what: stageOwn ? "a key of one stage" : "no such key",
        allowed: stageOwn ? "move it to the stage's file" : `allowed: ${[...SHARED_KEYS].sort().join(", ")}`,
      },
    ];
  });
}

/** Silent while a stage's own is no list or misspelt, since that may be the owner looked for. */
function checkOwners(stages: readonly StageFile[]): Problem[] {
  const known: readonly unknown[] = OWNABLE;
  const misspelt = ({ owns }: StageFile) => Array.isArray(owns) && owns.some((thing) => !known.includes(thing));
  if (stages.some((file) => misspelt(file) || (file.owns !== undefined && !Array.isArray(file.owns)))) return [];
  return OWNABLE.flatMap((thing): Problem[] => {
    const owners = stages.filter(({ owns }) => Array.isArray(owns) && owns.includes(thing));
    if (owners.length === 1) return [];
    const files = owners.map(({ file }) => file).join(", ");
    return [
      {
        file: owners[0]?.file ?? "Pulumi.<stage>.yaml",
        path: "owns",
        what: owners.length === 0 ? `no stage owns ${thing}` : `${thing} is owned by ${files}`,
        allowed: `allowed: ${thing} in the owns of exactly one stage`,
      },
    ];
  });
}

/** Each stage of the list has a file: a release could not pass a stage that is not there. */
function checkListed({ shared, stages }: ProjectFiles, listed: Stages): Problem[] {
  const there = listed.filter((stage) => stages.some(({ stack }) => stack === stage));
  const missing = listed.filter((stage) => !there.includes(stage));
  if (missing.length === 0 || there.length === 0) return [];
  const names = missing.map(stageFileName).join(", ");
  const said = shared.includes("stages") ? "" : ` (where nothing is listed, the stages are ${listed.join(", ")})`;
  const allowed = `add the file, or list the stages that there are: [${there.join(", ")}]`;
  return [{ file: SHARED_FILE, path: "stages", what: `no file ${names}${said}`, allowed }];
}

/** What holds over the project's files: keys in the right file, one owner of each thing. */
export function checkFiles(files: ProjectFiles, current: Stage, listed: Stages): Problem[] {
  const stages = files.stages.filter(({ stack }) => isStage(stack, listed));
  return [
    ...checkSharedKeys(files.shared),
    ...checkListed(files, listed),
    ...stages.flatMap((file) => checkKeys(file, current)),
    ...checkOwners(stages),
  ];
}

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
    return [{ file, path: key, what: `no such namespace: ${quotedValue(namespace)}`, allowed }];
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
      return [{ file, path: key, what: `${quotedValue(value)} is not allowed`, allowed }];
    }),
  ];
}
