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
import { subscriptionOf } from "../../base/azure/armId";
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
import { PACKAGE } from "../options";
import { type DefinedRole, defineRole, giveRole, type GrantTarget } from "./roleGrants";

/** The identities that work for a stage's registries. */
export interface StageIdentitiesArgs {
  /** Who they are, what they may do, and how they log in. Names are plain text, since they are part of resource names. */
  identities: readonly IdentityPlan[];
  /** The stage's own role definitions, in the order in which they are made. */
  roles: readonly RolePlan[];
  /** Group of the identities. A change replaces them. */
  resourceGroupName: Input<string>;
  /** ARM id of that group. A change replaces the role definitions. */
  groupId: Input<string>;
  /** Azure region. A change replaces the identities. */
  location: Input<string>;
  /** The stage's own registries; absent for a class that is only named. */
  registries: Readonly<Partial<Record<ImageClass, GrantTarget>>>;
  /**
   * ARM ids of the registries of the stage before, as its stack outputs them.
   *
   * @default none: no identity reads from there
   */
  before?: Readonly<Partial<Record<ImageClass, Input<string>>>>;
  /**
   * ARM id of the Log Analytics workspace.
   *
   * @default none: no identity has a role on it
   */
  workspaceId?: Input<string>;
  /**
   * ARM id of the vault with the passwords of tokens.
   *
   * @default none: no identity has a role on it
   */
  vaultId?: Input<string>;
  /**
   * By the name of a secret in the vault, the resource that writes it. A role on the secret is given after it.
   *
   * @default none
   */
  secrets?: Readonly<Record<string, Resource>>;
  /** @default none */
  tags?: Input<Record<string, Input<string>>>;
}

/** What a client needs to log in as an identity; none of it is a secret. */
export interface IdentityHandle {
  /** ARM id. */
  id: Output<string>;
  clientId: Output<string>;
  /** Object id, by which role assignments name it. */
  principalId: Output<string>;
  tenantId: Output<string>;
  subscriptionId: Output<string>;
  /** Its roles and logins: what becomes it can do nothing before they are there. */
  ready: readonly Resource[];
}

/**
 * A stage's identities, without any secret: each with its federated credentials, and the least role on the one resource it
 * works with. Roles on an adopted registry end with the stack, though the registry outlives it.
 *
 * @example
 * new StageIdentities("orders-identities", {
 *   ...plan.identities,
 *   resourceGroupName: "rg-orders-qa",
 *   groupId: group.id,
 *   location: "westeurope",
 *   registries: { secure: { id: registryId } },
 * });
 */
export class StageIdentities extends ComponentResource {
  /** By the identity's name. */
  readonly identities: Readonly<Record<string, IdentityHandle>>;

  constructor(name: string, args: StageIdentitiesArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:StageIdentities`, name, undefined, options);
    const roles = this.defineRoles(name, args);
    const dependsOn = [options?.dependsOn ?? []].flat() as Resource[];
    const handles = args.identities.map((plan) => [plan.name, this.make(name, plan, args, roles, dependsOn)] as const);
    this.identities = Object.fromEntries(handles);
    this.registerOutputs({});
  }

  private defineRoles(name: string, args: StageIdentitiesArgs): ReadonlyMap<RoleKey, DefinedRole> {
    const grants = args.identities.flatMap((identity) => identity.grants);
    return new Map(
      args.roles.map((plan) => {
        const targets = grants.filter(({ role }) => role === plan.key).map(({ on }) => targetOf(on, args).id);
        return [plan.key, defineRole(name, plan, targets, { groupId: args.groupId, parent: this })];
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
    const made = makeIdentity(name, plan, { ...args, parent: this, dependsOn });
    const { id, clientId, principalId, tenantId } = made.resource;
    const given = plan.grants.map((grant) => {
      const of = "class" in grant.on ? `-${grant.on.class}` : "name" in grant.on ? `-${grant.on.name}` : "";
      return giveRole(
        `${name}-${plan.name}-${grant.role}-${grant.on.at}${of}`,
        grant,
        { principalId, description: `${roleOf(grant.role).title}, to ${plan.purpose}` },
        targetOf(grant.on, args),
        { roles, parent: this },
      );
    });
    const ready = [...given, ...made.logins];
    return { id, clientId, principalId, tenantId, subscriptionId: id.apply(subscriptionOf), ready };
  }
}

/** The resource a role is given on. A plan that names one which is not among the arguments is a bug of this program. */
function targetOf(on: GrantScope, args: StageIdentitiesArgs): GrantTarget {
  const target = {
    registry: () => ("class" in on ? args.registries[on.class] : undefined),
    before: () => ("class" in on ? asTarget(args.before?.[on.class]) : undefined),
    "resource-group": () => asTarget(args.groupId),
    workspace: () => asTarget(args.workspaceId),
    vault: () => asTarget(args.vaultId),
    secret: () =>
      args.vaultId === undefined || !("name" in on) ? undefined : secretTarget(args, args.vaultId, on.name),
  }[on.at]();
  if (target) return target;
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

/** Where identities are made, and what they are made after. */
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
 *
 * @returns the last of them, which waits for the others; none where there is none
 */
function makeCredentials(
  name: string,
  credentials: readonly CredentialPlan[],
  identity: { name: string; resource: Resource },
  place: IdentityPlace,
): Resource[] {
  let former: Resource[] = [];
  for (const credential of credentials) {
    const current = new FederatedIdentityCredential(
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
    former = [current];
  }
  return former;
}

/** Makes one user-assigned identity without any secret, and its federated credentials. */
function makeIdentity(
  name: string,
  plan: { name: string; credentials: readonly CredentialPlan[] },
  place: IdentityPlace,
): { resource: UserAssignedIdentity; logins: Resource[] } {
  const { resourceGroupName, location, tags, parent, dependsOn } = place;
  const identityName = `${name}-${plan.name}`;
  const resource = new UserAssignedIdentity(
    identityName,
    { resourceName: plan.name, resourceGroupName, location, ...defined({ tags }) },
    { parent, dependsOn },
  );
  const logins = makeCredentials(identityName, plan.credentials, { name: plan.name, resource }, place);
  return { resource, logins };
}
