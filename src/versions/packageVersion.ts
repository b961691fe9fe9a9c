import {
  isObjectLiteralExpression,
  isPropertyAssignment,
  isStringLiteral,
  type Node,
  parseJsonText,
  type PropertyAssignment,
} from "typescript";
import { DualRegistryError } from "../base/errors";
import { fieldAt, isObject, parseJson } from "../base/json";

/** Bytes of the largest package.json or lock file that is read. */
export const MAX_PACKAGE = 32 * 1024 * 1024;

/** Where the version of the package itself stands. Source: docs.npmjs.com, package.json and package-lock.json. */
const OWN = [["version"]] as const;
const OF_LOCK = [["version"], ["packages", "", "version"]] as const;

/** The version that a package.json says; undefined where it says none. @throws DualRegistryError CONTENT_INVALID */
export function readPackageVersion(text: string, file: string): string | undefined {
  const json = parseJson(Buffer.from(text), file);
  if (!isObject(json))
    throw new DualRegistryError("CONTENT_INVALID", `${file}: it is no object; wanted: a package.json`);
  const version = fieldAt(json, "version");
  return typeof version === "string" ? version : undefined;
}

/** A package.json with another version; every other character stays. @throws DualRegistryError CONTENT_INVALID */
export const bumpPackage = (text: string, file: string, version: string): string => splice(text, file, OWN, version);

/** A package-lock.json with another version of its own package; every other character stays. @throws as {@link bumpPackage} */
export const bumpLock = (text: string, file: string, version: string): string => splice(text, file, OF_LOCK, version);

function splice(text: string, file: string, paths: readonly (readonly string[])[], version: string): string {
  parseJson(Buffer.from(text), file);
  const source = parseJsonText(file, text);
  const root = source.statements[0]?.expression;
  const places = paths.flatMap((path) => {
    const found = root === undefined ? undefined : valueAt(root, path, file);
    return found === undefined || !isStringLiteral(found)
      ? []
      : [{ start: found.getStart(source), end: found.getEnd() }];
  });
  // The last place first, so that those before it stay right.
  return places
    .sort((a, b) => b.start - a.start)
    .reduce((all, { start, end }) => `${all.slice(0, start)}${JSON.stringify(version)}${all.slice(end)}`, text);
}

/** The value at a path of keys. @throws DualRegistryError CONTENT_INVALID for a key that is there twice */
function valueAt(root: Node, path: readonly string[], file: string): Node | undefined {
  let node: Node | undefined = root;
  for (const key of path) {
    if (node === undefined || !isObjectLiteralExpression(node)) return undefined;
    const found: readonly PropertyAssignment[] = node.properties
      .filter(isPropertyAssignment)
      .filter(({ name }) => isStringLiteral(name) && name.text === key);
    if (found.length > 1) {
      throw new DualRegistryError("CONTENT_INVALID", `${file}: ${JSON.stringify(key)} stands there twice; leave one`);
    }
    node = found[0]?.initializer;
  }
  return node;
}
