import type { ImageClass } from "./imageClass";
import type { Stage } from "./stage";

/** What somebody may do with the images of a registry. */
export const ACCESS_ACTIONS = ["pull", "push", "delete", "lock", "list"] as const;

export type AccessAction = (typeof ACCESS_ACTIONS)[number];

/** What an identity or a token is for. */
export const ACCESS_PURPOSES = ["publish", "promote", "lock", "sweep", "preview", "review", "rotate", "pull"] as const;

export type AccessPurpose = (typeof ACCESS_PURPOSES)[number];

/**
 * One line of the access matrix: who may do what, where, until when. Nothing outside these lines may be granted; the
 * access review compares what is deployed with them.
 */
export interface AccessRow {
  /** Name of the user-assigned identity, or of the token. */
  who: string;
  kind: "identity" | "token";
  purpose: AccessPurpose;
  /** The stage whose registry it reaches; the stage before for what a promotion reads. */
  stage: Stage;
  registry: ImageClass;
  /** Sorted; empty where it may only read settings of Azure resources. */
  actions: readonly AccessAction[];
  /** Repositories or patterns, sorted; `*` is all of the registry. */
  repositories: readonly string[];
  /** Azure role of an identity, such as AcrPush; absent for a token, whose scope map says it. */
  role?: string;
  /** What the role is given on, where that is not the registry itself but what stands beside it. */
  on?: "resource-group" | "workspace" | "vault" | "secret";
  /** Who can be it: subjects of federated credentials, a Kubernetes service account, a consumer. */
  assumedBy: readonly string[];
  /** Days a password of it may live; absent for identities, which have none. */
  expiresAfterDays?: number;
}
