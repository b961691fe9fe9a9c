import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Range,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import type { Path } from "./types";

/** Scalars stay texts; keys that stand there twice are looked for here, where it costs no square of their number. */
const OPTIONS = { schema: "failsafe", prettyErrors: false, uniqueKeys: false } as const;
/** What a file may be at most; more is refused before it costs time. */
const LIMITS = { characters: 4 * 1024 * 1024, depth: 64, values: 300_000 } as const;

/** A scalar: its text as it stands, never a number or a date that it could be read as. */
export interface Leaf {
  kind: "leaf";
  text: string;
  /** True where it has no quotes, so that its text may mean a number, a boolean or nothing. */
  plain: boolean;
  node: Scalar;
}

interface ListTree {
  kind: "list";
  items: Tree[];
}

/** A mapping as readers see it, with what `<<` brings in. */
export interface MapTree {
  kind: "map";
  entries: Map<string, Tree>;
  node: YAMLMap;
}

/** A document with aliases followed: a value that has several places is one object. */
export type Tree = Leaf | ListTree | MapTree;

/** A file that is read: its documents and how to say where something stands. */
export interface ParsedFile {
  file: string;
  text: string;
  /** Undefined for a document without a value. */
  documents: (Tree | undefined)[];
  /** The line of an offset, from 1. */
  lineAt: (offset: number) => number;
}

/** Control characters that YAML does not allow. Source: YAML 1.2.2, 5.1, "Character Set". */

const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
const CORE_TAG = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/;

/**
 * Reads YAML or JSON. Every scalar keeps its text, so that `1.10` is no number.
 *
 * @param file names it in errors
 * @throws DualRegistryError CONTENT_INVALID for what is not YAML, has a key twice, a type of its own (`!!js/function`), an
 * alias that contains itself, or is larger or deeper than allowed
 */
export function parseFile(file: string, text: string): ParsedFile {
  if (text.length > LIMITS.characters) {
    throw invalid(file, undefined, `more than ${LIMITS.characters} characters; split it`);
  }
  const counter = new LineCounter();
  const lineAt = (offset: number) => Math.max(1, counter.linePos(offset).line);
  const control = FORBIDDEN.exec(text);
  if (control !== null) {
    const line = text.slice(0, control.index).split("\n").length;
    throw invalid(file, line, `${quoted(control[0])} is a control character; allowed: none in YAML; remove it`);
  }
  const count = valueCounter(file);
  const documents = parseDocuments(file, text, counter).map((each) => treeOf(each, file, lineAt, count));
  return { file, text, lineAt, documents };
}

function parseDocuments(file: string, text: string, lineCounter: LineCounter): Document.Parsed[] {
  try {
    const parsed = parseAllDocuments(text, { ...OPTIONS, lineCounter });
    return Array.isArray(parsed) ? parsed : [];
  } catch (error) {
    // The parser calls itself for each level.
    if (error instanceof RangeError) throw tooDeep(file);
    throw error;
  }
}

const invalid = (file: string, line: number | undefined, problem: string): DualRegistryError =>
  new DualRegistryError("CONTENT_INVALID", `${quoted(file)}${line === undefined ? "" : `, line ${line}`}: ${problem}`);

const tooDeep = (file: string) =>
  invalid(file, undefined, `nested too deeply; allowed: at most ${LIMITS.depth} levels; flatten it`);

