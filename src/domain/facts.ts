import type { EnvironmentPurpose } from "./gates";
import type { ImageClass } from "./imageClass";
import type { RegistryKind, RegistryMode } from "./kind";
import type { Sku } from "./sku";
import type { Stage } from "./stage";
import type { TagRegime } from "./tagRules";

/** What an adapter cannot know is said to be unknown, never left to a default. */
export type Known<T> = T | "unknown";

/** What a control reads of one registry, whether it comes from the plan, from a deployed resource or from a test. */
export interface RegistryFacts {
  stage: Stage;
  class: ImageClass;
  kind: RegistryKind;
  mode: RegistryMode;
  sku: Known<Sku | "none">;
  adminUserEnabled: Known<boolean>;
  anonymousPullEnabled: Known<boolean>;
  publicAccess: Known<boolean>;
  exportAllowed: Known<boolean>;
  protected: Known<boolean>;
  regime: TagRegime;
  /** Days; 0 where the policy is off. */
  untaggedRetentionDays: Known<number>;
  softDeleteDays: Known<number>;
  /** Categories sent to an audit log. */
  logCategories: Known<readonly string[]>;
}

/** What a control reads of one GitHub environment. */
export interface GateFacts {
  stage: Stage;
  environment: string;
  purpose: EnvironmentPurpose;
  reviewers: Known<number>;
  preventSelfReview: Known<boolean>;
  canAdminsBypass: Known<boolean>;
  refs: Known<readonly string[]>;
}

/** What a control reads of one token. */
export interface TokenFacts {
  stage: Stage;
  registry: ImageClass;
  name: string;
  consumer: string;
  actions: Known<readonly string[]>;
  expiresAfterDays: Known<number>;
}
