import { DualRegistryError } from "../base/errors";
import { readBounded } from "../base/file";
import { isObject, listOf, parseJson } from "../base/json";
import { quoted } from "../base/text/quote";

/** Bytes of the longest list of tags. */
const MAX_TAGS = 32 * 1024 * 1024;

/**
 * Tags of a list that somebody else wrote: a line each, or JSON. Source: OCI distribution specification 1.1, "Listing Tags".
 *
 * @param file `-` for standard input
 * @throws DualRegistryError CONTENT_INVALID, USAGE
 */
export function readTagList(file: string): string[] {
  const bytes = readBounded(file, MAX_TAGS);
  const text = bytes.toString("utf8");
  if (!/^\s*[{[]/.test(text)) return text.split(/\r?\n/).filter((line) => line !== "");
  const json = parseJson(bytes, `Tags ${quoted(file)}`);
  const tags = isObject(json) ? json["tags"] : json;
  const names = listOf(tags).filter((name) => typeof name === "string");
  if (Array.isArray(tags) && names.length === tags.length) return names;
  const allowed = 'allowed: a list of tags, or { "name": ..., "tags": [...] }';
  throw new DualRegistryError("CONTENT_INVALID", `Tags ${quoted(file)}: no list of texts; ${allowed}`);
}
