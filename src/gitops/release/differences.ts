import { locateImages } from "../documents/locate";
import { parseFile, type Tree } from "../documents/tree";

/** A path at which two files differ; values may be confidential, and are not told. */
export interface Difference {
  document: number;
  path: string;
  in: "both" | "source" | "target";
}

/** Differences that are told; the rest is counted. */
const TOLD = 50;
/** What of a file is compared at most, with aliases followed, which may be of aliases. */
const COMPARED = { values: 100_000, depth: 64 } as const;

/**
 * Where the values of two files differ beside their images: the environment's own, which a promotion leaves alone.
 * Aliases and merge keys are followed.
 *
 * @throws DualRegistryError CONTENT_INVALID for what is no YAML, or larger or deeper than allowed
 */
export function differencesOf(source: string, target: string): { differences: Difference[]; more: number } {
  const [one, other] = [valuesOf(source), valuesOf(target)];
  const all: Difference[] = [];
  for (const [key, { document, path, text }] of one) {
    const there = other.get(key);
    if (there === undefined) all.push({ document, path, in: "source" });
    else if (there.text !== text) all.push({ document, path, in: "both" });
  }
  for (const [key, { document, path }] of other) if (!one.has(key)) all.push({ document, path, in: "target" });
  return { differences: all.slice(0, TOLD), more: Math.max(0, all.length - TOLD) };
}

interface Value {
  document: number;
  path: string;
  text: string;
}

function valuesOf(text: string): Map<string, Value> {
  const parsed = parseFile("file", text);
  const own = new Set(
    locateImages(parsed).images.map(({ site: { document, path } }) => `${document} ${JSON.stringify(path)}`),
  );
  const values = new Map<string, Value>();
  let seen = 0;
  const walk = (tree: Tree, document: number, path: readonly (string | number)[]): void => {
    if (++seen > COMPARED.values || path.length > COMPARED.depth) return;
    const key = `${document} ${JSON.stringify(path)}`;
    if (own.has(key)) return;
    if (tree.kind === "leaf") values.set(key, { document, path: path.join("."), text: tree.text });
    else for (const [step, inner] of childrenOf(tree)) walk(inner, document, [...path, step]);
  };
  parsed.documents.forEach((tree, at) => {
    if (tree !== undefined) walk(tree, at, []);
  });
  return values;
}

const childrenOf = (tree: Exclude<Tree, { kind: "leaf" }>): Iterable<[string | number, Tree]> =>
  tree.kind === "map" ? tree.entries : tree.items.entries();
