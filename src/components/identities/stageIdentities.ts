import { FederatedIdentityCredential } from "@pulumi/azure-native/managedidentity/federatedIdentityCredential";
import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity";
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  interpolate,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import { defined } from "../../base/defined";
import { DualRegistryError } from "../../base/errors";
import {
  type CredentialPlan,
  ENTRA_AUDIENCE,
  type GrantScope,
  type IdentityPlan,
  type RolePlan,
} from "../../domain/identity/identities";
import { type RoleKey, roleOf } from "../../domain/identity/roles";
import type { ImageClass } from "../../domain/image/imageClass";
import { subscriptionOf } from "../../domain/plan/names";
import { PACKAGE } from "../options";
import { type DefinedRole, defineRole, giveRole, type GrantTarget } from "./roleGrants";

/** Everybody who works for a stage's registries. */
export interface StageIdentitiesArgs {
  /** Who there is, what they may do, and how they log in. Names are part of resource names, so plain text. */
  identities: readonly IdentityPlan[];
  /** Roles of the stage's own, in the order in which they are defined. */
  roles: readonly RolePlan[];
  /** Group of the identities. A change replaces them. */
  resourceGroupName: Input<string>;
  /** ARM id of that group. */
  groupId: Input<string>;
  /** Azure region. A change replaces the identities. */
  location: Input<string>;
  /** The stage's own registries; none for a class that is only named. */
  registries: Readonly<Partial<Record<ImageClass, GrantTarget>>>;
  /** ARM ids of the registries of the stage before, as its stack says them. */
  before?: Readonly<Partial<Record<ImageClass, Input<string>>>>;
  /** ARM id of the Log Analytics workspace. */
  workspaceId?: Input<string>;
  /** ARM id of the vault with the passwords of tokens. */
  vaultId?: Input<string>;
  /** By the name of a secret in the vault: what makes it. A role is given on it once it is there. */
  secrets?: Readonly<Record<string, Resource>>;
  tags?: Input<Record<string, Input<string>>>;
}

/** What somebody needs to log in as an identity; none of it is a secret. */
export interface IdentityHandle {
  /** ARM id. */
  id: Output<string>;
  clientId: Output<string>;
  /** Object id, by which role assignments name it. */
  principalId: Output<string>;
  tenantId: Output<string>;
  subscriptionId: Output<string>;
}

/**
 * A stage's identities without any secret: each with its ways to log in, and the least role on the one thing it is for.
 * What is given on a registry that was taken over ends with the stack, though the registry outlives it.
 *
 * @example new StageIdentities("orders-identities", { ...plan.identities, resourceGroupName: "rg-orders", ... })
 */
export class StageIdentities extends ComponentResource {
  /** By the identity's name. */
  readonly identities: Readonly<Record<string, IdentityHandle>>;

  constructor(name: string, args: StageIdentitiesArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:StageIdentities`, name, undefined, options);
    const roles = this.defineRoles(name, args);
    const dependsOn = [options?.dependsOn ?? []].flat() as Resource[];
    const made = args.identities.map((plan) => [plan.name, this.make(name, plan, args, roles, dependsOn)] as const);
    this.identities = Object.fromEntries(made);
    this.registerOutputs({});
  }

  private defineRoles(name: string, args: StageIdentitiesArgs): ReadonlyMap<RoleKey, DefinedRole> {
    const grants = args.identities.flatMap((identity) => identity.grants);
    return new Map(
      args.roles.map((plan) => {
        const given = grants.filter(({ role }) => role === plan.key).map(({ on }) => targetOf(on, args).id);
        return [plan.key, defineRole(name, plan, given, { groupId: args.groupId, parent: this })];
      }),
    );
  }

  private make(
    name: string,
    plan: IdentityPlan,
    args: StageIdentitiesArgs,
    roles: ReadonlyMap<RoleKey, DefinedRole>,
    dependsOn: Resource[],
  ): IdentityHandle {
    const { id, clientId, principalId, tenantId } = makeIdentity(name, plan, { ...args, parent: this, dependsOn });
    for (const grant of plan.grants) {
      const of = "class" in grant.on ? `-${grant.on.class}` : "";
      giveRole(
        `${name}-${plan.name}-${grant.role}-${grant.on.at}${of}`,
        grant,
        { principalId, description: `${roleOf(grant.role).title}, to ${plan.purpose}` },
        targetOf(grant.on, args),
        { roles, parent: this },
      );
    }
    return { id, clientId, principalId, tenantId, subscriptionId: id.apply(subscriptionOf) };
  }
}

/** The thing a role is given on; a plan that asks for one which is not there is a mistake of this program. */
function targetOf(on: GrantScope, args: StageIdentitiesArgs): GrantTarget {
  const found = {
    registry: () => ("class" in on ? args.registries[on.class] : undefined),
    before: () => ("class" in on ? asTarget(args.before?.[on.class]) : undefined),
    "resource-group": () => asTarget(args.groupId),
    workspace: () => asTarget(args.workspaceId),
    vault: () => asTarget(args.vaultId),
    secret: () =>
      args.vaultId === undefined || !("name" in on) ? undefined : secretTarget(args, args.vaultId, on.name),
  }[on.at]();
  if (found) return found;
  const what = "class" in on ? `${on.at} of class ${on.class}` : on.at;
  throw new DualRegistryError(
    "CONFIG_INVALID",
    `StageIdentities: a role is given on the ${what}, which is not among the arguments`,
  );
}

function secretTarget({ secrets }: StageIdentitiesArgs, vaultId: Input<string>, secret: string): GrantTarget {
  const after = secrets?.[secret];
  return { id: interpolate`${vaultId}/secrets/${secret}`, ...defined({ after }) };
}

const asTarget = (id: Input<string> | undefined): GrantTarget | undefined => (id === undefined ? undefined : { id });

/** Where identities are made, and what they hang on. */
interface IdentityPlace {
  resourceGroupName: Input<string>;
  location: Input<string>;
  tags?: Input<Record<string, Input<string>>>;
  parent: Resource;
  dependsOn: Resource[];
}

/**
 * Makes the credentials of one identity, each after the one before: Azure answers 409 to two at once.
 * Names are plain text, since they are part of resource names.
 */
function makeCredentials(
  name: string,
  credentials: readonly CredentialPlan[],
  identity: { name: string; resource: Resource },
  place: IdentityPlace,
): void {
  let former: Resource[] = [];
  for (const credential of credentials) {
    const made = new FederatedIdentityCredential(
      `${name}-login-${credential.name}`,
      {
        resourceName: identity.name,
        resourceGroupName: place.resourceGroupName,
        federatedIdentityCredentialResourceName: credential.name,
        issuer: credential.issuer,
        subject: credential.subject,
        audiences: [ENTRA_AUDIENCE],
      },
      { parent: place.parent, replaceWith: [identity.resource], dependsOn: former },
    );
    former = [made];
  }
}

/** Makes one user-assigned identity without any secret, and the ways to log in as it. */
function makeIdentity(
  name: string,
  plan: { name: string; credentials: readonly CredentialPlan[] },
  place: IdentityPlace,
): UserAssignedIdentity {
  const { resourceGroupName, location, tags, parent, dependsOn } = place;
  const own = `${name}-${plan.name}`;
  const resource = new UserAssignedIdentity(
    own,
    { resourceName: plan.name, resourceGroupName, location, ...defined({ tags }) },
    { parent, dependsOn },
  );
  makeCredentials(own, plan.credentials, { name: plan.name, resource }, place);
  return resource;
}
