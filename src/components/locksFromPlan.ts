import type { Input } from "@pulumi/pulumi";
import type { StagePlan } from "../domain/plan";
import type { LockedPart } from "../domain/protection";
import type { DualRegistry } from "./dualRegistry";
import { StageLocks } from "./stageLocks";

/** Puts the locks of a plan on what the pair made, after everything that lives below them; nothing where it has none. */
export function makeLocks(plan: StagePlan, pair: DualRegistry): void {
  const scopes: Partial<Record<LockedPart, Input<string>>> = {
    ...(pair.registries.secure.registryId === undefined ? {} : { secure: pair.registries.secure.registryId }),
    ...(pair.registries.standard.registryId === undefined ? {} : { standard: pair.registries.standard.registryId }),
    ...(pair.workspaceId === undefined ? {} : { workspace: pair.workspaceId }),
    ...(pair.archiveId === undefined ? {} : { archive: pair.archiveId }),
  };
  const locks = plan.protection.locks.flatMap((lock) => {
    const scope = scopes[lock.on];
    return scope === undefined ? [] : [{ ...lock, scope }];
  });
  if (locks.length === 0) return;
  new StageLocks(`${plan.product}-locks`, { locks }, { dependsOn: [pair, ...pair.later] });
}
