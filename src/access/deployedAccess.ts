import type * as Registries from "@azure/arm-containerregistry";
import {
  type AzureAccount,
  type AzureCloud,
  clientOptions,
  readRegistry,
  readWholeList,
  registriesClient,
} from "../azure";
import { defined } from "../base/defined";
import { loadPackage } from "../base/packages";
import type { ImageClass } from "../domain/image/imageClass";
import type { RegistryId } from "../domain/plan/names";

/** A role assignment as Azure has it. */
export interface DeployedAssignment {
  /** Its name, a guid. */
  name: string;
  principalId: string;
  /** `User`, `Group`, `ServicePrincipal`; `Unknown` for one that was deleted. */
  principalType?: string;
  /** Name of the role, or the id of a definition that cannot be read. */
  role: string;
  /** ARM id of its scope: the registry, or something above it. */
  scope: string;
  /** The condition that narrows it. */
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
  /** Names of the scope maps that are not Azure's own. */
  scopeMaps: readonly string[];
}

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

/** Reads role assignments, tokens and scope maps of a registry. @throws DualRegistryError where any of it is incomplete */
export async function readDeployed(
  registry: ReviewedRegistry,
  account: AzureAccount,
  cloud: AzureCloud,
): Promise<DeployedAccess> {
  const { subscriptionId, resourceGroup, name } = registry.parts;
  const client = registriesClient(account, cloud, subscriptionId);
  const { properties } = await readRegistry(client, registry.parts, ROLE);
  const maps = await readWholeList(client.scopeMaps.list(resourceGroup, name), `Scope maps of ${name}`, ROLE);
  const tokens = await readWholeList(client.tokens.list(resourceGroup, name), `Tokens of ${name}`, ROLE);
  const actions = new Map(maps.map((map) => [(map.id ?? "").toLowerCase(), [...(map.actions ?? [])].sort()]));
  return {
    class: registry.class,
    registryId: registry.id,
    adminUser: properties["adminUserEnabled"] === true,
    anonymousPull: properties["anonymousPullEnabled"] === true,
    assignments: await readAssignments(registry, account, cloud),
    tokens: tokens.map((token) => deployedToken(token, actions)),
    scopeMaps: maps.filter(isUserDefined).map((map) => map.name ?? lastPart(map.id ?? "")),
  };
}

/** Every registry has Azure's own scope maps. */
const isUserDefined = (map: Registries.ScopeMap): boolean =>
  map.typePropertiesType !== "SystemDefined" && !(map.name ?? "").startsWith("_repositories_");

function deployedToken(token: Registries.Token, maps: ReadonlyMap<string, readonly string[]>): DeployedToken {
  const { id = "", name = lastPart(id), scopeMapId, status, creationDate, credentials } = token;
  return {
    name,
    enabled: status !== "disabled",
    ...(scopeMapId === undefined ? {} : { scopeMap: lastPart(scopeMapId) }),
    actions: maps.get((scopeMapId ?? "").toLowerCase()) ?? [],
    ...defined({ createdAt: iso(creationDate) }),
    passwords: (credentials?.passwords ?? []).map((password) => ({
      name: password.name ?? "password",
      ...defined({ createdAt: iso(password.creationTime), expiresAt: iso(password.expiry) }),
    })),
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
  const roles = await readWholeList(client.roleDefinitions.list(scope), `Role definitions at ${parts.name}`, ROLE);
  const titles = new Map(roles.map((role) => [lastPart(role.id ?? "").toLowerCase(), role.roleName]));
  const listed = client.roleAssignments.listForScope(scope, { filter: "atScope()" });
  const assignments = await readWholeList(listed, `Role assignments of ${parts.name}`, ROLE);
  return assignments.map(
    ({ name = "", principalId = "", principalType, roleDefinitionId = "", scope: at = "", condition }) => ({
      ...{ name, principalId, scope: at },
      role: titles.get(lastPart(roleDefinitionId).toLowerCase()) ?? roleDefinitionId,
      ...(principalType !== undefined && { principalType }),
      ...(condition != null && condition !== "" && { condition }),
    }),
  );
}