function treeOf(
  document: Document.Parsed,
  file: string,
  lineAt: ParsedFile["lineAt"],
  count: () => void,
): Tree | undefined {
  const [error] = document.errors;
  if (error?.code === "RESOURCE_EXHAUSTION") throw tooDeep(file);
  if (error !== undefined) {
    throw invalid(file, lineAt(error.pos[0]), `not YAML: ${error.message.split("\n")[0] ?? ""}; correct it`);
  }
  const [warning] = document.warnings;
  if (warning !== undefined) {
    throw invalid(
      file,
      lineAt(warning.pos[0]),
      `${warning.message.split("\n")[0] ?? ""}; allowed: plain YAML, without types`,
    );
  }
  // In the order of the text, as YAML has it: an alias is of the last anchor of that name in front of it.
  const anchors = new Map<string, Tree>();
  const fail = (node: { range?: Range | null | undefined }, problem: string) =>
    invalid(file, lineAt(node.range?.[0] ?? 0), problem);
  const build = (node: unknown, depth: number): Tree => {
    if (depth > LIMITS.depth) throw tooDeep(file);
    count();
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target !== undefined) return target;
      throw fail(
        node,
        `alias ${quoted(node.source)} has no anchor in front of it; allowed: one that is complete; add it`,
      );
    }
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) throw invalid(file, undefined, "holds what is not YAML's");
    if (node.tag !== undefined && !CORE_TAG.test(node.tag)) {
      throw fail(node, `type ${quoted(node.tag)} is not read; allowed: plain YAML; remove it`);
    }
    if (node.anchor !== undefined) anchors.delete(node.anchor);
    const inner = (child: unknown) => build(child, depth + 1);
    const tree: Tree = isScalar(node)
      ? leafOf(node)
      : isSeq(node)
        ? { kind: "list", items: node.items.map(inner) }
        : mapOf(node, inner, count, fail);
    if (node.anchor !== undefined) anchors.set(node.anchor, tree);
    return tree;
  };
  return document.contents === null ? undefined : build(document.contents, 0);
}

const leafOf = (node: Scalar): Leaf => ({
  kind: "leaf",
  text: typeof node.value === "string" ? node.value : "",
  plain: node.type === "PLAIN" || node.type === undefined,
  node,
});

/** Own keys win over what `<<` brings in, and of several sources the first. Source: YAML merge key, yaml.org/type/merge. */
function mapOf(
  node: YAMLMap,
  build: (inner: unknown) => Tree,
  count: () => void,
  fail: (key: Node, problem: string) => Error,
): MapTree {
  const entries = new Map<string, Tree>();
  const merged: Tree[] = [];
  for (const { key, value } of node.items) {
    if (isScalar(key) && key.type === "PLAIN" && key.value === "<<") {
      merged.push(build(value));
      continue;
    }
    const tree = build(key);
    // A key that is a list or a mapping names no image.
    const name = tree.kind === "leaf" ? tree.text : `? ${entries.size}`;
    if (entries.has(name)) throw fail(key as Node, `key ${quoted(name)} stands there twice; remove one of them`);
    entries.set(name, build(value));
  }
  for (const source of merged.flatMap((tree) => (tree.kind === "list" ? tree.items : [tree]))) {
    if (source.kind !== "map") continue;
    for (const [key, tree] of source.entries) {
      count();
      if (!entries.has(key)) entries.set(key, tree);
    }
  }
  return { kind: "map", entries, node };
}

/** What a leaf says, where it says something: a text, or anything without quotes that is not nothing. */
export function textOf(tree: Tree | undefined): string | undefined {
  if (tree?.kind !== "leaf") return undefined;
  const isNothing = tree.plain && /^(?:~|null|Null|NULL)?$/.test(tree.text);
  const text = tree.text.trimEnd();
  return isNothing || text === "" ? undefined : text;
}

/** The value below some keys. */
export function treeAt(tree: Tree | undefined, ...path: Path): Tree | undefined {
  return path.reduce<Tree | undefined>((inner, step) => {
    if (inner?.kind === "map") return inner.entries.get(String(step));
    return inner?.kind === "list" && typeof step === "number" ? inner.items[step] : undefined;
  }, tree);
}

/** Where a value begins. */
export function startOf(tree: Tree): number {
  if (tree.kind === "list") return tree.items[0] === undefined ? 0 : startOf(tree.items[0]);
  return tree.node.range?.[0] ?? 0;
}

/**
 * Counts the values that are looked at, so that aliases of aliases cost no more than a long file.
 *
 * @returns what is called once for each value
 */
export function valueCounter(file: string): () => void {
  let count = 0;
  return () => {
    if (++count > LIMITS.values) {
      throw invalid(file, undefined, `more than ${LIMITS.values} values, with aliases followed; split it`);
    }
  };
}
