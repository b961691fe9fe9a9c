import type { EnvironmentPurpose } from "../domain/identity/environments";
import type { ImageClass, MappedImage } from "../domain/image/imageClass";
import type { RetentionRule, ScanPolicy } from "../domain/image/policy";
import type { RegistryKind, RegistryMode, Sku } from "../domain/image/registryKind";
import type { Rule, Support } from "../domain/image/ruleSupport";
import type { TagRegime } from "../domain/image/tags";
import type { Stage, StagePlace } from "../domain/stage";

/** What an adapter cannot know is said to be unknown, never left to a default. */
export type Known<T> = T | "unknown";

/**
 * What a statement rests on. `planned`: the stage's plan or a preview says so. `deployed`: the cloud answered so when it
 * was made. `proven`: it was tried, such as by a comparison with what stands, or by a pull that was denied.
 */
export const BASES = ["planned", "deployed", "proven"] as const;

export type Basis = (typeof BASES)[number];

/** A registry's webhook, and whether it calls over https. */
export interface WebhookFacts {
  name: string;
  secure: Known<boolean>;
}

/** What a control reads of one registry, whether it comes from the plan, from a deployed resource or from a test. */
export interface RegistryFacts {
  stage: Known<Stage>;
  /** Where the stage stands among the others. */
  place: Known<StagePlace>;
  /** Unknown for a registry of somebody else's program. */
  class: Known<ImageClass>;
  /** Unknown for one of a provider that nobody here knows. */
  kind: Known<RegistryKind>;
  mode: Known<RegistryMode>;
  basis: Basis;
  /** Name of the ARM resource; the host of a registry that is only named. */
  name: Known<string>;
  /** Azure region; `none` for a registry that is only named, as with `sku`. */
  location: Known<string>;
  sku: Known<Sku | "none">;
  adminUserEnabled: Known<boolean>;
  anonymousPullEnabled: Known<boolean>;
  /** Whether the registry takes Entra tokens that were made for ARM. */
  armTokensAllowed: Known<boolean>;
  publicAccess: Known<boolean>;
  /** What the firewall of the public endpoint does with an address that no rule names. */
  networkDefault: Known<"allow" | "deny">;
  /** Addresses and ranges that its rules let in, as they are written. */
  allowedRanges: Known<readonly string[]>;
  /** Whether Azure's trusted services pass where the network is restricted. */
  trustedServices: Known<boolean>;
  /** Private endpoint connections that are approved. */
  privateEndpoints: Known<number>;
  /** Whether a private DNS zone group belongs to each private endpoint. */
  privateDns: Known<boolean>;
  exportAllowed: Known<boolean>;
  /** Whether its content is encrypted with a key of the customer's. */
  customerKey: Known<boolean>;
  quarantine: Known<boolean>;
  dataEndpoint: Known<boolean>;
  /** Regions of its replicas, its own not among them. */
  replicas: Known<readonly string[]>;
  /** Names of its artifact cache rules. */
  cacheRules: Known<readonly string[]>;
  webhooks: Known<readonly WebhookFacts[]>;
  /** Whether the engine refuses to delete or replace it. */
  protected: Known<boolean>;
  regime: Known<TagRegime>;
  /** Days an untagged manifest is kept; `off` where none is removed. */
  untaggedRetentionDays: Known<number | "off">;
  /** Days a deleted image can be restored; `off` where it cannot. */
  softDeleteDays: Known<number | "off">;
  /** Categories, or category groups, sent to an audit log. */
  logCategories: Known<readonly string[]>;
  /** What an image must bring of a scan before it is published. */
  scan: Known<ScanPolicy | "off">;
  /** Whether an image must be signed before it is promoted. */
  signature: Known<boolean>;
  /** Subjects that are trusted to sign its images and are marked as somebody else's. */
  foreignSigners: Known<readonly string[]>;
  /** Images in it that Defender for Containers calls unhealthy. */
  unhealthyImages: Known<number>;
  /** How it keeps each rule of this project. */
  rules: Known<Readonly<Record<Rule, Support>>>;
}

