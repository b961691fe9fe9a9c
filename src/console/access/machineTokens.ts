import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { DualRegistryError } from "../../base/errors";
import { parseJson } from "../../base/json";
import { quoted } from "../../base/text/quote";

/** Seconds after which the list of tokens is read anew, unless the settings say otherwise. */
export const MACHINE_TOKEN_REFRESH_SECONDS = 30;

/** How a machine token begins: scanners for secrets find it by this, and so do people in a log. */
const TOKEN_PREFIX = "drct_";
const SECRET_BYTES = 32;
const TOKEN = new RegExp(`^${TOKEN_PREFIX}[\\w-]{43}$`);

const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const LONGEST_NAME = 60;
/** True for what a machine token may be called. */
export const isTokenName = (name: string): boolean => name.length <= LONGEST_NAME && NAME.test(name);
/** What a name looks like, for messages. */
export const TOKEN_NAME_FORM = `small letters, digits and single hyphens, at most ${LONGEST_NAME}, such as billing-api`;

const time = z.iso.datetime();

const record = z.object({
  version: z.literal(1),
  name: z.string().refine(isTokenName),
  /** SHA-256 of the token, in hexadecimal. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** What it may read: repositories, or all below a path. */
  repositories: z.array(z.string().max(300)).min(1).max(500),
  created: time,
  expires: time,
  /** Since when it counts no more; absent for one that was not revoked. */
  revoked: time.exactOptional(),
});

/** What is kept of a machine token: everything but the token. */
export type MachineToken = z.infer<typeof record>;

/** How it stands with a token. */
export type TokenState = "active" | "expired" | "revoked";

export const stateOf = ({ expires, revoked }: MachineToken, now: number): TokenState =>
  revoked !== undefined ? "revoked" : Date.parse(expires) <= now ? "expired" : "active";

/** Where records are kept: one by name, as text. Both stores keep text, and neither knows what it says. */
export interface TokenStore {
  /** For messages. */
  readonly place: string;
  /** Names of all records. */
  names: () => Promise<readonly string[]>;
  /** @returns undefined where there is none */
  read: (name: string) => Promise<string | undefined>;
  /** Writes a record. @param expires ISO 8601 in UTC, for stores that show it @throws GATE_REFUSED for a new one that is there */
  write: (name: string, content: string, how: { isNew: boolean; expires: string }) => Promise<void>;
}

/**
 * The hash a token is known by. A fast one is right: a token is 256 random bits, so nobody can guess it however many they
 * try in a second; slow hashes are for what people choose.
 */
export const hashOf = (token: string): string => createHash("sha256").update(token).digest("hex");

/** True for what has the form of a machine token. */
export const isMachineToken = (text: string): boolean => TOKEN.test(text);

/** @throws DualRegistryError CONTENT_INVALID for a record that is none, or another's */
function recordOf(content: string, name: string, place: string): MachineToken {
  const where = `Token ${quoted(name)} in ${place}`;
  const read = decode(record, parseJson(Buffer.from(content), where));
  if (read.success && read.data.name === name) return read.data;
  const [issue] = read.success ? [] : read.error.issues;
  const why = issue === undefined ? "it names another token" : `${issue.path.map(String).join(".")}: ${issue.message}`;
  throw new DualRegistryError("CONTENT_INVALID", `${where}: not a record of a token: ${why}; issue it anew`);
}

/** What counts for the console; undefined for what is no record, which may be written anew. */
function countingRecord(content: string, name: string, place: string): MachineToken | undefined {
  try {
    return recordOf(content, name, place);
  } catch {
    return undefined;
  }
}

/** @throws DualRegistryError of the store; CONTENT_INVALID for what is no record */
export async function readToken(store: TokenStore, name: string): Promise<MachineToken | undefined> {
  const content = await store.read(name);
  return content === undefined ? undefined : recordOf(content, name, store.place);
}

const writeToken = (store: TokenStore, token: MachineToken, isNew: boolean): Promise<void> =>
  store.write(token.name, JSON.stringify(token), { isNew, expires: token.expires });

/** What is wished of a token. */
export interface TokenWish {
  name: string;
  repositories: readonly string[];
  /** Days it lives. */
  days: number;
}

/**
 * Makes a token. The one of that name must have ended before: a consumer's token is never replaced under its feet.
 *
 * @returns the token, which stands nowhere else, and what is kept of it
 * @throws DualRegistryError GATE_REFUSED for a name whose token is active
 */
export async function issueToken(store: TokenStore, wish: TokenWish, now: Date) {
  const content = await store.read(wish.name);
  const before = content === undefined ? undefined : countingRecord(content, wish.name, store.place);
  if (before !== undefined && stateOf(before, now.getTime()) === "active") {
    const todo = `revoke it first, or give the new one another name, such as ${wish.name}-2, so that both count for a while`;
    const message = `Token ${quoted(wish.name)} in ${store.place} is active until ${before.expires}; ${todo}`;
    throw new DualRegistryError("GATE_REFUSED", message);
  }
  const token = `${TOKEN_PREFIX}${randomBytes(SECRET_BYTES).toString("base64url")}`;
  const expires = new Date(now.getTime() + wish.days * 24 * 60 * 60 * 1_000);
  const kept: MachineToken = {
    ...{ version: 1, name: wish.name, hash: hashOf(token), repositories: [...wish.repositories].sort() },
    ...{ created: now.toISOString(), expires: expires.toISOString() },
  };
  await writeToken(store, kept, content === undefined);
  return { token, kept };
}

/**
 * Ends a token. One that has been revoked stays as it is.
 *
 * @throws DualRegistryError NOT_FOUND
 */
export async function revokeToken(store: TokenStore, name: string, now: Date): Promise<MachineToken> {
  const kept = await readToken(store, name);
  if (kept === undefined) {
    const todo = "dualreg console token list shows all";
    throw new DualRegistryError("NOT_FOUND", `Token ${quoted(name)} is not in ${store.place}; ${todo}`);
  }
  if (kept.revoked !== undefined) return kept;
  const revoked = { ...kept, revoked: now.toISOString() };
  await writeToken(store, revoked, false);
  return revoked;
}
