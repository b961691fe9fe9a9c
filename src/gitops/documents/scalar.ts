import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import type { Leaf } from "./tree";

/** Characters from `start` to `end` that become another text. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** Texts that stand without quotes in every position, and hold nothing that YAML reads as its own. */
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9._/:@+-]*$/;
/**
 * Without quotes some reader takes these for something else than a text: numbers in all bases, exponents, times by colons,
 * dates, booleans. Source: YAML 1.2.2, 10.3.2 "Tag Resolution"; YAML 1.1 types int, float, bool, timestamp, which Flux's
 * and Helm's reader (sigs.k8s.io/yaml) knows too.
 */
const NO_TEXT = [
  /^[-+]?\d[\d_]*(?:\.[\d_]*)?(?:e[-+]?\d*)?$/i,
  /^[-+]?0[xob][\da-f_]*$/i,
  /^\d+(?::\d+)+(?:\.\d*)?$/,
  /^\d{4}-\d\d?-\d\d?(?:$|t)/i,
  /^(?:y|n|yes|no|on|off|true|false|null|nan|inf|_+)$/i,
];

/** True for a text that may stand without quotes and stays a text for every reader. */
export const isSafePlain = (text: string): boolean =>
  PLAIN.test(text) && !text.endsWith(":") && !NO_TEXT.some((form) => form.test(text));

/** The text as a new scalar: without quotes where that is safe. */
export const writeScalar = (text: string): string => (isSafePlain(text) ? text : JSON.stringify(text));

/**
 * The edit that gives a scalar another text in the quotes that it has; one without quotes gets them where it must.
 *
 * @param source the whole file
 * @param where names the place, for errors
 * @throws DualRegistryError CHANGE_REFUSED for a scalar whose text stands in pieces
 */
export function editScalar(source: string, leaf: Leaf, text: string, where: string): Edit {
  const { node } = leaf;
  const [start = 0, end = 0] = node.range ?? [];
  switch (node.type) {
    case "QUOTE_SINGLE":
      return { start, end, text: `'${text.replaceAll("'", "''")}'` };
    case "QUOTE_DOUBLE":
      return { start, end, text: JSON.stringify(text) };
    case "BLOCK_LITERAL":
    case "BLOCK_FOLDED":
      return editBlock(source, leaf, text, where);
    default:
      return start === end ? fillEmpty(source, start, text) : { start, end, text: writeScalar(text) };
  }
}

/** Behind `key:` with nothing there. */
function fillEmpty(source: string, at: number, text: string): Edit {
  const before = /[\s[{,]/.test(source.charAt(at - 1)) ? "" : " ";
  const after = /^(?:[\s,}\]]|$)/.test(source.slice(at, at + 1)) ? "" : " ";
  return { start: at, end: at, text: `${before}${writeScalar(text)}${after}` };
}

/** A block has one line of text, which is replaced where it stands. */
function editBlock(source: string, leaf: Leaf, text: string, where: string): Edit {
  const [start = 0, end = 0] = leaf.node.range ?? [];
  const body = source.indexOf("\n", start) + 1;
  const old = leaf.text.trim();
  const at = old === "" ? -1 : source.slice(body, end).indexOf(old);
  if (body === 0 || at < 0) {
    throw new DualRegistryError(
      "CHANGE_REFUSED",
      `${where}: ${quoted(leaf.text)} stands in a block of several lines; write it on one line`,
    );
  }
  return { start: body + at, end: body + at + old.length, text };
}

/** The text with its edits. Equal edits count once. @throws DualRegistryError CHANGE_REFUSED for edits that contradict */
export function applyEdits(source: string, edits: readonly Edit[], where: (start: number) => string): string {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  let result = "";
  let at = 0;
  let last: Edit | undefined;
  for (const edit of sorted) {
    if (last?.start === edit.start && last.end === edit.end && last.text === edit.text) continue;
    if (last !== undefined && (edit.start < last.end || (edit.start === last.start && edit.end === last.end))) {
      throw new DualRegistryError(
        "CHANGE_REFUSED",
        `${where(edit.start)}: one value would become ${quoted(last.text)} and ${quoted(edit.text)}; ` +
          `an anchor gives it to several images: give each a value of its own`,
      );
    }
    result += source.slice(at, edit.start) + edit.text;
    at = edit.end;
    last = edit;
  }
  return result + source.slice(at);
}
