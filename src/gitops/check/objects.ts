import { CORE_SCHEMA, loadAll, Type } from "js-yaml";
import { posix } from "node:path";
import { isObject, textAt } from "../../base/json";
import { quoted } from "../../base/text/quote";
import type { RepositoryFolder } from "./folder";

/** An object of a repository, as its file has it. */
export interface RepositoryObject {
  file: string;
  /** Index of the YAML document. */
  document: number;
  kind: string;
  /** Absent where it is left to a Kustomization. */
  namespace?: string;
  name: string;
  value: Readonly<Record<string, unknown>>;
}

/** Kinds that a HelmRelease is put together from, and itself. */
const KINDS = [
  ...["HelmRelease", "HelmRepository", "OCIRepository", "GitRepository", "HelmChart"],
  ...["ConfigMap", "Secret", "Kustomization"],
];
/**
 * Escapes by which a text in quotes says letters that do not stand there: of characters, and of line breaks, those of YAML 1.1
 * among them. Source: YAML 1.2.2, 5.7; YAML 1.1, 4.2.
 */
export const SPELLED_OTHERWISE = /\\[xuU\r\n\u0085\u2028\u2029]/;
/** Cheap: most files hold none of these, and are not parsed for them. */
const PERHAPS = new RegExp(`${KINDS.join("|")}|ResourceSet|${SPELLED_OTHERWISE.source}`);
/**
 * A text without quotes that readers of YAML 1.1 take for a boolean or an octal number and those of 1.2 do not: Helm and
 * kubectl read it one way, Kustomize the other.
 */
export class Ambiguous {
  readonly [Symbol.toStringTag] = "Ambiguous";
  constructor(private readonly text: string) {}

