import type { GateFactsInput } from "../identity/environments";
import type { IdentityFacts } from "../identity/identities";
import type { PullAccessFacts } from "../identity/pullAccess";
import type { ImageClass, MappedImage, RepositoryPattern } from "../image/imageClass";
import type { PoliciesFacts, RetentionRule } from "../image/policy";
import type { RegistryKind, Sku } from "../image/registryKind";
import type { Stage } from "../stage";
import type { WatchFacts } from "../watch/planWatch";
import type { PasswordFacts, VaultFacts } from "./passwords";
import type { ProtectionFacts } from "./protection";

/** `mandatory`: a failure stops the run before anything is registered. `advisory`: it is reported. */
export const LEVELS = ["mandatory", "advisory"] as const;

export type Level = (typeof LEVELS)[number];

/** Part of a stage that a finding or a waiver is about: the registry of a class, or the stage itself. */
export const SCOPES = ["secure", "standard", "stage"] as const;

export type Scope = (typeof SCOPES)[number];

/** A failure that somebody accepts until a day, as the stage file has it. */
export interface Waiver {
  /** A control's id. */
  control: string;
  /** `stage`: all that the control says of the stage and of both classes. */
  scope: Scope;
  reason: string;
  /** A role of gates.roles, never a person. */
  approver: string;
  /** ISO date, such as 2027-03-31: the last day it holds (UTC). */
  expires: string;
}

/** What a stage file says of its compliance. */
export interface ComplianceSettings {
  /** Levels of controls, by id, where they are not the control's default. */
  levels: Readonly<Record<string, Level>>;
  waivers: readonly Waiver[];
  /** Years the audit log must be kept. */
  auditYears: number;
  /** Regions that images may be kept in; absent where nothing is said. */
  allowedLocations?: readonly string[];
  /** What names of registries begin with; absent where the company has no such convention. */
  namePrefix?: string;
}

/** Years the audit log of a stage must be kept where its file says nothing: production a year, the others none. */
export function defaultAuditYears(stage: Stage): number {
  return stage === "prod" ? 1 : 0;
}

/** What only one stage's stack may hold: the GitHub repository's own settings, the subscription's own settings. */
export const OWNABLE = ["repository", "subscription"] as const;

export type Ownable = (typeof OWNABLE)[number];

/** Somebody who pulls the product's images. */
export interface Consumer {
  name: string;
  /** What may be pulled, from the registries of whichever class the images are. */
  pull: readonly RepositoryPattern[];
  /** The stages it pulls from; every stage where not given. */
  stages?: readonly Stage[] | undefined;
  /** Days a token password is valid; the class's ceiling where not given. */
  tokenDays?: number | undefined;
}

/** An ACR that this program makes or takes over. */
export interface AcrFacts {
  mode: "create" | "adopt";
  /** ARM id of the registry to take over; only and always for adopt. */
  id?: string | undefined;
  name?: string | undefined;
  sku: Sku;
  untaggedRetentionDays?: number | undefined;
  softDeleteDays?: number | undefined;
  replicas: readonly string[];
  publicAccess?: boolean | undefined;
  allowedIps: readonly string[];
  /** Whether Azure's trusted services pass where the network is restricted. */
  trustedServices?: boolean | undefined;
  exportAllowed?: boolean | undefined;
  /** Whether Entra tokens that were made for Azure Resource Manager open the registry. */
  armTokensAllowed?: boolean | undefined;
  dataEndpoint?: boolean | undefined;
  protect: boolean;
  prereleases: boolean;
  webhook?: { url: string; actions: ("push" | "delete" | "quarantine" | "chart_push" | "chart_delete")[] } | undefined;
}

/** A registry that somebody else owns. */
interface ReferencedFacts {
  mode: "reference";
  kind: RegistryKind;
  /** The host clients log in at. */
  host: string;
  /** The path in front of the repositories, such as an organisation. */
  namespace?: string | undefined;
  prereleases: boolean;
}

export type RegistryFactsInput = AcrFacts | ReferencedFacts;

/** Everything one stage is planned from: the product's shared facts and the stage's own, decoded. */
export interface StageConfig {
  stage: Stage;
  /** `pull`: what the product's own application may pull; every image where not given. */
  product: { name: string; domain: string; repository: string; pull?: readonly RepositoryPattern[] | undefined };
  images: readonly MappedImage[];
  consumers: readonly Consumer[];
  /** Most days a token password may live, by class. */
  tokenCeilingDays: Readonly<Record<ImageClass, number>>;
  gates: GateFactsInput;
  policies: PoliciesFacts;
  owns: readonly Ownable[];
  /** Organisation or user that owns the repository, in GitHub's own spelling. */
  owner: string;
  /** The stage's subscription; absent where it is encrypted, or nothing is held in Azure. */
  subscriptionId?: string | undefined;
  /** By which workflows whoever works for the registries logs in. */
  identities: IdentityFacts;
  /** Classes whose registry the stage before holds in Azure, as its own file says; both where that is not here. */
  beforeHolds: readonly ImageClass[];
  /** Where the tokens' passwords are kept; a vault of the stage's own where not given. */
  vault?: VaultFacts | undefined;
  /** Whether and when tokens get passwords; on, and made once, where not given. */
  passwords?: PasswordFacts | undefined;
  /** Service accounts whose pods pull. */
  pullAccess?: readonly PullAccessFacts[] | undefined;
  /** What keeps the stage from being lost by mistake. */
  protection: ProtectionFacts;
  /** Name of the stack of the stage before, where there is one to read. */
  before?: string | undefined;
  /** Azure region, such as `westeurope`. */
  location: string;
  resourceGroup?: string | undefined;
  registries: Readonly<Record<ImageClass, RegistryFactsInput>>;
  retention: RetentionRule;
  audit: { workspaceId?: string | undefined; retentionDays: number };
  /** Archive, alerts and money. */
  watch: WatchFacts;
  /** Levels of controls, waivers, and what controls are measured by. */
  compliance: ComplianceSettings;
  tags: Readonly<Record<string, string>>;
}
