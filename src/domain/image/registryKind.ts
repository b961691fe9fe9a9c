/**
 * The kinds of registry a stage may have. `gar` is Google Artifact Registry; `harbor`, `gitlab` and `quay` may run
 * anywhere; `distribution` is any other registry that speaks the OCI distribution specification and nothing more.
 */
export const REGISTRY_KINDS = [
  "acr",
  "ghcr",
  "ecr",
  "gar",
  "quay",
  "harbor",
  "gitlab",
  "dockerhub",
  "distribution",
] as const;

/** One of these kinds. */
export type RegistryKind = (typeof REGISTRY_KINDS)[number];

/** Other words for a kind. Container Registry was shut down on 2025-03-18, and Artifact Registry serves its hosts. */
const OTHER_WORDS: Readonly<Record<string, RegistryKind>> = { gcr: "gar" };

/** Every word that names a kind, for messages and for the schema. */
export const KIND_WORDS: readonly string[] = [...REGISTRY_KINDS, ...Object.keys(OTHER_WORDS)];

/** The kind that a word names, as a person or `REGISTRY_TYPE` says it; undefined for any other word. */
export function registryKindOf(word: string): RegistryKind | undefined {
  const kind = Object.hasOwn(OTHER_WORDS, word) ? OTHER_WORDS[word] : word;
  return REGISTRY_KINDS.find((each) => each === kind);
}

/**
 * How the program holds a registry: made by it, taken over as it is (imported, protected, never replaced), or only
 * named because somebody else owns it.
 */
export const REGISTRY_MODES = ["create", "adopt", "reference"] as const;

/** One of these modes. */
export type RegistryMode = (typeof REGISTRY_MODES)[number];

/** ACR's service tiers. Classic is retired. */
export const SKUS = ["Basic", "Standard", "Premium"] as const;

/** One of these tiers. */
export type Sku = (typeof SKUS)[number];

/** Most actions one scope map takes, whatever the tier. Source: Azure Container Registry SKU features and limits. */
export const SCOPE_MAP_ACTIONS = 500;

/** How many of a thing one registry may have. Source: Azure Container Registry SKU features and limits. */
export interface SkuLimits {
  scopeMaps: number;
  tokens: number;
  /** GiB that the tier's price includes; what is beyond them is paid for by the day. */
  includedGib: number;
  /** TiB beyond which it takes nothing more. */
  maxTib: number;
}

/** The limits of each tier. */
export const SKU_LIMITS: Readonly<Record<Sku, SkuLimits>> = {
  Basic: { scopeMaps: 100, tokens: 100, includedGib: 10, maxTib: 40 },
  Standard: { scopeMaps: 500, tokens: 500, includedGib: 100, maxTib: 40 },
  Premium: { scopeMaps: 50_000, tokens: 50_000, includedGib: 500, maxTib: 100 },
};
