import { ManagementLockByScope } from "@pulumi/azure-native/authorization/managementLockByScope";
import { ComponentResource, type ComponentResourceOptions, type Input } from "@pulumi/pulumi";
import { PACKAGE, dependenciesOf } from "../options";

/** One lock against deletion. */
interface StageLockArgs {
  /** What it locks. Plain text, since it is part of the resource name. A change replaces the lock. */
  on: string;
  /** ARM id of what it locks. A change replaces the lock. */
  scope: Input<string>;
  /** Name of the lock in Azure. A change replaces it. */
  name: Input<string>;
  /** What people read whom the lock stops; at most 512 characters. A change replaces nothing. */
  notes: Input<string>;
}

/** The locks of a stage. */
export interface StageLocksArgs {
  /** One for each resource that is locked. A change adds and deletes locks. */
  locks: readonly StageLockArgs[];
}

/**
 * Locks against deletion on what holds a stage's images and logs. They are made last and deleted first: a lock also stops
 * the deletion of tokens, settings and role assignments below it, so `dependsOn` names everything that makes those.
 *
 * @example
 * new StageLocks(
 *   "orders-locks",
 *   { locks: [{ on: "secure", scope: registryId, name: "keep", notes: "Ask the platform team" }] },
 *   { dependsOn: [pair, identities] },
 * );
 */
export class StageLocks extends ComponentResource {
  constructor(name: string, args: StageLocksArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:StageLocks`, name, undefined, options);
    for (const { on, scope, name: lockName, notes } of args.locks) {
      new ManagementLockByScope(
        `${name}-${on}`,
        { lockName, scope, level: "CanNotDelete", notes },
        { parent: this, ...dependenciesOf(options) },
      );
    }
    this.registerOutputs({});
  }
}
