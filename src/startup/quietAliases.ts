import { createRequire } from "node:module";
import { replaceFunction } from "./replaceFunction";

/**
 * Keeps azure-native's classes from giving each resource an alias for every API version it ever had, about twenty, each an
 * Output of its own: a sixth of the program's time and an eighth of its memory, see docs/adr/0003-a-fast-program.md.
 * They match only a state that was made with a type of one version, which this program never makes. Other aliases, such
 * as for a module that was renamed, stay. A release of the SDK that does not allow it is left as it is.
 */
const VERSIONED = /^azure-native:[a-z0-9]+\/v\d{8}[a-z0-9]*:\w+$/;

function isVersioned(alias: unknown): boolean {
  if (typeof alias !== "object" || alias === null || !("type" in alias)) return false;
  return typeof alias.type === "string" && VERSIONED.test(alias.type) && Object.keys(alias).length === 1;
}

/** Options without aliases of that kind, where aliases are all that is added. */
export function withoutVersions(added: object | undefined): object | undefined {
  if (added === undefined || !("aliases" in added) || !Array.isArray(added.aliases)) return added;
  return { ...added, aliases: added.aliases.filter((alias) => !isVersioned(alias)) };
}

// The classes call it as a property of the module, so there it is replaced; `import` would be a copy.
replaceFunction(createRequire(__filename)("@pulumi/pulumi"), "mergeOptions", (merge) => (given, added) => {
  return merge(given, withoutVersions(added as object | undefined));
});
