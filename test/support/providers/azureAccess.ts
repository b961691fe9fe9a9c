import { parentOf } from "./armIds";
import { principalOf } from "./azureAnswers";
import { BUILT_IN_ROLES } from "./azureFacts";
import { AZURE } from "./azureTypes";
import type { Cloud } from "./cloud";
import { listAt, textAt } from "./lookup";
import { CloudError } from "./model";
import type { PlainFields } from "./values";

/** Federated credentials that one identity takes. Source: Microsoft Entra, workload identity federation, limits. */
const MAX_CREDENTIALS = 20;

const sameText = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

/** The last part of an id: a role's GUID, whatever scope stands in front. */
const roleIn = (id: string) => id.split("/").at(-1)?.toLowerCase() ?? "";

/**
 * What Azure refuses of identities and of what they may do, because of what else is there.
 *
 * @throws CloudError with Azure's code
 */
export function admitAccess(type: string, id: string, inputs: PlainFields, cloud: Cloud): void {
  if (type === AZURE.federatedCredential) admitCredential(id, inputs, cloud);
  if (type === AZURE.roleAssignment) admitAssignment(id, inputs, cloud);
  if (type === AZURE.roleDefinition) admitDefinition(id, inputs, cloud);
}

function admitCredential(id: string, inputs: PlainFields, cloud: Cloud): void {
  const identity = cloud.get(parentOf(AZURE.federatedCredential, id) ?? "");
  if (identity === undefined) return;
  const others = cloud.inside(identity).filter((other) => !sameText(other.id, id));
  if (others.length >= MAX_CREDENTIALS) {
    const text = `cannot create '${id}': an identity takes ${MAX_CREDENTIALS} federated credentials`;
    throw new CloudError("FederatedIdentityCredentialsLimitReached", text);
  }
  const same = (name: string, other: PlainFields) => textAt(other, name) === textAt(inputs, name);
  const twin = others.find((other) => same("issuer", other.inputs) && same("subject", other.inputs));
  if (twin !== undefined) {
    throw new CloudError("Conflict", `cannot store '${id}': '${twin.id}' has the same issuer and subject`);
  }
}

function admitAssignment(id: string, inputs: PlainFields, cloud: Cloud): void {
  const [principal, role] = [textAt(inputs, "principalId"), roleIn(textAt(inputs, "roleDefinitionId"))];
  const known = cloud.ofType(AZURE.identity).some((one) => principalOf(one.id) === principal.toLowerCase());
  if (!known && textAt(inputs, "principalType") === "ServicePrincipal") {
    throw new CloudError("PrincipalNotFound", `cannot store '${id}': there is no principal '${principal}'`);
  }
  const custom = cloud.ofType(AZURE.roleDefinition).some((one) => roleIn(one.id) === role);
  if (!custom && BUILT_IN_ROLES[role] === undefined) {
    throw new CloudError("RoleDefinitionDoesNotExist", `cannot store '${id}': there is no role '${role}'`);
  }
  const twin = cloud
    .ofType(AZURE.roleAssignment)
    .find(
      (other) =>
        !sameText(other.id, id) &&
        sameText(textAt(other.inputs, "principalId"), principal) &&
        roleIn(textAt(other.inputs, "roleDefinitionId")) === role &&
        sameText(parentOf(AZURE.roleAssignment, other.id) ?? "", parentOf(AZURE.roleAssignment, id) ?? ""),
    );
  if (twin === undefined) return;
  const text = `cannot store '${id}': '${twin.id}' gives the same principal the same role on the same scope`;
  throw new CloudError("RoleAssignmentExists", text);
}

function admitDefinition(id: string, inputs: PlainFields, cloud: Cloud): void {
  if (listAt(inputs, "assignableScopes").length === 0) {
    throw new CloudError("InvalidRoleDefinition", `cannot store '${id}': a custom role names its assignableScopes`);
  }
  const name = textAt(inputs, "roleName");
  const taken = (other: PlainFields) => sameText(textAt(other, "roleName"), name);
  const twin = cloud.ofType(AZURE.roleDefinition).find((other) => !sameText(other.id, id) && taken(other.inputs));
  if (twin === undefined && !Object.values(BUILT_IN_ROLES).some((builtIn) => sameText(builtIn, name))) return;
  throw new CloudError("RoleDefinitionWithSameNameExists", `cannot store '${id}': a role is called '${name}' already`);
}

/**
 * A role that somebody has stays.
 *
 * @throws CloudError RoleDefinitionHasAssignments
 */
export function refuseAssigned(type: string, id: string, cloud: Cloud): void {
  if (type !== AZURE.roleDefinition) return;
  const uses = (other: PlainFields) => roleIn(textAt(other, "roleDefinitionId")) === roleIn(id);
  const user = cloud.ofType(AZURE.roleAssignment).find((other) => uses(other.inputs));
  if (user === undefined) return;
  throw new CloudError("RoleDefinitionHasAssignments", `cannot delete '${id}': '${user.id}' assigns it`);
}
