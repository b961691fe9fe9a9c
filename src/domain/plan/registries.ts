import type { Stage } from "../stage";
import { defined } from "../../base/defined";
import { type ImageClass, type MappedImage, repositoriesOf } from "../image/imageClass";
import { supportOf, type Rule, type Support } from "../image/ruleSupport";
import { tagRules, type TagRules } from "../image/tags";
import { parseRegistryId, registryName, resourceGroupName, vanityHost } from "./names";
import type { Sku, RegistryKind } from "../image/registryKind";

/** An ACR that this program makes or takes over. */
export interface AcrConfig {
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
export interface ReferencedConfig {
  mode: "reference";
  kind: RegistryKind;
  /** The host clients log in at. */
  host: string;
  /** The path in front of the repositories, such as an organisation. */
  namespace?: string | undefined;
  prereleases: boolean;
}

export type RegistryConfig = AcrConfig | ReferencedConfig;

/** What both kinds of registry plan have. */
export interface CommonPlan {
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
export interface ReferencePlan extends CommonPlan {
  mode: "reference";
  loginServer: string;
  namespace?: string;
}

export type RegistryPlan = AcrPlan | ReferencePlan;

/** What a registry is planned from. */
export interface RegistryInput {
  stage: Stage;
  /** `domain`: what vanity hosts end with. */
  product: { name: string; domain: string };
  images: readonly MappedImage[];
  /** The stage's own resource group; derived where not given. */
  resourceGroup?: string | undefined;
  registries: Readonly<Record<ImageClass, RegistryConfig>>;
}

/** Where an ACR stands and what it is called: an adopted one's id says both. */
function placeOf(config: RegistryInput, imageClass: ImageClass, facts: AcrConfig) {
  const adopted = facts.id === undefined ? undefined : parseRegistryId(facts.id);
  const { product, stage } = config;
  return {
    registryName: adopted?.name ?? facts.name ?? registryName(product.name, stage, imageClass),
    resourceGroupName: adopted?.resourceGroup ?? config.resourceGroup ?? resourceGroupName(product.name, stage),
    ...defined({ importId: facts.id }),
  };
}

/**
 * A setting that was said, or the default of a registry that is made; one that is taken over keeps what it has.
 * Tokens made for ARM have no default here: Azure's is to take them, and who pulls with one would be locked out unasked;
 * taking them again unasked would open what somebody closed.
 */
function settings(facts: AcrConfig): Settings {
  const { untaggedRetentionDays, softDeleteDays, publicAccess, exportAllowed, dataEndpoint } = facts;
  const { trustedServices, armTokensAllowed } = facts;
  const network = { publicAccess, trustedServices, dataEndpoint };
  const said = { ...network, untaggedRetentionDays, softDeleteDays, exportAllowed, armTokensAllowed };
  const premium: Settings = facts.sku === "Premium" ? { untaggedRetentionDays: "off", exportAllowed: true } : {};
  const open: Settings = { publicAccess: true, trustedServices: true, dataEndpoint: false };
  const defaults: Settings = { ...premium, ...open, softDeleteDays: "off" };
  const given: Settings = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  return facts.mode === "adopt" ? given : { ...defaults, ...given };
}

type Settings = Partial<
  Pick<
    AcrPlan,
    | "untaggedRetentionDays"
    | "softDeleteDays"
    | "publicAccess"
    | "trustedServices"
    | "exportAllowed"
    | "armTokensAllowed"
    | "dataEndpoint"
  >
>;

/** The registry of one class: the same steps for both, and only the facts differ. */
export function planRegistry(config: RegistryInput, imageClass: ImageClass): RegistryPlan {
  const facts = config.registries[imageClass];
  const common = {
    class: imageClass,
    vanityHost: vanityHost(config.stage, imageClass, config.product.domain),
    repositories: repositoriesOf(config.images, imageClass),
    tagRules: tagRules(config.stage, facts.prereleases),
  };
  if (facts.mode === "reference") {
    return {
      ...common,
      mode: "reference",
      kind: facts.kind,
      loginServer: facts.host,
      ...defined({ namespace: facts.namespace }),
      rules: supportOf(facts.kind),
    };
  }
  return {
    ...common,
    mode: facts.mode,
    kind: "acr",
    ...placeOf(config, imageClass, facts),
    sku: facts.sku,
    ...settings(facts),
    replicas: [...facts.replicas].sort(),
    allowedIps: [...facts.allowedIps].sort(),
    protect: facts.mode === "adopt" || facts.protect,
    ...defined({ webhook: facts.webhook }),
    rules: supportOf("acr", facts.untaggedRetentionDays !== undefined),
  };
}
