import { isAlias, isMap, isScalar, isSeq, parseAllDocuments } from "yaml";
import { findImages } from "../documents";

/** A path at which two files differ; values may be confidential, and are not told. */
export interface Difference {
  document: number;
  path: string;
  in: "both" | "source" | "target";
}

/** Differences that are told; the rest is counted. */
const TOLD = 50;
const MAX_VALUES = 20_000;

/**
 * Where the values of two files differ beside their images: the environment's own, which a promotion leaves alone.
 * Both were read before, by {@link findImages}, which refuses what is too large or too deep.
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
  const images = findImages("file", text).images.map(({ document, path }) => `${document} ${JSON.stringify(path)}`);
  const own = new Set(images);
  const values = new Map<string, Value>();
  const walk = (node: unknown, document: number, path: readonly (string | number)[]): void => {
    if (values.size >= MAX_VALUES || own.has(`${document} ${JSON.stringify(path)}`)) return;
    if (isMap(node)) {
      for (const { key, value } of node.items) walk(value, document, [...path, isScalar(key) ? String(key.value) : ""]);
    } else if (isSeq(node)) node.items.forEach((item, at) => walk(item, document, [...path, at]));
    else {
      const shown = isAlias(node) ? `*${node.source}` : isScalar(node) ? String(node.value) : "";
      values.set(`${document} ${JSON.stringify(path)}`, { document, path: path.join("."), text: shown });
    }
  };
  const documents = parseAllDocuments(text, { schema: "failsafe", prettyErrors: false });
  if (Array.isArray(documents)) documents.forEach((each, at) => walk(each.contents, at, []));
  return values;
}
