import type { EnvironmentPurpose } from "../domain/gates";
import type { ImageClass, MappedImage } from "../domain/imageClass";
import type { ImagePolicy, TrustedSigner } from "../domain/imagePolicy";
import type { RegistryKind, RegistryMode } from "../domain/kind";
import type { RetentionRule } from "../domain/retention";
import type { Sku } from "../domain/sku";
import type { Stage } from "../domain/stage";
import type { Rule, Support } from "../domain/support";
import type { TagRules } from "../domain/tagRules";

/**
 * What a stage's stack says of itself: the one contract that the command line, the console, CI and auditors read.
 * A field is never renamed or given another meaning without a new `version`. No secret is in it.
 */
export interface StageOutputs {
  version: 1;
  stage: Stage;
  product: string;
  registries: Readonly<Record<ImageClass, RegistryOutput>>;
  /** Every repository of the product: its class, and whether it is promoted or rebuilt. */
  images: readonly MappedImage[];
  /** What an image of each class must bring before this stage's registry takes it. */
  policies: Readonly<Record<ImageClass, ImagePolicy>>;
  tokens: readonly TokenOutput[];
  retention: RetentionOutput;
  logging: LoggingOutput;
  gates: GatesOutput;
  /** The stage a release comes from, as its own stack says; absent for dev and where there is no stack to read. */
  stageBefore?: { stage: Stage; registries: StageOutputs["registries"] };
}

export interface RegistryOutput {
  class: ImageClass;
  kind: RegistryKind;
  mode: RegistryMode;
  /** The host clients log in at, as the registry's owner gives it. */
  loginServer: string;
  /** The path in front of the repositories; absent for acr. */
  namespace?: string;
  /** The host people know it by: planned, and served only where a proxy stands in front. */
  vanityHost: string;
  /** ARM id; absent for a registry that is only named. */
  id?: string;
  /** Absent for a registry that is only named. */
  sku?: Sku;
  tagRules: TagRules;
  /** How the registry keeps each rule. */
  rules: Readonly<Record<Rule, Support>>;
}

/** A token and what it may do; never a password. */
export interface TokenOutput {
  name: string;
  consumer: string;
  registry: ImageClass;
  actions: readonly string[];
  /** Days a password of it may live. */
  expiresAfterDays: number;
}

export interface RetentionOutput {
  rule: RetentionRule;
  /** Days an untagged manifest is kept by the registry itself; absent where it has no such policy. */
  untaggedDays: Readonly<Partial<Record<ImageClass, number>>>;
  /** Days a deleted image can be restored; absent where it cannot. */
  softDeleteDays: Readonly<Partial<Record<ImageClass, number>>>;
}

export interface LoggingOutput {
  /** ARM id of the Log Analytics workspace; absent where the stage holds no registry. */
  workspaceId?: string;
  /** Categories sent to it. */
  categories: readonly string[];
}

export interface GatesOutput {
  repository: string;
  environments: readonly {
    name: string;
    purpose: EnvironmentPurpose;
    role?: string;
    class?: ImageClass;
    /** Teams by slug and users by login. */
    reviewers: readonly string[];
    after: readonly string[];
    refs: readonly string[];
  }[];
  /** Who is trusted to sign the sign-offs of a release. */
  signOffSigners: readonly TrustedSigner[];
}
