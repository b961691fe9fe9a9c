import type { Compliance } from "../controls/control";
import type { AccessRow } from "../domain/identity/accessMatrix";
import type { EnvironmentPurpose } from "../domain/identity/environments";
import type { RulesetPlan } from "../domain/identity/rulesets";
import type { ImageClass, MappedImage } from "../domain/image/imageClass";
import type { ImagePolicy, RetentionRule, TrustedSigner } from "../domain/image/policy";
import type { RegistryKind, RegistryMode, Sku } from "../domain/image/registryKind";
import type { Rule, Support } from "../domain/image/ruleSupport";
import type { TagRules } from "../domain/image/tags";
import type { Stage } from "../domain/stage";
import type { AccessPurpose } from "../domain/identity/identities";

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
  /** Who may do what in this stage, where, and until when; absent in the outputs of earlier versions of the program. */
  access?: readonly AccessRow[];
  /** Who logs in without a password; absent in the outputs of earlier versions of the program. */
  identities?: readonly IdentityOutput[];
  /** Where the tokens' passwords are; absent where they are switched off, and in outputs of earlier versions. */
  passwords?: PasswordsOutput;
  retention: RetentionOutput;
  logging: LoggingOutput;
  gates: GatesOutput;
  /** What each control says; absent in the outputs of earlier versions of the program. */
  compliance?: Compliance;
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

/** Where passwords are kept, and until when they live; never a password. */
interface PasswordsOutput {
  vault: { id: string; uri: string };
  /** The date of the last rotation that was asked for; absent where none was. */
  rotate?: string;
  secrets: readonly {
    token: string;
    registry: ImageClass;
    /** Name of the secret in the vault. */
    secret: string;
    /** When its password ends, ISO 8601 in UTC. */
    expires: string;
  }[];
}

/** An identity and what Azure calls it; nothing here is a secret. */
export interface IdentityOutput {
  name: string;
  purpose: AccessPurpose;
  /** Absent for what is not of one class. */
  class?: ImageClass;
  /** What a workflow or a pod logs in with. */
  clientId: string;
  /** What role assignments name. */
  principalId: string;
}

interface RetentionOutput {
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
  /** Where the log is kept unchangeable; absent where it is not. */
  archive?: { accountId: string; years: number; days: number; notes: readonly string[] };
  /** Queries over the log; saved in the workspace only where it is the stage's own. */
  queries?: readonly { name: string; title: string; saved: boolean }[];
  /** Identities of scanners, as the log writes them: what they pull is no use of an image. Absent where none is named. */
  scanners?: readonly string[];
  /** ARM id of the workbook that shows them. */
  workbookId?: string;
  /** Every alert there could be: on with signal and threshold, or why it is off or impossible. */
  alerts?: readonly AlertOutput[];
  /** ARM id of the action group that is told; absent where nobody is. */
  receiversId?: string;
  /** What the resource group may cost in a month; absent where nothing is said. */
  budget?: {
    amount: number;
    start: string;
    notices: readonly { key: string; percent: number; of: "Actual" | "Forecasted" }[];
  };
  /** ARM id of the stage's Application Insights; absent where none is made. */
  insightsId?: string;
  /** Whether this stage switches Defender for Containers on in its subscription. */
  defender?: boolean;
}

/** One alert as it was decided. */
type AlertOutput = { name: string; title: string } & (
  { state: "on"; signal: string; threshold: string; limits?: string } | { state: "off" | "impossible"; because: string }
);

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
  /** Rules of branches and tags; empty for a stage that does not own the repository's settings. */
  rulesets?: readonly RulesetPlan[];
  /** Who is trusted to sign the sign-offs of a release. */
  signOffSigners: readonly TrustedSigner[];
  /** Checks that must have passed at the stage before, or no release comes here; absent where there is none. */
  checksBefore?: readonly string[];
}
