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

const LONGEST_VALUE = 60;

/** A value as one short line: JSON, cut, and without control characters, since it comes from outside. */
export function showValue(value: unknown): string {
  const text = (value === undefined ? "nothing" : JSON.stringify(value)).replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e]/g,
    "?",
  );
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE - 1)}…`;
}

/** A path as people write it: `images[2].class`. */
export function showPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}

/** A path without what would break its line or a terminal: a key comes from outside as well. */
const plain = (text: string) => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/g, "?");

/** The report: a line a problem, in the order of file and path, none twice. */
export function reportProblems(problems: readonly Problem[]): string {
  const lines = problems.map(({ file, path, what, allowed }) => plain(`${file}: ${path}: ${what}; ${allowed}`));
  return [...new Set(lines)].sort().join("\n");
}
