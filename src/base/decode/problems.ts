import { escapeUnsafe } from "../text/unsafe";

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
}

/** A path as people write it: `images[2].class`. */
export function showPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}

/** The report: a line a problem, in the order of file and path, none twice. */
export function reportProblems(problems: readonly Problem[]): string {
  const lines = problems.map(({ file, path, what, allowed }) => escapeUnsafe(`${file}: ${path}: ${what}; ${allowed}`));
  return [...new Set(lines)].sort().join("\n");
}
