import { ManagementLockByScope } from "@pulumi/azure-native/authorization/managementLockByScope";
import { ComponentResource, type ComponentResourceOptions, type Input } from "@pulumi/pulumi";
import { PACKAGE } from "../options";

/** One lock against deletion. */
interface StageLockArgs {
  /** What it is on; part of the resource name, so plain text. */
  on: string;
  /** ARM id of that. A change replaces the lock. */
  scope: Input<string>;
  /** Name of the lock in Azure. A change replaces it. */
  name: Input<string>;
  /** What somebody reads whom it stops; at most 512 characters. */
  notes: Input<string>;
}

/** The locks of a stage. */
export interface StageLocksArgs {
  locks: readonly StageLockArgs[];
}

/**
 * Locks against deletion on what holds a stage's images and logs. They come last and go first: a lock also stops the
 * deletion of tokens, settings and role assignments below it, so `dependsOn` names whatever makes those.
 */
export class StageLocks extends ComponentResource {
  constructor(name: string, args: StageLocksArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:StageLocks`, name, undefined, options);
    for (const { on, scope, name: lockName, notes } of args.locks) {
      new ManagementLockByScope(
        `${name}-${on}`,
        { lockName, scope, level: "CanNotDelete", notes },
        { parent: this, ...(options?.dependsOn === undefined ? {} : { dependsOn: options.dependsOn }) },
      );
    }
    this.registerOutputs({});
  }
}
