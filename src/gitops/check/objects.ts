import { CORE_SCHEMA, loadAll, Type } from "js-yaml";
import { posix } from "node:path";
import { isObject, textAt } from "../../base/json";
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
const KINDS = ["HelmRelease", "HelmRepository", "OCIRepository", "HelmChart", "ConfigMap", "Secret", "Kustomization"];
/** Cheap: most files hold none of these, and are not parsed for them. */
const PERHAPS = new RegExp(`\\bkind["']?\\s*:\\s*["']?(?:${KINDS.join("|")}|List)\\b`);
/** The types of Kubernetes, which has no dates; with merge keys, which its tools resolve. Source: YAML merge key, yaml.org/type/merge. */
const SCHEMA = CORE_SCHEMA.extend(
  new Type("tag:yaml.org,2002:merge", { kind: "scalar", resolve: (text: unknown) => text === "<<" || text === null }),
);

/** Documents of a text; undefined where it is no YAML. An anchor that is used a thousand times is one value. */
export function documentsOf(text: string): unknown[] | undefined {
  try {
    return loadAll(text, undefined, { schema: SCHEMA });
  } catch {
    return undefined;
  }
}

/** The objects of a file that a HelmRelease is put together from; none where it is no YAML. */
export function objectsIn(file: string, text: string): RepositoryObject[] {
  if (!PERHAPS.test(text)) return [];
  const documents = documentsOf(text) ?? [];
  return documents.flatMap((value, document) =>
    itemsOf(value).flatMap((each): RepositoryObject[] => {
      const [kind, name, namespace] = [
        textAt(each, "kind"),
        textAt(each, "metadata", "name"),
        textAt(each, "metadata", "namespace"),
      ];
      if (kind === undefined || name === undefined || !KINDS.includes(kind)) return [];
      return [{ file, document, kind, name, value: each, ...(namespace !== undefined && { namespace }) }];
    }),
  );
}

function itemsOf(value: unknown, depth = 0): Record<string, unknown>[] {
  if (!isObject(value)) return [];
  const { kind, items } = value;
  if (typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items) || depth > 3) return [value];
  return items.flatMap((item: unknown) => itemsOf(item, depth + 1));
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

  constructor(private readonly folder: RepositoryFolder) {}

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
    if (first === undefined) return `${kind} ${name} is not in this repository`;
    if (second === undefined || second.near < first.near) return first.one;
    return `${kind} ${name} stands in ${first.one.file} and in ${second.one.file}, and neither is nearer`;
  }

  private read(): ReadonlyMap<string, readonly RepositoryObject[]> {
    const known = new Map<string, RepositoryObject[]>();
    for (const file of this.folder.manifests) {
      for (const object of objectsIn(file, this.folder.read(file))) {
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
