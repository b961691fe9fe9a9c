import { log, type ResourceOptions, runtime } from "@pulumi/pulumi";
import { azureTypeOf, plainToken } from "../base/azure/typeToken";

/** `azure-native:containerregistry/v20230701:Registry`: a type of one API version. */
const isVersioned = (token: string): boolean => azureTypeOf(token) !== undefined && plainToken(token) !== token;

type Aliases = NonNullable<ResourceOptions["aliases"]>;

/** Nothing but another type: an alias with a name or a parent says more. */
function isVersionAlias(alias: unknown): boolean {
  if (typeof alias !== "object" || alias === null || !("type" in alias)) return false;
  return typeof alias.type === "string" && isVersioned(alias.type) && Object.keys(alias).length === 1;
}

/** Aliases without those of one API version; the same list where it has none. */
export function withoutVersionAliases(aliases: Aliases): Aliases {
  if (!Array.isArray(aliases)) return aliases;
  const rest = aliases.filter((alias) => !isVersionAlias(alias));
  return rest.length === aliases.length ? aliases : rest;
}

/**
 * Takes the aliases of one API version out of the options of every Azure resource of the stack, by a stack transformation
 * (https://www.pulumi.com/docs/iac/concepts/resources/options/transformations). azure-native gives each resource about
 * twenty of them, each an Output of its own: half the time of a large stage (docs/adr/0003-a-fast-program.md). They match
 * only a state that was made with a type of one version, which this program never makes. Other aliases, such as of a
 * resource type that was renamed, stay.
 *
 * Call it before the first resource.
 *
 * @returns call it after the last resource: warns where Azure resources were made and no such alias was seen, since a
 * stage then takes more time and memory than is documented
 */
export function removeVersionAliases(): () => void {
  let resources = 0;
  let reduced = 0;
  runtime.registerStackTransformation(({ type, props, opts }) => {
    if (azureTypeOf(type) === undefined) return undefined;
    resources += 1;
    if (opts.aliases === undefined) return undefined;
    const aliases = withoutVersionAliases(opts.aliases);
    if (aliases === opts.aliases) return undefined;
    reduced += 1;
    return { props, opts: { ...opts, aliases } };
  });
  return () => {
    if (resources === 0 || reduced > 0) return;
    void log.warn(
      `None of ${resources} Azure resources came with aliases of older API versions: this release of azure-native gives ` +
        `them in another way, or not at all. The program is right without this step; a large stage may need more time ` +
        `and memory (docs/adr/0003-a-fast-program.md)`,
    );
  };
}
