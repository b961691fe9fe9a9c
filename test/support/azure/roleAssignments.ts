import type { Mint } from "./mint";
import { type ApiAnswer, type ApiRequest, type ApiService, failure, page } from "./standIn";

/** A role assignment, on a registry or above it. */
export interface Assigned {
  name: string;
  principalId: string;
  principalType?: string;
  /** Guid of the role's definition. */
  role: string;
  scope: string;
  condition?: string;
}

/** A token of a registry; only the ends of its passwords, as ARM gives them. */
interface TokenState {
  name: string;
  scopeMap: string;
  status?: "enabled" | "disabled";
  creationDate?: string;
  passwords?: readonly { name: string; creationTime?: string; expiry?: string }[];
}

/** What stands at one registry. */
export interface RegistryState {
  id: string;
  adminUserEnabled: boolean;
  anonymousPullEnabled?: boolean;
  tokens: TokenState[];
  /** Actions by the scope map's name. */
  scopeMaps: Record<string, { actions: string[]; type?: string }>;
}

/** The part of Azure Resource Manager that says who may do what at registries. Lists come in pages. */
export class AccessApi {
  readonly registries: RegistryState[] = [];
  readonly assignments: Assigned[] = [];
  /** Names by the guid of the definition. */
  readonly roles: Record<string, string> = {};
  pageSize = 2;

  constructor(private readonly mint: Mint) {}

  readonly service: ApiService = (request) => {
    const [, id = "", what = ""] = /^(\/subscriptions\/.+?\/registries\/[^/]+)(.*)$/.exec(request.path) ?? [];
    const registry = this.registries.find((one) => one.id.toLowerCase() === id.toLowerCase());
    if (id === "" || request.method !== "GET") return undefined;
    return this.mint.refusal(request) ?? (registry ? this.answer(registry, what, request) : NOT_FOUND);
  };

  private answer(registry: RegistryState, what: string, request: ApiRequest): ApiAnswer | undefined {
    const list = (items: readonly unknown[]) => page(request, items, this.pageSize);
    switch (what) {
      case "":
        return { status: 200, body: described(registry) };
      case "/tokens":
        return list(registry.tokens.map((token) => tokenBody(registry, token)));
      case "/scopeMaps":
        return list(
          Object.entries(registry.scopeMaps).map(([name, { actions, type = "UserDefined" }]) => {
            return { id: `${registry.id}/scopeMaps/${name}`, name, properties: { actions, type } };
          }),
        );
      case "/providers/Microsoft.Authorization/roleDefinitions":
        return list(
          Object.entries(this.roles).map(([guid, roleName]) => ({
            ...{ id: definition(guid), name: guid },
            properties: { roleName },
          })),
        );
      case "/providers/Microsoft.Authorization/roleAssignments":
        if (request.query.get("$filter") !== "atScope()")
          return failure(400, "InvalidFilter", "only atScope() is here");
        return list(
          this.assignments.filter(({ scope }) => `${registry.id}/`.startsWith(`${scope}/`)).map(assignmentBody),
        );
      default:
        return undefined;
    }
  }
}

const NOT_FOUND = failure(404, "ResourceNotFound", "The resource was not found.");
const definition = (guid: string) => `/providers/Microsoft.Authorization/roleDefinitions/${guid}`;

const described = ({ id, adminUserEnabled, anonymousPullEnabled = false }: RegistryState) => ({
  ...{ id, name: id.slice(id.lastIndexOf("/") + 1), location: "westeurope", sku: { name: "Premium" } },
  properties: { adminUserEnabled, anonymousPullEnabled },
});

function tokenBody(
  { id }: RegistryState,
  { name, scopeMap, status = "enabled", creationDate, passwords = [] }: TokenState,
) {
  const scopeMapId = `${id}/scopeMaps/${scopeMap}`;
  return {
    id: `${id}/tokens/${name}`,
    name,
    properties: { scopeMapId, status, creationDate, credentials: { passwords } },
  };
}

function assignmentBody({ name, role, scope, principalId, principalType, condition }: Assigned) {
  const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`;
  return { id, name, properties: { roleDefinitionId: definition(role), scope, principalId, principalType, condition } };
}
