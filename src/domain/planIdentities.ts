import { stableGuid } from "./guid";
import type { GrantScope, IdentitiesPlan, RolePlan } from "./identities";
import { draftIdentities, heldClasses, type IdentityDraft, type IdentityInput } from "./identityDrafts";
import { roleOf, type RoleKey } from "./roles";

const HASH_LENGTH = 8;

/** The definition of a role of our own; undefined for one that Azure has. A role's name is unique in a tenant. */
function rolePlan(key: RoleKey, input: IdentityInput, home: readonly string[]): RolePlan[] {
  const role = roleOf(key);
  if ("guid" in role) return [];
  const guid = stableGuid("role", ...home, key);
  const { title, description, actions, dataActions } = role;
  const roleName = `${input.product.name} ${input.stage}: ${title} (${guid.slice(0, HASH_LENGTH)})`;
  return [{ key, guid, roleName, description, actions, dataActions }];
}

/** What a right stands on, in words that stay the same as long as the thing does. */
function placeOf(on: GrantScope, input: IdentityInput): string[] {
  if (on.at === "secret") return [on.at, on.name];
  if (on.at === "registry") return [on.at, input.registries[on.class].registryName ?? on.class];
  return on.at === "before" ? [on.at, input.before ?? "", on.class] : [on.at];
}

/**
 * Plans who may do what in a stage: the identities, each with one way in and the least rights, and the roles those need.
 * Names of role assignments stand for identity, role and place, so a second run makes the same ones.
 *
 * @param more identities that other facts ask for, such as those of consumers that pull by workload identity
 */
export function planIdentities(input: IdentityInput, more: readonly IdentityDraft[] = []): IdentitiesPlan {
  const { resourceGroup } = input;
  if (resourceGroup === undefined || heldClasses(input).length === 0) return { identities: [], roles: [] };
  const home = [input.subscriptionId ?? "", resourceGroup].map((part) => part.toLowerCase());
  const identities = [...draftIdentities(input), ...more].map(({ rights, ...identity }) => ({
    ...identity,
    grants: rights.map((right) => ({
      ...right,
      name: stableGuid("assignment", ...home, identity.name, right.role, ...placeOf(right.on, input)),
    })),
  }));
  const used = new Set(identities.flatMap(({ grants }) => grants.map(({ role }) => role)));
  return { identities, roles: [...used].sort().flatMap((key) => rolePlan(key, input, home)) };
}
