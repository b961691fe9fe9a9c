import { globMatches, parseGlob } from "../domain/settings/glob";

/** Who owns a file by a CODEOWNERS file. */
export interface FileOwners {
  owners: readonly string[];
  /** Patterns that are not read, so that somebody else may own the file. */
  unread: readonly string[];
}

/** GitLab's sections: `[Name]`, `^[Name]` or `[Name][2] @owner`, whose owners are those of lines without any. */
const SECTION = /^\^?\[([^\]]{1,200})\](?:\[\d{1,3}\])?\s*(.*)$/;
const OWNER = /^(?:@[\w./@-]{1,200}|[^\s@]{1,100}@[^\s@]{1,150})$/;

/**
 * The owners of a path: the last line of each section whose pattern matches, as GitHub and GitLab read them.
 * Sources: GitHub, "About code owners"; GitLab, "Code Owners syntax".
 */
export function ownersOf(codeowners: string, path: string): FileOwners {
  const bySection = new Map<string, readonly string[]>();
  const unread: string[] = [];
  let [section, usual]: [string, readonly string[]] = ["", []];
  for (const raw of codeowners.split(/\r?\n/).slice(0, 10_000)) {
    const line = raw.replace(/(?:^|\s)#.*$/, "").trim();
    if (line === "") continue;
    const [, named, rest = ""] = SECTION.exec(line) ?? [];
    if (named !== undefined) {
      [section, usual] = [named.toLowerCase(), rest.split(/\s+/).filter((word) => OWNER.test(word))];
      continue;
    }
    const [pattern = "", ...words] = line.split(/(?<!\\)\s+/);
    const globs = globsOf(pattern.replaceAll("\\ ", " "));
    if (globs === undefined) unread.push(pattern);
    if (globs?.some((glob) => globMatches(glob, path)) !== true) continue;
    const owners = words.filter((word) => OWNER.test(word));
    bySection.set(section, words.length === 0 ? usual : owners);
  }
  return { owners: [...new Set([...bySection.values()].flat())].sort(), unread };
}

/** A pattern as globs of whole paths, one of which matches; undefined for what is not read. */
function globsOf(pattern: string) {
  const anchored = pattern.replace(/\/$/, "").includes("/");
  const body = pattern.replace(/^\//, "");
  // `docs/*` owns what stands in the folder, and nothing below that.
  const last = body.split("/").at(-1);
  const inside = body.endsWith("/") ? [`${body}**`] : [body, ...(last === "*" && anchored ? [] : [`${body}/**`])];
  const all = inside.flatMap((each) => (anchored || each.startsWith("**/") ? [each] : [each, `**/${each}`]));
  // `**/` stands for nothing as well.
  const whole = all.flatMap((each) => (each.includes("**/") ? [each, each.replaceAll("**/", "")] : [each]));
  const read = whole.map(parseGlob);
  return read.some((globs) => globs === undefined) ? undefined : read.flatMap((globs) => globs ?? []);
}
