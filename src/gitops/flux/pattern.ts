import { runInNewContext } from "node:vm";
import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";

/** Which tags a policy looks at, and which part of them. Source: image.toolkit.fluxcd.io/v1, TagFilter. */
export interface TagFilter {
  /** An expression of Go's (RE2). */
  pattern: string;
  /** Such as `$version`; absent: the whole tag. */
  extract?: string;
}

/** A tag that the pattern takes, and what the policy sees of it. */
export interface FilteredTag {
  tag: string;
  seen: string;
}

/** Groups and sets that one language of expressions has and the other lacks. Source: RE2 syntax; ECMAScript, "Patterns". */
const FOREIGN = /\(\?[=!]|\(\?<[=!]|\[\[:|\(\?[imsU-]+:/;
/** Escapes that both read alike: classes of ASCII, control characters, a byte, and punctuation that stands for itself. */
const COMMON_ESCAPE = /^\\(?:[dDwWsSbBfnrtv]|x[0-9A-Fa-f]{2}|[!-/:-@[-`{-~])$/;
/** Most repeats of RE2. */
const MOST_REPEATS = 1000;

/** Whether both languages read an expression alike, as far as its escapes, sets and repeats go. */
function isCommon(expression: string): boolean {
  if (FOREIGN.test(expression)) return false;
  const ESCAPE = /\\(?:x[0-9A-Fa-f]{2}|[^]|$)/g;
  if ([...expression.matchAll(ESCAPE)].some(([escape]) => !COMMON_ESCAPE.test(escape))) return false;
  const parts = [...expression.matchAll(/\\[^]|\[(?:\\[^]|[^\]\\])*\]|\{(\d+)(?:,(\d*))?\}/g)];
  return parts.every(([part, least = "0", most = "0"]) => {
    if (part.startsWith("{")) return Number(least) <= MOST_REPEATS && Number(most) <= MOST_REPEATS;
    // An empty set, which RE2 goes on reading; a range up to a class; and a border of words, which is a character there.
    return !part.startsWith("[") || !/^\[\^?\]|[^[^]-\\[dDwWsS]|\\[bB]/.test(part);
  });
}

/** Longest pattern, and milliseconds that all tags may take: some expressions never end. */
const LIMITS = { pattern: 1_000, time: 2_000 } as const;

/**
 * The tags that a filter takes, and what it extracts of each. Of tags that give the same text the last one counts, as in
 * Flux (internal/policy/filter.go, Apply).
 *
 * @param where names its place, for errors
 * @throws DualRegistryError CONTENT_INVALID for a pattern that Flux does not take or that cannot be followed here
 */
export function filterTags(
  tags: readonly string[],
  { pattern, extract = "" }: TagFilter,
  where: string,
): FilteredTag[] {
  const refuse = (why: string) =>
    new DualRegistryError(
      "CONTENT_INVALID",
      `${where}: pattern ${quoted(pattern)} ${why}; allowed: an expression of RE2`,
    );
  if (pattern.length > LIMITS.pattern) throw refuse(`is longer than ${LIMITS.pattern} characters`);
  const [, flags = "", body = pattern] = /^\(\?([is]+)\)([^]*)$/.exec(pattern) ?? [];
  const source = body
    .replaceAll("(?P<", "(?<")
    .replace(/^\\A/, "^")
    .replace(/(?<!\\)((?:\\\\)*)\\z$/, "$1$");
  if (!isCommon(source)) throw refuse("holds what RE2 does not have, or what is not followed here");
  let expression: RegExp;
  try {
    expression = new RegExp(source, flags);
  } catch {
    throw refuse("is no expression");
  }
  const bySeen = new Map<string, string>();
  for (const { tag, match } of matches(tags, expression, refuse)) {
    bySeen.set(extract === "" ? tag : expand(extract, match), tag);
  }
  return [...bySeen].map(([seen, tag]) => ({ seen, tag }));
}

interface Match {
  groups: readonly (string | null)[];
  named: Readonly<Record<string, string>>;
}

/** All tags are matched with an end to the time, which only a context of its own has. */
function matches(
  tags: readonly string[],
  expression: RegExp,
  refuse: (why: string) => DualRegistryError,
): { tag: string; match: Match }[] {
  const script = "(tags, expression) => tags.map((tag) => expression.exec(tag))";
  const found: { tag: string; match: Match }[] = [];
  try {
    // The texts are handed over as they are; nothing of theirs is run.
    const results = runInNewContext(
      `(${script})(tags, expression)`,
      { tags, expression },
      { timeout: LIMITS.time },
    ) as (RegExpExecArray | null)[];
    results.forEach((match, at) => {
      const tag = tags[at];
      if (match === null || tag === undefined) return;
      const groups = [...match].map((each: string | undefined) => each ?? null);
      found.push({ tag, match: { groups, named: { ...match.groups } } });
    });
  } catch {
    throw refuse(`takes more than ${LIMITS.time} ms for these tags`);
  }
  return found;
}

/** `$1`, `${name}`, `$name` and `$$`; what names no group is nothing. Source: Go's regexp package, Regexp.Expand. */
function expand(template: string, { groups, named }: Match): string {
  return template.replace(/\$(?:(\$)|\{(\w+)\}|(\w+))/g, (_, dollar?: string, inBraces?: string, bare?: string) => {
    if (dollar !== undefined) return "$";
    const name = inBraces ?? bare ?? "";
    return (/^\d+$/.test(name) ? groups[Number(name)] : named[name]) ?? "";
  });
}
