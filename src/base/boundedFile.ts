import { closeSync, openSync, readSync } from "node:fs";
import { DualRegistryError, type ErrorCode } from "./errors";

const CHUNK = 256 * 1024;
const DEEPEST = 64;

/** Text from outside as one short line for a message: cut to 200 characters, quoted, without control characters. */
export function quoted(text: string): string {
  const cut = text.length <= 200 ? text : `${text.slice(0, 199)}…`;
  return JSON.stringify(cut).replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "?");
}

/**
 * A file's bytes, or standard input's for `-`, and never more of them than the limit.
 *
 * @param limit bytes
 * @throws DualRegistryError USAGE for what cannot be read, `tooLarge` for what is over the limit
 */
export function readBounded(file: string, limit: number, tooLarge: ErrorCode = "CONTENT_INVALID"): Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    const handle = file === "-" ? 0 : openSync(file, "r");
    try {
      for (;;) {
        const chunk = Buffer.allocUnsafe(CHUNK);
        const count = readSync(handle, chunk, 0, CHUNK, null);
        if (count === 0) break;
        size += count;
        if (size > limit) break;
        chunks.push(chunk.subarray(0, count));
      }
    } finally {
      if (handle !== 0) closeSync(handle);
    }
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
    throw new DualRegistryError("USAGE", `${quoted(file)} cannot be read (${why}); name a file that can`, { cause });
  }
  if (size <= limit) return Buffer.concat(chunks);
  throw new DualRegistryError(tooLarge, `${quoted(file)} is larger than allowed: at most ${limit} bytes`);
}

/** True where brackets outside texts stand deeper in each other than anything this project reads. */
function tooDeep(bytes: Buffer): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === 0x5c && inText) at++;
    else if (byte === 0x22) inText = !inText;
    else if (inText) continue;
    else if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) depth--;
    if (depth > DEEPEST) return true;
  }
  return false;
}

/**
 * JSON from outside.
 *
 * @param where names the file or address, for the message
 * @throws DualRegistryError CONTENT_INVALID for what is no JSON, or nested deeper than 64 levels
 */
export function parseJson(bytes: Buffer, where: string): unknown {
  if (tooDeep(bytes)) {
    throw new DualRegistryError("CONTENT_INVALID", `${where}: nested too deeply; allowed: at most ${DEEPEST} levels`);
  }
  try {
    const text = bytes.toString("utf8");
    return JSON.parse(text.startsWith("\ufeff") ? text.slice(1) : text) as unknown;
  } catch {
    throw new DualRegistryError("CONTENT_INVALID", `${where}: is no JSON; allowed: one JSON value`);
  }
}

/** The fields of an object; none for anything that is no object. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A list's elements; none for anything that is no list. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
