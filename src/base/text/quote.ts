import { escapeUnsafe } from "./unsafe";

const shortened = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;

/**
 * Text from outside as a message shows it: one line in double quotes, cut, without a character that could act.
 *
 * @param longest characters before it is cut @default 200
 */
export function quoted(text: string, longest = 200): string {
  return escapeUnsafe(JSON.stringify(shortened(text, longest)));
}

/**
 * A value from outside as a message shows it: its JSON on one line, cut, without a character that could act.
 *
 * @param longest characters before it is cut @default 60
 */
export function quotedValue(value: unknown, longest = 60): string {
  return shortened(escapeUnsafe(value === undefined ? "nothing" : JSON.stringify(value)), longest);
}

/** An address as a message may show it: without user, query and fragment, where secrets are kept. */
export function displayUrl(url: URL): string {
  return escapeUnsafe(shortened(`${url.protocol}//${url.host}${url.pathname}`, 200));
}

/** A word as a shell takes it whole, on a command line that people paste. */
export const shellWord = (word: string): string =>
  /^[\w.+:/@=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