  /** As the key of a mapping it stays the text. */
  toString(): string {
    return this.text;
  }
}
/** Source: YAML 1.1, "Boolean Language-Independent Type", "Integer Language-Independent Type". */
const AMBIGUOUS =
  /^(?:[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|[-+]?0[0-9_]+|[-+]?0[bo][0-7_]+|[-+]?[0-9]+_[0-9_]*)$/;
const NOTHING = /^(?:~|null|Null|NULL)?$/;

/** The types of Kubernetes, which has no dates; with merge keys, which its tools resolve. Source: YAML merge key, yaml.org/type/merge. */
const SCHEMA = CORE_SCHEMA.extend({
  implicit: [
    // In the place of the type that is looked at first: the one of numbers would take 0123 for 123.
    new Type("tag:yaml.org,2002:null", {
      kind: "scalar",
      resolve: (text: unknown) =>
        text === null || (typeof text === "string" && (NOTHING.test(text) || AMBIGUOUS.test(text))),
      construct: (text: unknown) => (typeof text === "string" && AMBIGUOUS.test(text) ? new Ambiguous(text) : null),
    }),
    new Type("tag:yaml.org,2002:merge", { kind: "scalar", resolve: (text: unknown) => text === "<<" }),
  ],
});

/** Documents of a text; undefined where it is no YAML. An anchor that is used a thousand times is one value. */
export function documentsOf(text: string): unknown[] | undefined {
  try {
    return loadAll(text, undefined, { schema: SCHEMA });
  } catch {
    return undefined;
  }
}

/** The objects of a file that a HelmRelease is put together from; undefined where it is no YAML. */
export function objectsIn(file: string, text: string): RepositoryObject[] | undefined {
  if (!PERHAPS.test(text)) return [];
  return documentsOf(text)?.flatMap((value, document) =>
    itemsOf(value).flatMap(({ item, kind }): RepositoryObject[] => {
      const [name, namespace] = [textAt(item, "metadata", "name"), textAt(item, "metadata", "namespace")];
      if (name === undefined || !KINDS.includes(kind)) return [];
      return [{ file, document, kind, name, value: item, ...(namespace !== undefined && { namespace }) }];
    }),
  );
}

interface Item {
  item: Record<string, unknown>;
  kind: string;
}

/** An object, or those of a List, which may leave the kind to it. */
function itemsOf(value: unknown, ofList = "", depth = 0): Item[] {
  if (!isObject(value)) return [];
  const kind = textAt(value, "kind") ?? ofList;
  const { items } = value;
  if (!kind.endsWith("List") || !Array.isArray(items) || depth > 3) return [{ item: value, kind }];
  return items.flatMap((item: unknown) => itemsOf(item, kind.replace(/List$/, ""), depth + 1));
}

/** Kinds of Flux that make others: what stands inside another object is made by whoever reads that one. */
const MAKERS = ["HelmRelease", "Kustomization"];
const MADE = new RegExp(`${MAKERS.join("|")}|ResourceSet|${SPELLED_OTHERWISE.source}`);
/** Values that are looked at in a file, with aliases followed. */
const MAX_VALUES = 300_000;

/** What deploys and stands inside another object, or is written there as a template: it is not rendered. */
export function madeByOthers(text: string): string[] {
  if (!MADE.test(text)) return [];
  const found = new Set<string>();
  let count = 0;
  const look = (value: unknown, owner: string): void => {
    if (++count > MAX_VALUES) found.add(`more than ${MAX_VALUES} values`);
    if (count > MAX_VALUES || typeof value !== "object" || value === null) return;
    const kind = textAt(value, "kind");
    if (kind !== undefined && MAKERS.includes(kind) && "spec" in value) found.add(`${kind} inside ${owner}`);
    for (const inner of Object.values(value)) look(inner, owner);
  };
  for (const { item, kind } of (documentsOf(text) ?? []).flatMap((value) => itemsOf(value))) {
    const owner = `${kind} ${quoted(textAt(item, "metadata", "name") ?? "")}`;
    if (kind === "ResourceSet" && textAt(item, "spec", "resourcesTemplate") !== undefined)
      found.add(`resourcesTemplate of ${owner}`);
    for (const inner of Object.values(item)) look(inner, owner);
  }
  return [...found];
}

/** What is looked for. */
export interface ObjectName {
  kind: string;
  name: string;
  namespace?: string | undefined;
}

/** Finds what an object refers to; the repository is read when something is first looked for. */
export class ObjectIndex {
  private known: ReadonlyMap<string, readonly RepositoryObject[]> | undefined;

  /** @param whyNot says why a file's object is not what another file means, in words */
  constructor(
    private readonly folder: RepositoryFolder,
    private readonly whyNot: (
      object: { kind: string; name: string; file?: string },
      from: string,
    ) => string | undefined,
  ) {}

  /**
   * The object of that name; of several, as environments side by side have them, the one whose file stands nearest.
   *
   * @returns why there is none, in words
   */
  find({ kind, name, namespace }: ObjectName, from: string): RepositoryObject | string {
    this.known ??= this.read();
    const named = (this.known.get(`${kind}/${name}`) ?? []).filter(
      (one) => one.namespace === undefined || namespace === undefined || one.namespace === namespace,
    );
    const ranked = named.map((one) => ({ one, near: nearness(one.file, from) })).sort((a, b) => b.near - a.near);
    const [first, second] = ranked;
    const made = this.whyNot({ kind, name }, from);
    if (made !== undefined) return made;
    if (first === undefined) return `${kind} ${name} is not in this repository`;
    const wrong = this.whyNot({ kind, name, file: first.one.file }, from);
    if (wrong !== undefined) return wrong;
    if (second === undefined || second.near < first.near) return first.one;
    return `${kind} ${name} stands in ${first.one.file} and in ${second.one.file}, and neither is nearer`;
  }

  private read(): ReadonlyMap<string, readonly RepositoryObject[]> {
    const known = new Map<string, RepositoryObject[]>();
    for (const file of this.folder.manifests) {
      for (const object of objectsIn(file, this.folder.read(file) ?? "") ?? []) {
        const key = `${object.kind}/${object.name}`;
        known.set(key, [...(known.get(key) ?? []), object]);
      }
    }
    return known;
  }
}

/** How many folders two files have in common from the top, and the file itself. */
function nearness(file: string, other: string): number {
  if (file === other) return Number.POSITIVE_INFINITY;
  const [one, two] = [posix.dirname(file).split("/"), posix.dirname(other).split("/")];
  const differs = one.findIndex((part, at) => part !== two[at]);
  return differs < 0 ? one.length : differs;
}
