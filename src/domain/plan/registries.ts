import { defined } from "../../base/defined";
import { type ImageClass, type MappedImage, repositoriesOf } from "../image/imageClass";
import type { RegistryKind, Sku } from "../image/registryKind";
import { type Rule, type Support, supportOf } from "../image/ruleSupport";
import { type TagRules, tagRules } from "../image/tags";
import type { VersionPrefix } from "../image/version";
import type { Stage, Stages } from "../stage";
import { parseRegistryId, registryName, resourceGroupName, vanityHost } from "./names";

/**
 * Settings of an ACR that a stage file may name. The configuration takes them, the plan decides them and the component
 * sends them, all by these names. Absent in a plan: the registry keeps what it has, or Azure's default.
 */
interface AcrSettings {
  /** Days an untagged manifest is kept, Premium only. */
  untaggedRetentionDays?: number | "off";
  /** Days a deleted image can be restored, not together with `untaggedRetentionDays`. */
  softDeleteDays?: number | "off";
  /** Whether the registry answers on its public endpoint. */
  publicAccess?: boolean;
  /**
   * Whether Azure's trusted services, such as Defender for Cloud and imports by other registries, come in where the
   * network is restricted.
   */
  trustedServices?: boolean;
  /** Whether images may be exported, Premium only; false needs `publicAccess` false. */
  exportAllowed?: boolean;
  /**
   * Whether the registry takes Entra tokens that were made for Azure Resource Manager beside those made for registries.
   * Admin user and tokens of scope maps are not concerned.
   */
  armTokensAllowed?: boolean;
  /** A data endpoint of its own for layers, Premium only. */
  dataEndpoint?: boolean;
}

/** The settings as a stage file has them: "off" is said by leaving a setting out. */
type SettingsConfig = { [Key in keyof AcrSettings]?: Exclude<AcrSettings[Key], "off"> | undefined };

/** An ACR that this program makes or takes over. */
export interface AcrConfig extends SettingsConfig {
  mode: "create" | "adopt";
  /** ARM id of the registry to take over; only and always for adopt. */
  id?: string | undefined;
  name?: string | undefined;
  sku: Sku;
  replicas: readonly string[];
  allowedIps: readonly string[];
  protect: boolean;
  prereleases: boolean;
  webhook?: { url: string; actions: ("push" | "delete" | "quarantine" | "chart_push" | "chart_delete")[] } | undefined;
}

/** A registry that somebody else owns. */
export interface ReferencedConfig {
  mode: "reference";
  kind: RegistryKind;
  /** The host clients log in at. */
  host: string;
  /** The path in front of the repositories, such as an organisation. */
  namespace?: string | undefined;
  /** Who answers for it, such as a team. */
  owner?: string | undefined;
  /** Repositories that anybody may pull; none of a secure registry. */
  public: readonly string[];
  prereleases: boolean;
}

/** Registries beside the two of a stage, which a publication chooses by their kind. */
export type AlternativesConfig = Readonly<Record<ImageClass, readonly ReferencedConfig[]>>;

/** What a stage file says of one of its registries. */
export type RegistryConfig = AcrConfig | ReferencedConfig;

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
export interface AcrPlan extends CommonPlan, AcrSettings {
  mode: "create" | "adopt";
  kind: "acr";
  registryName: string;
  resourceGroupName: string;
  importId?: string;
  sku: Sku;
  replicas: readonly string[];
  allowedIps: readonly string[];
  protect: boolean;
  webhook?: { url: string; actions: string[] };
}

/** A registry that is only named. */
export interface ReferencePlan extends CommonPlan {
  mode: "reference";
  loginServer: string;
  namespace?: string;
  /** Who answers for it. */
  owner?: string;
  /** Repositories that anybody may pull. */
  public: readonly string[];
}

/** One of a stage's registries, decided. */
export type RegistryPlan = AcrPlan | ReferencePlan;

/** What a registry is planned from. */
export interface RegistryInput {
  stage: Stage;
  stages: Stages;
  /** `domain`: what vanity hosts end with. */
  product: { name: string; domain: string; versionPrefix: VersionPrefix };
  images: readonly MappedImage[];
  /** The stage's own resource group; derived where not given. */
  resourceGroup?: string | undefined;
  registries: Readonly<Record<ImageClass, RegistryConfig>>;
  alternatives: AlternativesConfig;
}

