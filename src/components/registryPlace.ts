import type { CustomResourceOptions, Input, Resource } from "@pulumi/pulumi";

/** Where something that lives inside a registry is made, and what it hangs on. */
export interface RegistryPlace {
  registryName: Input<string>;
  resourceGroupName: Input<string>;
  options: CustomResourceOptions;
}

/**
 * The options of what lives inside a registry: replaced with it, and so made after it (the SDK takes a resource to
 * depend on what it is replaced with).
 * The names are handed on as they were given, not read from the registry, so that a preview can show them and tell a
 * change; what a property dependency would have done on a replacement is done by `replaceWith`.
 */
export function insideOptions(registry: Resource, parent: Resource): CustomResourceOptions {
  return { parent, replaceWith: [registry] };
}
