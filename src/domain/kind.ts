/**
 * The kinds of registry a stage may have.
 * `gar` is Google Artifact Registry (GCR was shut down on 2025-03-18); `distribution` is any registry that speaks the
 * OCI distribution specification and nothing more.
 */
export const REGISTRY_KINDS = ["acr", "ghcr", "ecr", "gar", "quay", "distribution"] as const;

export type RegistryKind = (typeof REGISTRY_KINDS)[number];

/**
 * How the program holds a registry: made by it, taken over as it is (imported, protected, never replaced), or only
 * named because somebody else owns it.
 */
export const REGISTRY_MODES = ["create", "adopt", "reference"] as const;

export type RegistryMode = (typeof REGISTRY_MODES)[number];
