/**
 * Characters that change how the text around them reads or what a terminal does: control characters (Cc), format
 * characters such as bidirectional overrides and zero-width joiners (Cf), line and paragraph separators (Zl, Zp),
 * private use (Co) and lone surrogates (Cs). Source: Unicode Standard Annex 44, General_Category.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

/** The escape that JSON, JavaScript and most readers know: one for each UTF-16 code unit. */
const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");

/**
 * Text on one line that shows what it holds: every unsafe character becomes its escape, such as `\u202e`.
 * The one set and the one function for everything that prints text from outside.
 */
export function escapeUnsafe(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** The same for a text of several lines, whose line feeds stay. */
export function escapeUnsafeLines(text: string): string {
  return text.replace(UNSAFE, (character) => (character === "\n" ? character : escaped(character)));
}

/** True where {@link escapeUnsafe} would change the text. */
export const isUnsafe = (text: string): boolean => text.search(UNSAFE) >= 0;
