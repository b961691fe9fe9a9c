import type * as Registries from "@azure/arm-containerregistry";
import { type AzureAccount, type AzureCloud, azureFailure, clientOptions } from "../azure/account";
import { DualRegistryError } from "../base/errors";
import { loadPackage } from "../base/packages";
import type { ImageClass } from "../domain/image/imageClass";
import type { RegistryId } from "../domain/plan/names";

/** A role assignment as Azure has it. */
export interface DeployedAssignment {
  /** Its name, a guid. */
  name: string;
  principalId: string;
  /** `User`, `Group`, `ServicePrincipal`; `Unknown` for one that is gone. */
  principalType?: string;
  /** Name of the role, or the id of a definition that cannot be read. */
  role: string;
  /** ARM id of what it stands on: the registry, or something above it. */
  scope: string;
  /** What narrows it. */
  condition?: string;
}

/** A token as the registry has it; never a password. */
export interface DeployedToken {
  name: string;
  enabled: boolean;
  /** Name of its scope map. */
  scopeMap?: string;
  /** What the scope map allows, sorted, such as `repositories/orders/api/content/read`. */
  actions: readonly string[];
  /** ISO 8601. */
  createdAt?: string;
  passwords: readonly { name: string; createdAt?: string; expiresAt?: string }[];
}

/** Who may do what at one registry, as it is deployed. */
export interface DeployedAccess {
  class: ImageClass;
  registryId: string;
  adminUser: boolean;
  anonymousPull: boolean;
  assignments: readonly DeployedAssignment[];
  tokens: readonly DeployedToken[];
  /** Scope maps that somebody made, by name. */
  scopeMaps: readonly string[];
}

/** The most entries of one list that are read: a list without end must not keep a review busy for ever. */
const MOST = 20_000;
const ROLE = "Reader (or this stage's review identity)";

/** Which registry is read. */
export interface ReviewedRegistry {
  class: ImageClass;
  /** ARM id, and its parts. */
  id: string;
  parts: RegistryId;
}

const lastPart = (id: string): string => id.slice(id.lastIndexOf("/") + 1);
const iso = (at: Date | undefined): string | undefined =>
  at === undefined || Number.isNaN(at.getTime()) ? undefined : at.toISOString();

/** A list with all its pages. @throws DualRegistryError */
async function whole<T>(items: AsyncIterable<T>, what: string): Promise<T[]> {
  const all: T[] = [];
  try {
    for await (const item of items) {
      all.push(item);
      if (all.length > MOST) throw new DualRegistryError("REGISTRY_REFUSED", `${what}: more than ${MOST} entries`);
    }
  } catch (error) {
    throw azureFailure(error, what, ROLE);
  }
  return all;
}

/** Reads role assignments, tokens and scope maps of a registry. @throws DualRegistryError where any of it is not whole */
export async function readDeployed(
  registry: ReviewedRegistry,
  account: AzureAccount,
  cloud: AzureCloud,
): Promise<DeployedAccess> {
  const { ContainerRegistryManagementClient } = loadPackage("@azure/arm-containerregistry");
  const { subscriptionId, resourceGroup, name } = registry.parts;
  const options = { ...clientOptions(account), endpoint: cloud.arm };
  const client = new ContainerRegistryManagementClient(account.credential, subscriptionId, options);
  const got = await client.registries.get(resourceGroup, name).catch((error: unknown) => {
    throw azureFailure(error, `Registry ${name}`, ROLE);
  });
  const maps = await whole(client.scopeMaps.list(resourceGroup, name), `Scope maps of ${name}`);
  const tokens = await whole(client.tokens.list(resourceGroup, name), `Tokens of ${name}`);
  const actions = new Map(maps.map((map) => [(map.id ?? "").toLowerCase(), [...(map.actions ?? [])].sort()]));
  return {
    class: registry.class,
    registryId: registry.id,
    adminUser: got.adminUserEnabled === true,
    anonymousPull: got.anonymousPullEnabled === true,
    assignments: await readAssignments(registry, account, cloud),
    tokens: tokens.map((token) => deployedToken(token, actions)),
    scopeMaps: maps.filter(isOwn).map((map) => map.name ?? lastPart(map.id ?? "")),
  };
}

/** Azure's own scope maps are there in every registry. */
const isOwn = (map: Registries.ScopeMap): boolean =>
  map.typePropertiesType !== "SystemDefined" && !(map.name ?? "").startsWith("_repositories_");

function deployedToken(token: Registries.Token, maps: ReadonlyMap<string, readonly string[]>): DeployedToken {
  const { id = "", name = lastPart(id), scopeMapId, status, creationDate, credentials } = token;
  const createdAt = iso(creationDate);
  return {
    name,
    enabled: status !== "disabled",
    ...(scopeMapId === undefined ? {} : { scopeMap: lastPart(scopeMapId) }),
    actions: maps.get((scopeMapId ?? "").toLowerCase()) ?? [],
    ...(createdAt !== undefined && { createdAt }),
    passwords: (credentials?.passwords ?? []).map((password) => {
      const [made, expiresAt] = [iso(password.creationTime), iso(password.expiry)];
      return {
        name: password.name ?? "password",
        ...(made !== undefined && { createdAt: made }),
        ...(expiresAt !== undefined && { expiresAt }),
      };
    }),
  };
}

async function readAssignments(
  { id, parts }: ReviewedRegistry,
  account: AzureAccount,
  cloud: AzureCloud,
): Promise<DeployedAssignment[]> {
  const { AuthorizationManagementClient } = loadPackage("@azure/arm-authorization");
  const options = { ...clientOptions(account), endpoint: cloud.arm, credentialScopes: `${cloud.arm}/.default` };
  const client = new AuthorizationManagementClient(account.credential, parts.subscriptionId, options);
  const scope = id.replace(/^\//, "");
  const roles = await whole(client.roleDefinitions.list(scope), `Role definitions at ${parts.name}`);
  const titles = new Map(roles.map((role) => [lastPart(role.id ?? "").toLowerCase(), role.roleName]));
  const listed = client.roleAssignments.listForScope(scope, { filter: "atScope()" });
  const found = await whole(listed, `Role assignments of ${parts.name}`);
  return found.map(
    ({ name = "", principalId = "", principalType, roleDefinitionId = "", scope: at = "", condition }) => ({
      ...{ name, principalId, scope: at },
      role: titles.get(lastPart(roleDefinitionId).toLowerCase()) ?? roleDefinitionId,
      ...(principalType !== undefined && { principalType }),
      ...(condition != null && condition !== "" && { condition }),
    }),
  );
}
