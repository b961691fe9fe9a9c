import { defined } from "../../base/defined";
import { IMAGE_CLASSES, type ImageClass, pullScope, repositoriesOf, RepositoryIndex } from "../image/imageClass";
import { supportOf } from "../image/ruleSupport";
import { tagRules } from "../image/tags";
import { parseRegistryId, pullTokenName, registryName, resourceGroupName, vanityHost } from "./names";
import type { AcrFacts, Consumer, StageConfig } from "./stageConfig";
import type { AcrPlan, RegistryPlan, TokenPlan } from "./stagePlan";

/** Where an ACR stands and what it is called: an adopted one's id says both. */
function placeOf(config: StageConfig, imageClass: ImageClass, facts: AcrFacts) {
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
function settings(facts: AcrFacts): Settings {
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
export function planRegistry(config: StageConfig, imageClass: ImageClass): RegistryPlan {
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

/** The facts tokens are planned from. */
export type TokenFactsInput = Pick<
  StageConfig,
  "stage" | "product" | "images" | "consumers" | "tokenCeilingDays" | "registries"
>;

/** The token consumers of a stage: the product's own application, which pulls every image, then the others by name. */
function consumersOf(config: TokenFactsInput): Consumer[] {
  const { name, pull = config.images.map((image) => image.repository) } = config.product;
  const application: Consumer = { name, pull };
  const others = config.consumers.filter((consumer) => consumer.stages?.includes(config.stage) ?? true);
  return [application, ...others].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * One token for each consumer and registry it reads; a registry without an image for the consumer gets none.
 * Only registries this program holds have tokens of ours.
 */
export function planTokens(config: TokenFactsInput): TokenPlan[] {
  const held = IMAGE_CLASSES.filter((imageClass) => config.registries[imageClass].mode !== "reference");
  const images = (c: ImageClass) => new RepositoryIndex(config.images.filter((image) => image.class === c));
  const indexes = new Map(held.map((imageClass) => [imageClass, images(imageClass)]));
  return consumersOf(config).flatMap((consumer) =>
    held.flatMap((registry): TokenPlan[] => {
      const pull = consumer.pull.filter((pattern) => indexes.get(registry)?.reaches(pattern));
      if (pull.length === 0) return [];
      const ceiling = config.tokenCeilingDays[registry];
      return [
        {
          name: pullTokenName(consumer.name),
          consumer: consumer.name,
          registry,
          actions: pullScope(pull),
          expiresAfterDays: consumer.tokenDays ?? ceiling,
        },
      ];
    }),
  );
}
