import { IMAGE_CLASSES, type ImageClass } from "../image/imageClass";
import type { RegistryMode } from "../image/registryKind";
import type { Stage, StagePlace } from "../stage";

/** What a stage file says of its protection; what is not said is on in the last stage and off elsewhere. */
export interface ProtectionConfig {
  /** A management lock on whatever holds images or logs. */
  lock?: boolean | undefined;
  /** What holds data stays in Azure when the stack is destroyed. */
  retain?: boolean | undefined;
}

/** What a lock is put on. */
export type LockedPart = ImageClass | "workspace" | "archive";

/** One management lock. */
interface LockPlan {
  on: LockedPart;
  /** Name of the lock in Azure. */
  name: string;
  /** What somebody reads whom the lock stops; at most 512 characters. */
  notes: string;
}

/** How a stage is protected, beside the engine's own `protect`. */
export interface ProtectionPlan {
  /** Whether what holds data outlives the stack. */
  retain: boolean;
  locks: readonly LockPlan[];
}

/** What protection is planned from. */
export interface ProtectionInput {
  stage: Stage;
  place: StagePlace;
  product: string;
  protection: ProtectionConfig;
  registries: Readonly<Record<ImageClass, { mode: RegistryMode }>>;
  /** Whether the log's workspace is the stage's own. */
  workspace: boolean;
  /** Whether the stage has an archive. */
  archive: boolean;
}

/**
 * Locks on the registries and on what holds their logs. A management lock protects the Azure resource and what lives in
 * it, such as tokens and role assignments, not the images: those have locks of their own.
 * Source: Azure Resource Manager, lock resources: CanNotDelete is inherited, and is for the control plane alone.
 */
export function planProtection(context: ProtectionInput): ProtectionPlan {
  const { stage, place, product, protection, registries, workspace, archive } = context;
  const { lock = place === "last", retain = place === "last" } = protection;
  const own = IMAGE_CLASSES.filter((imageClass) => registries[imageClass].mode !== "reference");
  if (own.length === 0) return { retain: false, locks: [] };
  const parts: LockedPart[] = [
    ...own,
    ...(workspace ? ["workspace" as const] : []),
    ...(archive ? ["archive" as const] : []),
  ];
  const notes =
    `Kept by the stack of ${product}, stage ${stage}. To delete this or what is in it: ` +
    `set protection.lock to false in Pulumi.${stage}.yaml and run pulumi up.`;
  return { retain, locks: lock ? parts.map((on) => ({ on, name: "dual-registry-keep", notes })) : [] };
}
