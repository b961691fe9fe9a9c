import type { EnvironmentPlan, Reviewer } from "../identity/environments";
import type { IdentitiesPlan } from "../identity/identities";
import type { PullAccessPlan } from "../identity/pullAccess";
import type { RulesetPlan } from "../identity/rulesets";
import type { ImageClass, MappedImage } from "../image/imageClass";
import type { ImagePolicy, RetentionRule, TrustedSigner } from "../image/policy";
import type { RegistryKind, Sku } from "../image/registryKind";
import type { Rule, Support } from "../image/ruleSupport";
import type { TagRules } from "../image/tags";
import type { Stage } from "../stage";
import type { AuditPlan } from "../watch/audit";
import type { WatchPlan } from "../watch/planWatch";
import type { PasswordsPlan } from "./passwords";
import type { ProtectionPlan } from "./protection";
import type { ComplianceSettings, Ownable } from "./stageConfig";

/** One scope map and its token in one registry. */
export interface TokenPlan {
  /** Name of the scope map and of the token. */
  name: string;
  consumer: string;
  registry: ImageClass;
  /** Actions of the scope map, sorted. */
  actions: string[];
  /** Days a password of it may live. */
  expiresAfterDays: number;
}

/** What both kinds of registry plan have. */
interface CommonPlan {
  class: ImageClass;
  kind: RegistryKind;
  /** The host people know it by; served by a proxy that is not part of this plan. */
  vanityHost: string;
  repositories: readonly string[];
  tagRules: TagRules;
  rules: Readonly<Record<Rule, Support>>;
}

/** An ACR that is made or taken over. The login server is read from Azure, never built from the name. */
export interface AcrPlan extends CommonPlan {
  mode: "create" | "adopt";
  kind: "acr";
  registryName: string;
  resourceGroupName: string;
  importId?: string;
  sku: Sku;
  /** Absent where the tier has no such policy. */
  untaggedRetentionDays?: number | "off";
  softDeleteDays?: number | "off";
  replicas: readonly string[];
  /** This and what follows: absent where an adopted registry keeps what it has. */
  publicAccess?: boolean;
  allowedIps: readonly string[];
  /** Whether Azure's trusted services pass where the network is restricted; absent: as the registry has it. */
  trustedServices?: boolean;
  /** Only Premium can be told; elsewhere images can always be exported. */
  exportAllowed?: boolean;
  /** Whether tokens made for Azure Resource Manager open it; absent: as the registry has it, Azure's default is yes. */
  armTokensAllowed?: boolean;
  dataEndpoint?: boolean;
  protect: boolean;
  webhook?: { url: string; actions: string[] };
}

/** A registry that is only named. */
interface ReferencePlan extends CommonPlan {
  mode: "reference";
  loginServer: string;
  namespace?: string;
}

export type RegistryPlan = AcrPlan | ReferencePlan;

/** Who needs access to the repository before an environment may name them as reviewers. */
interface GatePlan {
  repository: string;
  /** Teams and users that review anywhere; only for the stage that owns the repository's settings. */
  access: readonly Reviewer[];
  environments: readonly EnvironmentPlan[];
  /** Who is trusted to sign the sign-offs of a release. */
  signOffSigners: readonly TrustedSigner[];
  /** Checks that must have passed at the stage before, or no release comes here. */
  checksBefore: readonly string[];
  /** Rules of the repository's branches and tags; only for the stage that owns its settings. */
  rulesets: readonly RulesetPlan[];
  /** The claims in the subject of the repository's workflow tokens; only for the stage that owns its settings. */
  subjectClaims: readonly string[];
}

/** Everything a stage is, decided. Plain data: equal configuration gives an equal plan. */
export interface StagePlan {
  version: 1;
  stage: Stage;
  product: string;
  domain: string;
  owns: readonly Ownable[];
  before?: { stage: Stage; stack: string };
  location: string;
  /** Made unless both registries are only named. */
  resourceGroup?: string;
  /** Whether the resource group and the log are protected: they are where any registry in them is. */
  protect: boolean;
  /** Locks, and what outlives the stack. */
  protection: ProtectionPlan;
  registries: Readonly<Record<ImageClass, RegistryPlan>>;
  /** Every repository of the product, in alphabetical order. */
  images: readonly MappedImage[];
  /** What an image of each class must bring before this stage's registry takes it. */
  policies: Readonly<Record<ImageClass, ImagePolicy>>;
  tokens: readonly TokenPlan[];
  /** Most days a token password may live, by class. */
  tokenCeilingDays: Readonly<Record<ImageClass, number>>;
  /** Where the tokens' passwords are kept; absent where they are switched off, or there is no token. */
  passwords?: PasswordsPlan;
  /** Service accounts whose pods pull. */
  pullAccess: readonly PullAccessPlan[];
  /** Who works for the stage's registries without a password. */
  identities: IdentitiesPlan;
  retention: RetentionRule;
  audit?: AuditPlan;
  /** Archive, queries, alerts and money; absent where the stage holds no registry in Azure. */
  watch?: WatchPlan;
  /** Levels of controls, waivers, and what controls are measured by. */
  compliance: ComplianceSettings;
  gates: GatePlan;
  tags: Readonly<Record<string, string>>;
}