/** What an ACR is called: an adopted one's id says it. */
export function acrName(
  config: Pick<RegistryInput, "stage"> & { product: { name: string } },
  imageClass: ImageClass,
  registry: AcrConfig,
): string {
  const adopted = registry.id === undefined ? undefined : parseRegistryId(registry.id);
  return adopted?.name ?? registry.name ?? registryName(config.product.name, config.stage, imageClass);
}

/** Where an ACR stands and what it is called: an adopted one's id says both. */
function placeOf(config: RegistryInput, imageClass: ImageClass, registry: AcrConfig) {
  const adopted = registry.id === undefined ? undefined : parseRegistryId(registry.id);
  const { product, stage } = config;
  return {
    registryName: acrName(config, imageClass, registry),
    resourceGroupName: adopted?.resourceGroup ?? config.resourceGroup ?? resourceGroupName(product.name, stage),
    ...defined({ importId: registry.id }),
  };
}

/**
 * What a registry is made with where its stage file names nothing; undefined: what its tier does not take. Everything else
 * is sent, since what is left out of a request stays as it was.
 */
const defaultsOf = (sku: Sku): { [Key in keyof Required<AcrSettings>]: AcrSettings[Key] | undefined } => ({
  untaggedRetentionDays: sku === "Premium" ? "off" : undefined,
  softDeleteDays: "off",
  publicAccess: true,
  trustedServices: true,
  exportAllowed: sku === "Premium" ? true : undefined,
  armTokensAllowed: true,
  dataEndpoint: false,
});

/** Each setting as the stage file names it, or its default; a registry that is taken over keeps what is not named. */
function planSettings(config: AcrConfig): AcrSettings {
  const entries = Object.entries(defaultsOf(config.sku)).map(([key, value]) => {
    const named: unknown = Reflect.get(config, key);
    return [key, named ?? (config.mode === "adopt" ? undefined : value)] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

const commonPlan = (config: RegistryInput, imageClass: ImageClass, { prereleases }: { prereleases: boolean }) => ({
  class: imageClass,
  vanityHost: vanityHost(config.stage, imageClass, config.product.domain),
  repositories: repositoriesOf(config.images, imageClass),
  tagRules: tagRules(config.stage, { ...config, versionPrefix: config.product.versionPrefix }, prereleases),
});

/** @param vanityHost what people know it by; an alternative has no name beside its host's */
function planReference(
  config: RegistryInput,
  imageClass: ImageClass,
  registry: ReferencedConfig,
  vanityHost?: string,
): ReferencePlan {
  return {
    ...commonPlan(config, imageClass, registry),
    ...defined({ vanityHost }),
    mode: "reference",
    kind: registry.kind,
    loginServer: registry.host,
    ...defined({ namespace: registry.namespace, owner: registry.owner }),
    public: registry.public,
    rules: supportOf(registry.kind),
  };
}

/** The registries of one class that may be chosen in place of the stage's own. */
export const planAlternatives = (config: RegistryInput, imageClass: ImageClass): ReferencePlan[] =>
  config.alternatives[imageClass].map((registry) => planReference(config, imageClass, registry, registry.host));

/** The registry of one class: the same steps for both, and only the configuration differs. */
export function planRegistry(config: RegistryInput, imageClass: ImageClass): RegistryPlan {
  const registry = config.registries[imageClass];
  if (registry.mode === "reference") return planReference(config, imageClass, registry);
  return {
    ...commonPlan(config, imageClass, registry),
    mode: registry.mode,
    kind: "acr",
    ...placeOf(config, imageClass, registry),
    sku: registry.sku,
    ...planSettings(registry),
    replicas: [...registry.replicas].sort(),
    allowedIps: [...registry.allowedIps].sort(),
    protect: registry.mode === "adopt" || registry.protect,
    ...defined({ webhook: registry.webhook }),
    rules: supportOf("acr", registry.untaggedRetentionDays !== undefined),
  };
}
