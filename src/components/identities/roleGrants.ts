import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment";
import { RoleDefinition } from "@pulumi/azure-native/authorization/roleDefinition";
import { type Input, interpolate, output, type Output, type Resource } from "@pulumi/pulumi";
import type { GrantPlan, RolePlan } from "../../domain/identity/identities";
import { type RoleKey, roleOf } from "../../domain/identity/roles";
import { resourceGroupOf, subscriptionOf } from "../../base/azure/armId";

/** The resource a role is given on. */
export interface GrantTarget {
  /** ARM id. A change replaces the assignment. */
  id: Input<string>;
  /** The resource itself: its assignments are replaced with it. */
  resource?: Resource;
  /** What has to exist first where the id does not wait for it. */
  after?: Resource;
}

/** One of the stage's own roles, once it is defined. */
export interface DefinedRole {
  guid: string;
  resource: Resource;
}

/**
 * Defines a role that can be given in the resource groups of its targets and nowhere else.
 *
 * @param targets ARM ids of everything the role is given on
 */
export function defineRole(
  name: string,
  plan: RolePlan,
  targets: readonly Input<string>[],
  place: { groupId: Input<string>; parent: Resource },
): DefinedRole {
  // ARM ids ignore letter case, and two spellings of one group are one scope.
  const groups = output(targets).apply((ids) => {
    const byKey = new Map(ids.map(resourceGroupOf).map((id) => [id.toLowerCase(), id]));
    return [...byKey.values()].sort();
  });
  const resource = new RoleDefinition(
    `${name}-role-${plan.key}`,
    {
      roleDefinitionId: plan.guid,
      scope: place.groupId,
      roleName: plan.roleName,
      roleType: "CustomRole",
      description: plan.description,
      permissions: [{ actions: [...plan.actions], dataActions: [...plan.dataActions] }],
      assignableScopes: groups,
    },
    { parent: place.parent },
  );
  return { guid: plan.guid, resource };
}

function guidOf(key: RoleKey, defined: ReadonlyMap<RoleKey, DefinedRole>): string {
  const role = roleOf(key);
  if ("guid" in role) return role.guid;
  const definition = defined.get(key);
  if (definition === undefined) throw new Error(`Role ${key} is given before it is defined`);
  return definition.guid;
}

/**
 * Gives an identity one role on one resource. The assignment's name stands for identity, role and scope: a change of any of
 * them is a new assignment with the name or the meaning of the old one, which Azure refuses while that one exists. So the
 * old one is deleted first.
 *
 * @param to.principalId object id of the identity; Azure does not look it up, since it may not know it yet
 */
export function giveRole(
  name: string,
  grant: GrantPlan,
  to: { principalId: Output<string>; description: string },
  target: GrantTarget,
  options: { roles: ReadonlyMap<RoleKey, DefinedRole>; parent: Resource },
): RoleAssignment {
  const subscription = output(target.id).apply(subscriptionOf);
  const role = options.roles.get(grant.role);
  return new RoleAssignment(
    name,
    {
      roleAssignmentName: grant.name,
      scope: target.id,
      roleDefinitionId: interpolate`/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${guidOf(grant.role, options.roles)}`,
      principalId: to.principalId,
      principalType: "ServicePrincipal",
      description: to.description,
    },
    {
      parent: options.parent,
      deleteBeforeReplace: true,
      dependsOn: [role?.resource, target.after].filter((one) => one !== undefined),
      ...(target.resource === undefined ? {} : { replaceWith: [target.resource] }),
    },
  );
}
