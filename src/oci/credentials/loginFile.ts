import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { DualRegistryError } from "../../base/errors";
import type { Credential } from "../auth/credential";
import { dockerConfigPath, type Environment, loginPaths, shownPath } from "./environment";
import { askHelper, describeHelper, tellHelper } from "./credentialHelper";
import { findFor, keysAbove, scopedKeys, storedUnder } from "./loginKeys";

/** Files of logins are a few kilobytes; more than a mebibyte is something else. */
const MOST_BYTES = 1 << 20;

/** What a file of logins says. Names are hosts as the file writes them; entries are looked at when they are used. */
interface LoginFile {
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
async function readLoginFile(path: string, env: Environment): Promise<LoginFile | undefined> {
  const shown = shownPath(path, env);
  const text = await readText(path, shown);
  if (text === undefined) return undefined;
  const content = text.trim() === "" ? {} : parseObject(text, shown);
  const read = decode(parts, {
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
function invalidLogin(shown: string, why: string, allowed: string): DualRegistryError {
  return new DualRegistryError(
    "CONFIG_INVALID",
    `${shown}: ${why}; allowed: ${allowed}; mend the file, or remove it and log in again`,
  );
}

/** A value under a name of the object's own, so that `__proto__` and the like are names as any other. */
const own = (object: object, name: string): unknown =>
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

const entry = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
});

/**
 * The login that the files on this machine have for a host; `undefined` where none has one. In each file the entry with
 * the longest path above the repository comes first, then the host's credential helper, the store for all, and the
 * host's own entry.
 *
 * @param repository path of the repository that is asked about
 * @throws DualRegistryError CONFIG_INVALID, REGISTRY_AUTH
 */
export async function fileLogin(host: string, env: Environment, repository?: string): Promise<Credential | undefined> {
  for (const path of loginPaths(env)) {
    const file = await readLoginFile(path, env);
    const found = file && (await loginIn(file, host, env, repository));
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The paths that the files have logins of their own for, below a host: repositories that are under the same of them have
 * the same login.
 *
 * @throws DualRegistryError CONFIG_INVALID
 */
export async function scopedPaths(host: string, env: Environment): Promise<readonly string[]> {
  const paths = new Set<string>();
  for (const file of loginPaths(env)) {
    const read = await readLoginFile(file, env);
    for (const { path } of read ? scopedKeys(read.auths, host) : []) paths.add(path);
  }
  return [...paths];
}

/** The helpers a file names for a host: its own, then the one for all. */
const helpersOf = (file: LoginFile, host: string): readonly string[] => {
  const named: readonly unknown[] = [findFor(file.credHelpers, host), file.credsStore];
  return [...new Set(named)]
    .filter((name) => name !== undefined && name !== "")
    .map((name) => checkHelper(name, file.shown));
};

/** What can stand in a command behind `docker-credential-`: on Windows and in WSL that is a name such as desktop.exe. */
const HELPER_NAME = /^(?![.-])[^/\\\p{Cc}]{1,200}$/u;

/**
 * Makes sure that a helper's name can become part of a command.
 *
 * @throws DualRegistryError CONFIG_INVALID
 */
function checkHelper(name: unknown, shown: string): string {
  if (typeof name === "string" && HELPER_NAME.test(name)) return name;
  throw invalidLogin(
    shown,
    "the name of a credential helper has a form that none has",
    "a name without / and \\ that begins with neither a dot nor a hyphen, without the docker-credential- in front",
  );
}

async function loginIn(
  file: LoginFile,
  host: string,
  env: Environment,
  repository: string | undefined,
): Promise<Credential | undefined> {
  for (const key of keysAbove(file.auths, host, repository)) {
    const found = readEntry(file.auths.get(key), file.shown, key);
    if (found) return found;
  }
  for (const name of helpersOf(file, host)) {
    const kept = await askHelper({ name, shown: file.shown, env }, storedUnder(host));
    if (kept) return kept;
  }
  const written = findFor(file.auths, host);
  return written === undefined ? undefined : readEntry(written, file.shown, host);
}

/** An entry may be empty: then a helper had, or has, the login. */
function readEntry(value: unknown, shown: string, host: string): Credential | undefined {
  const where = `auths for ${JSON.stringify(host.slice(0, 200))}`;
  const read = decode(entry, value);
  if (!read.success)
    throw invalidLogin(shown, `${where} has the wrong type`, `an object with "auth" or "identitytoken", both texts`);
  const { auth, username, password, identitytoken } = read.data;
  if (identitytoken) return { kind: "identity-token", token: identitytoken, from: shown };
  if (auth) {
    const plain = /^[A-Za-z0-9+/_-]+={0,2}$/.test(auth) ? Buffer.from(auth, "base64").toString() : "";
    const colon = plain.indexOf(":");
    if (colon < 1) throw invalidLogin(shown, `${where} has an "auth" that is none`, "base64 of user:password");
    // Older tools filled the password up with zero bytes.
    const secret = plain.slice(colon + 1).replace(/\0+$/, "");
    return { kind: "basic", username: plain.slice(0, colon), password: secret, from: shown };
  }
  return username && password ? { kind: "basic", username, password, from: shown } : undefined;
}

const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-f:]+\])(?::\d{1,5})?$/;

/**
 * Stores a login as `docker login` does, so that other tools find it too: with the credential helper where Docker's
 * configuration names one, in the file itself otherwise. Whatever else the file holds stays.
 *
 * @returns where it is kept, for a message
 * @throws DualRegistryError USAGE, CONFIG_INVALID, REGISTRY_AUTH
 */
export async function writeLogin(host: string, username: string, password: string, env: Environment): Promise<string> {
  check(host, username, password);
  const path = dockerConfigPath(env);
  const file = await readLoginFile(path, env);
  const key = storedUnder(host);
  const [name] = file ? helpersOf(file, host) : [];
  let entry: object = { auth: Buffer.from(`${username}:${password}`).toString("base64") };
  let kept = file?.shown ?? path;
  if (file !== undefined && name !== undefined) {
    const helper = { name, shown: file.shown, env };
    await tellHelper(helper, key, username, password);
    kept = describeHelper(helper);
    // The empty entry says, to whoever lists logins, that there is one; what stood there is out of date.
    entry = {};
  }
  const auths = Object.fromEntries([...(file?.auths ?? []), [key, entry]]);
  await writePrivately(path, `${JSON.stringify({ ...file?.content, auths }, null, "\t")}\n`);
  return kept;
}

function check(host: string, username: string, password: string): void {
  const refuse = (what: string, allowed: string): never => {
    throw new DualRegistryError("USAGE", `Cannot store a login: ${what}; allowed: ${allowed}`);
  };
  if (!HOST.test(host)) refuse(`host ${JSON.stringify(host.slice(0, 200))} is no registry's`, "host or host:port");
  if (username === "" || username.includes(":")) refuse("the user's name is empty or has a colon", "any other text");
  if (password === "") refuse("the password is empty", "a password, on standard input");
}

/** The file is there whole or as before, at every moment; nobody else can read it. A link stays a link. */
async function writePrivately(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const place = await realpath(path).catch(() => path);
  const next = `${place}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const handle = await open(next, "wx", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(next, place);
  } catch (error) {
    await rm(next, { force: true });
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new DualRegistryError(
      "CONFIG_INVALID",
      `${place}: cannot be written (${code}); it and its folder must be this user's own`,
    );
  }
}
