import type { ImagePoliciesConfig } from "../cluster/imagePolicies";
import type { ConsoleConfig } from "../console/planConsole";
import type { GitOpsConfig } from "../gitops";
import type { GatesConfig } from "../identity/environments";
import type { IdentitiesConfig } from "../identity/identities";
import type { PullAccessConfig } from "../identity/pullAccess";
import type { RegistryPullConfig } from "../identity/registryPull";
import type { BranchRule } from "../image/branchVersion";
import type { ImageClass, MappedImage, RepositoryPattern } from "../image/imageClass";
import type { PoliciesConfig, RetentionRule } from "../image/policy";
import type { RegistryTypes } from "../image/registryChoice";
import type { VersionPrefix } from "../image/version";
import type { Stage, Stages } from "../stage";
import type { AuditConfig } from "../watch/audit";
import type { WatchConfig } from "../watch/planWatch";
import type { ComplianceSettings } from "./compliance";
import type { PasswordsConfig, VaultConfig } from "./passwords";
import type { ProtectionConfig } from "./protection";
import type { AlternativesConfig, RegistryConfig } from "./registries";
import type { Consumer } from "./tokens";

/** What only one stage's stack may hold: the GitHub repository's own settings, the subscription's own settings. */
export const OWNABLE = ["repository", "subscription"] as const;

/** One of these things. */
export type Ownable = (typeof OWNABLE)[number];

/** Everything one stage is planned from: the shared keys of Pulumi.yaml and those of the stage file, decoded. */
export interface StageConfig {
  stage: Stage;
  /** The project's stages, in the order of promotion. */
  stages: Stages;
  /** `pull`: what the product's own application may pull; every image where not given. */
  product: {
    name: string;
    domain: string;
    repository: string;
    pull?: readonly RepositoryPattern[] | undefined;
    /** What stands in front of its versions, wherever they stand: in git, in registries, on pages. */
    versionPrefix: VersionPrefix;
  };
  images: readonly MappedImage[];
  /** Which form the versions of each branch have. */
  branches: readonly BranchRule[];
  /** Which kind of registry environments and branches have; absent where the project says nothing of it. */
  registryTypes?: RegistryTypes | undefined;
  consumers: readonly Consumer[];
  /** Most days a token password may live, by class. */
  tokenCeilingDays: Readonly<Record<ImageClass, number>>;
  gates: GatesConfig;
  policies: PoliciesConfig;
  owns: readonly Ownable[];
  /** Organisation or user that owns the repository, in GitHub's own spelling. */
  owner: string;
  /** The stage's subscription; absent where it is encrypted, or nothing is held in Azure. */
  subscriptionId?: string | undefined;
  /** By which workflows whoever works for the registries logs in. */
  identities: IdentitiesConfig;
  /** Which git repositories deploy what; absent where the project says nothing of it. */
  gitops?: GitOpsConfig | undefined;
  /** What the stage's clusters are told of images; absent where the program makes nothing of it. */
  imagePolicies?: ImagePoliciesConfig | undefined;
  /** Where the stage's console runs; absent where the stage has none. */
  console?: ConsoleConfig | undefined;
  /** Classes whose registry the stage before holds in Azure, as its own file says; both where that is not here. */
  beforeHolds: readonly ImageClass[];
  /** Where the tokens' passwords are kept; a vault of the stage's own where not given. */
  vault?: VaultConfig | undefined;
  /** Whether and when tokens get passwords; on, and made once, where not given. */
  passwords?: PasswordsConfig | undefined;
  /** Service accounts whose pods pull from registries that are only named. */
  registryPull?: readonly RegistryPullConfig[] | undefined;
  /** Service accounts whose pods pull from registries that the stage holds. */
  pullAccess?: readonly PullAccessConfig[] | undefined;
  /** What keeps the stage from being lost by mistake. */
  protection: ProtectionConfig;
  /** Name of the stack of the stage before, where there is one to read. */
  before?: string | undefined;
  /** Azure region, such as `westeurope`. */
  location: string;
  resourceGroup?: string | undefined;
  registries: Readonly<Record<ImageClass, RegistryConfig>>;
  /** Registries beside these two, which a publication chooses by their kind. */
  alternatives: AlternativesConfig;
  retention: RetentionRule;
  audit: AuditConfig;
  /** Archive, alerts and money. */
  watch: WatchConfig;
  /** Levels of controls, waivers, and what controls are measured by. */
  compliance: ComplianceSettings;
  tags: Readonly<Record<string, string>>;
}