/** What a control reads of one GitHub environment. */
export interface GateFacts {
  stage: Known<Stage>;
  environment: string;
  basis: Basis;
  purpose: Known<EnvironmentPurpose>;
  /** The role that signs off, for a sign-off. */
  role?: string;
  /** Who may approve: `team <id>` or `user <id>`. */
  reviewers: Known<readonly string[]>;
  preventSelfReview: Known<boolean>;
  canAdminsBypass: Known<boolean>;
  /** Whether only the branches and tags that are named may deploy. */
  refsNamed: Known<boolean>;
}

/** What a control reads of one token. */
export interface TokenFacts {
  stage: Known<Stage>;
  registry: Known<ImageClass>;
  /** Name of the registry it is of. */
  registryName: Known<string>;
  basis: Basis;
  name: string;
  consumer: Known<string>;
  /** Whether it may be used. */
  enabled: Known<boolean>;
  /** Actions of its scope map. */
  actions: Known<readonly string[]>;
  /** Days a password of it may live; 0 where it never expires. */
  expiresAfterDays: Known<number>;
  /** The most days that its class allows. */
  ceilingDays: Known<number>;
}

/** An identity that workflows or services become. */
export interface IdentityFacts {
  name: string;
  basis: Basis;
  stage: Known<Stage>;
  /** The classes it may push to; none where it may not push. */
  pushes: Known<readonly ImageClass[]>;
  /** Whether a secret of it is stored somewhere; federated identities have none. */
  hasSecret: Known<boolean>;
}

/** What runs as the stage's console. */
export interface ConsoleFacts {
  name: string;
  basis: Basis;
  /** The whole reference that it is run from. */
  image: Known<string>;
  /** Whether that is one of the stage's registries, and the one of the image's class. */
  fromOwnRegistry: Known<boolean>;
  /** Whether what runs it refuses a container whose user is root. */
  nonRoot: Known<boolean>;
  /** Whether the container's root file system is read-only. */
  readOnlyRoot: Known<boolean>;
}

/** What the plan says of a registry beside the two. */
export interface AlternativeFacts {
  name: string;
  class: ImageClass;
  rules: Readonly<Record<Rule, Support>>;
}

/** What a control reads of the stage as a whole. */
export interface StageFacts {
  stage: Known<Stage>;
  /** Where the stage stands among the others. */
  place: Known<StagePlace>;
  /** The roles that the configuration names for the stage's sign-off; only it says them. */
  signOffRoles: Known<readonly string[]>;
  /** Who signs off elsewhere and where that is kept; present where gates are off. */
  signOffsElsewhere?: string;
  /** Subjects that are trusted to sign sign-offs and are marked as somebody else's. */
  foreignSigners: Known<readonly string[]>;
  basis: Basis;
  /** Registries that images may go to in place of the two; only the configuration says them. */
  alternatives: Known<readonly AlternativeFacts[]>;
  images: Known<readonly MappedImage[]>;
  identities: Known<readonly IdentityFacts[]>;
  retention: Known<RetentionRule>;
  /** Days the audit log is kept. */
  auditDays: Known<number>;
  /** Years it must be kept, as the stage file says or by default. */
  auditYears: Known<number>;
  /** Regions that images may be kept in; absent where nothing is said. */
  allowedLocations?: readonly string[];
  /** What names of registries begin with; absent where nothing is said. */
  namePrefix?: string;
  /** Whether Defender for Containers looks at the subscription's registries. */
  defender: Known<boolean>;
  /** Properties of resources that put a registry's password into the state: `<resource>.<property>`. */
  passwordsInState: Known<readonly string[]>;
  /** Where the stage's console runs: none, or one. */
  consoles: Known<readonly ConsoleFacts[]>;
  /** Whether something compares what stands with the program, on a schedule. */
  driftWatched: Known<boolean>;
}

/** Everything that controls read. Plain data, filled by one adapter or by a test. */
export interface ComplianceFacts {
  stage: StageFacts;
  registries: readonly RegistryFacts[];
  /** Whether no registry of the stage can be missing among them, as one can that another program holds. */
  registriesComplete: boolean;
  gates: readonly GateFacts[];
  tokens: readonly TokenFacts[];
}
