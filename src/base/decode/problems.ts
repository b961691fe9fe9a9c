import { escapeUnsafe } from "../text/unsafe";
import { nearest } from "../text/nearest";

/** One thing wrong with the configuration. */
export interface Problem {
  /** The file the fact stands in, such as `Pulumi.qa.yaml`. */
  file: string;
  /** Path of the fact below the project's namespace, such as `registries.secure.sku`. */
  path: string;
  /** What is wrong, with the value where it may be shown. */
  what: string;
  /** What is allowed, or what to do. */
  allowed: string;
  /** Path of the key that was probably meant, for a key that there is not. */
  meant?: string;
  /**
   * What this was concluded from: `paths` that say nothing, or do not name `name`. It is no problem where one of the
   * paths has a problem itself, since what stands there was not read.
   */
  from?: { paths: readonly string[]; name?: string };
}

/** A path as people write it: `images[2].class`. */
export function showPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}

/** The key that was probably meant by another: the nearest, or the only one that begins alike, such as by `repo`. */
export function meantKey(key: string, known: readonly string[]): string | undefined {
  const near = nearest(key, known);
  const start = key.length < 6 ? key : key.slice(0, -1);
  const alike = start.length < 3 ? [] : known.filter((name) => name.startsWith(start));
  return near ?? (alike.length === 1 ? alike[0] : undefined);
}

/** What to do about a key that there is not: the one that was probably meant, or all there are. */
export function keyAdvice(key: string, known: readonly string[]): string {
  const meant = meantKey(key, known);
  return meant === undefined ? `allowed: ${[...known].sort().join(", ")}` : `did you mean \`${meant}\`?`;
}

const isBelow = (path: string, parent: string) =>
  path.startsWith(parent) && ["", ".", "["].includes(path.charAt(parent.length));

/** True where a problem leaves open what stands at a path: it is at the path, below or above it, or misspells it. */
export function concerns({ path, meant }: Problem, other: string): boolean {
  return [path, ...(meant === undefined ? [] : [meant])].some((one) => isBelow(one, other) || isBelow(other, one));
}

/**
 * The problems without those that only follow from another one.
 *
 * @param mentions whether the value of a top-level key holds a name, decodable or not
 */
export function withoutConsequences(
  problems: readonly Problem[],
  mentions: (key: string, name: string) => boolean,
): Problem[] {
  const causes = problems.filter(({ from }) => from === undefined);
  return problems.filter(({ from }) => {
    if (from === undefined) return true;
    const { paths, name } = from;
    return !paths.some((path) => {
      if (!causes.some((cause) => concerns(cause, path))) return false;
      return name === undefined || mentions(path.split(".")[0] ?? path, name);
    });
  });
}

/** The report: a line a problem, in the order of file and path, none twice. */
export function reportProblems(problems: readonly Problem[]): string {
  const lines = problems.map(({ file, path, what, allowed }) => escapeUnsafe(`${file}: ${path}: ${what}; ${allowed}`));
  return [...new Set(lines)].sort().join("\n");
}
