import { diffLines } from "diff";
import type { Json } from "../../base/json";
import { escapeUnsafe } from "../../base/text/unsafe";

/** One line of two texts compared: only in the old one, only in the new one, or in both. */
export interface DiffLine {
  sign: "-" | "+" | " ";
  /** With unsafe characters as escapes. */
  text: string;
}

/** Lines of both texts that are shown around what differs. */
const CONTEXT = 1;

/**
 * The lines in which two long texts differ, with a line around them and `…` where others are left out; a text that is
 * JSON is laid out first. Undefined where one of them is no text of several lines.
 */
export function differingLines(before: Json | undefined, after: Json | undefined): readonly DiffLine[] | undefined {
  if (typeof before !== "string" || typeof after !== "string") return undefined;
  const [old, now] = [laidOut(before), laidOut(after)];
  if (!old.includes("\n") && !now.includes("\n")) return undefined;
  const lines = diffLines(`${old}\n`, `${now}\n`).flatMap(({ value, added, removed }) =>
    value
      .replace(/\n$/, "")
      .split("\n")
      .map((text): DiffLine => ({ sign: removed ? "-" : added ? "+" : " ", text: escapeUnsafe(text) })),
  );
  const near = lines.map((_line, at) => lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(differs));
  return lines.flatMap((line, at) => {
    if (near[at]) return [line];
    return at === 0 || near[at - 1] ? [{ sign: " " as const, text: "…" }] : [];
  });
}

const differs = ({ sign }: DiffLine): boolean => sign !== " ";

/** JSON of an object or a list, indented; any other text as it is. */
function laidOut(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
