import type { ImagePoliciesPlan } from "../cluster/imagePolicies";
import type { ConsolePlan } from "../console/planConsole";
import type { GatePlan } from "../identity/gates";
import type { IdentitiesPlan } from "../identity/identities";
import type { PullAccessPlan } from "../identity/pullAccess";
import type { RegistryPullPlan } from "../identity/registryPull";
import type { ImageClass, MappedImage } from "../image/imageClass";
import type { ImagePolicy, RetentionRule } from "../image/policy";
import type { VersionPrefix } from "../image/version";
import type { Stage, Stages } from "../stage";
import type { AuditPlan } from "../watch/audit";
import type { WatchPlan } from "../watch/planWatch";
import type { ComplianceSettings } from "./compliance";
import type { PasswordsPlan } from "./passwords";
import type { ProtectionPlan } from "./protection";
import type { ReferencePlan, RegistryPlan } from "./registries";
import type { Ownable } from "./stageConfig";
import type { TokenPlan } from "./tokens";

/** Everything a stage is, decided. Plain data: equal configuration gives an equal plan. */
export interface StagePlan {
  version: 1;
  stage: Stage;
  /** The project's stages, in the order of promotion. */
  stages: Stages;
  versionPrefix: VersionPrefix;
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
  /** Registries beside these two, by class; each is of another kind. */
  alternatives: Readonly<Record<ImageClass, readonly ReferencePlan[]>>;
  /** Every repository of the product, in alphabetical order. */
  images: readonly MappedImage[];
  /** What an image of each class must bring before this stage's registry takes it. */
  policies: Readonly<Record<ImageClass, ImagePolicy>>;
  /** Subjects of the trusted signers that are marked as somebody else's. */
  foreignSigners: Readonly<Record<ImageClass | "signOffs", readonly string[]>>;
  tokens: readonly TokenPlan[];
  /** Most days a token password may live, by class. */
  tokenCeilingDays: Readonly<Record<ImageClass, number>>;
  /** Where the tokens' passwords are kept; absent where they are switched off, or there is no token. */
  passwords?: PasswordsPlan;
  /** Service accounts whose pods pull. */
  pullAccess: readonly PullAccessPlan[];
  /** What its clusters are told of images; absent where the stage file asks for nothing. */
  imagePolicies?: ImagePoliciesPlan;
  registryPull: readonly RegistryPullPlan[];
  /** The stage's console; absent where the stage file asks for none. */
  console?: ConsolePlan;
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
