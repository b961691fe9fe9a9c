import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import { DualRegistryError } from "../../errors";
import { shownPath, type Environment } from "./environment";

/** Files of logins are a few kilobytes; more than a mebibyte is something else. */
const MOST_BYTES = 1 << 20;

/** What a file of logins says. Names are hosts as the file writes them; entries are looked at when they are used. */
export interface LoginFile {
  path: string;
  /** For messages. */
  shown: string;
  /** Everything in the file, for writing it back. */
  content: Readonly<Record<string, unknown>>;
  auths: ReadonlyMap<string, unknown>;
  credHelpers: ReadonlyMap<string, unknown>;
  credsStore: string | undefined;
}

const section = z.record(z.string(), z.unknown()).optional();
const parts = z.object({ auths: section, credHelpers: section, credsStore: z.string().optional() });

/**
 * Reads a file of logins; `undefined` where there is none.
 *
 * @throws DualRegistryError CONFIG_INVALID, which names the file and says nothing of what it holds
 */
export async function readLoginFile(path: string, env: Environment): Promise<LoginFile | undefined> {
  const shown = shownPath(path, env);
  const text = await readText(path, shown);
  if (text === undefined) return undefined;
  const content = text.trim() === "" ? {} : parseObject(text, shown);
  const read = parts.safeParse({
    auths: own(content, "auths"),
    credHelpers: own(content, "credHelpers"),
    credsStore: own(content, "credsStore"),
  });
  if (!read.success) {
    const wrong = String(read.error.issues[0]?.path[0] ?? "the file");
    throw invalidLogin(shown, `"${wrong}" has the wrong type`, wrong === "credsStore" ? "a text" : "an object");
  }
  return {
    path,
    shown,
    content,
    auths: entriesOf(own(content, "auths")),
    credHelpers: entriesOf(own(content, "credHelpers")),
    credsStore: read.data.credsStore === "" ? undefined : read.data.credsStore,
  };
}

/** Says what is wrong with a file of logins. Nothing it holds may be part of `why` but names that have a known form. */
export function invalidLogin(shown: string, why: string, allowed: string): DualRegistryError {
  return new DualRegistryError(
    "CONFIG_INVALID",
    `${shown}: ${why}; allowed: ${allowed}; mend the file, or remove it and log in again`,
  );
}

/** A value under a name of the object's own, so that `__proto__` and the like are names as any other. */
export const own = (object: object, name: string): unknown =>
  Object.hasOwn(object, name) ? (Object.getOwnPropertyDescriptor(object, name)?.value as unknown) : undefined;

const entriesOf = (value: unknown): ReadonlyMap<string, unknown> =>
  new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);

async function readText(path: string, shown: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) throw invalidLogin(shown, `it has ${size} bytes`, `at most ${MOST_BYTES} bytes of JSON`);
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof DualRegistryError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw invalidLogin(shown, `it cannot be read (${code})`, "a file that this user may read");
  }
}

function parseObject(text: string, shown: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // The parser's own message quotes the text, which may be a password.
  }
  throw invalidLogin(shown, "it is not JSON", "a JSON object, as `docker login` writes it");
}
