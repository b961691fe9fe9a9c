import { parseRegistryId } from "./armId";
import { repositoriesOf, type ImageClass } from "./imageClass";
import { registryName, resourceGroupName, vanityHost } from "./names";
import type { AcrPlan, RegistryPlan } from "./plan";
import type { AcrFacts, StageConfig } from "./stageConfig";
import { supportOf } from "./support";
import { tagRules } from "./tagRules";

/** Where an ACR stands and what it is called: an adopted one's id says both. */
function placeOf(config: StageConfig, imageClass: ImageClass, facts: AcrFacts) {
  const adopted = facts.id === undefined ? undefined : parseRegistryId(facts.id);
  const { product, stage } = config;
  return {
    registryName: adopted?.name ?? facts.name ?? registryName(product.name, stage, imageClass),
    resourceGroupName: adopted?.resourceGroup ?? config.resourceGroup ?? resourceGroupName(product.name, stage),
    ...(facts.id === undefined ? {} : { importId: facts.id }),
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
      ...(facts.namespace === undefined ? {} : { namespace: facts.namespace }),
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
    ...(facts.webhook === undefined ? {} : { webhook: facts.webhook }),
    rules: supportOf("acr", facts.untaggedRetentionDays !== undefined),
  };
}
