import type { ComponentResourceOptions } from "@pulumi/pulumi";

/** Begins the type token of every component of this project. */
export const PACKAGE = "dualregistry:index";

/** The dependencies of a component as an option of its first resource, since a child does not inherit them. */
export function dependenciesOf(options?: ComponentResourceOptions): Pick<ComponentResourceOptions, "dependsOn"> {
  return options?.dependsOn === undefined ? {} : { dependsOn: options.dependsOn };
}
