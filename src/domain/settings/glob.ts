/** One token of a glob: a character as it stands, any one character, or any run of them, within a name or beyond it. */
type Token = { one: string } | "any" | "name" | "path";

/** A glob that was taken apart. */
export type Glob = readonly Token[];

/** Characters of the longest glob that is read: registries take fewer. */
const MAX_GLOB = 256;
/** Alternatives that braces may stand for. */
const MAX_ALTERNATIVES = 32;

/** `{a,b}` written out, from the left. */
function alternatives(text: string): readonly string[] | undefined {
  const [whole, head = "", inner = "", tail = ""] = /^([^{}]*)\{([^{}]*)\}(.*)$/s.exec(text) ?? [];
  if (whole === undefined) return /[{}]/.test(text) ? undefined : [text];
  const rests = alternatives(tail);
  const all = rests && inner.split(",").flatMap((each) => rests.map((rest) => `${head}${each}${rest}`));
  return all === undefined || all.length > MAX_ALTERNATIVES ? undefined : all;
}

function tokensOf(text: string): Glob {
  const parts = text.match(/\*+|[^]/gu) ?? [];
  return parts.map((part) => {
    if (part === "?") return "any";
    if (!part.startsWith("*")) return { one: part };
    return part.length > 1 ? "path" : "name";
  });
}

/**
 * Takes a glob apart: `*` for any run of characters within a name, `**` for one that crosses `/`, `?` for one character,
 * `{a,b}` for either. What else stands in it, such as a class of characters or an expression, is not read: no tag has it.
 *
 * @returns the globs that it stands for, of which one must match; undefined for what is not read
 */
export function parseGlob(text: string): readonly Glob[] | undefined {
  if (text.length > MAX_GLOB || /[^\w.\-*?{},/]/.test(text)) return undefined;
  return alternatives(text)?.map(tokensOf);
}

/** Where a reader of a glob may be, in rising order: the tokens that were passed. */
export type GlobPlaces = readonly number[];

/** Runs may stand for nothing, so whoever stands before one stands behind it as well. */
function withRuns(glob: Glob, places: readonly number[]): GlobPlaces {
  const all = new Set<number>();
  for (const place of places) {
    all.add(place);
    for (let at = place; glob[at] === "name" || glob[at] === "path"; at++) all.add(at + 1);
  }
  return [...all].sort((a, b) => a - b);
}

/** Before the first character. */
export const globStart = (glob: Glob): GlobPlaces => withRuns(glob, [0]);

/** Behind one more character; empty where nothing that follows can match. */
export function globStep(glob: Glob, places: GlobPlaces, character: string): GlobPlaces {
  const next = places.flatMap((place) => {
    const token = glob[place];
    if (token === undefined) return [];
    if (token === "path" || (token === "name" && character !== "/")) return [place];
    if (token === "any") return character === "/" ? [] : [place + 1];
    return typeof token === "object" && token.one === character ? [place + 1] : [];
  });
  return withRuns(glob, next);
}

/** True where the text that was read matches as it is. */
export const globAccepts = (glob: Glob, places: GlobPlaces): boolean => places.includes(glob.length);

/** True where a text matches a glob whole; never slow, whatever the glob. */
export function globMatches(glob: Glob, text: string): boolean {
  let places = globStart(glob);
  for (const character of text) places = globStep(glob, places, character);
  return globAccepts(glob, places);
}

/**
 * A regular expression as a glob, where it is no more than characters, `.*` and `.`: nobody runs an expression from
 * outside here, since one may take for ever.
 *
 * @param anchored whether the registry compares it with the whole text; else a text that holds it somewhere matches
 *   unless `^` or `$` says otherwise; `start`: it must begin where the text begins
 * @returns undefined for every other expression
 */
export function globOfExpression(expression: string, anchored: "whole" | "start" | "nowhere"): string | undefined {
  const [, begins, body = "", ends] = /^(\^?)(.*?)(\$?)$/s.exec(expression) ?? [];
  const parts = body.match(/\.\*|\.\+|\\[.\-_]|[A-Za-z0-9_-]|\./g) ?? [];
  if (parts.join("") !== body) return undefined;
  const glob = parts.map((part) => {
    if (part === ".*") return "*";
    if (part === ".+") return "?*";
    if (part === ".") return "?";
    return part.replace("\\", "");
  });
  const head = begins === "^" || anchored !== "nowhere" ? "" : "*";
  const tail = ends === "$" || anchored === "whole" ? "" : "*";
  return `${head}${glob.join("")}${tail}`.replace(/\*+/g, "*");
}
