import type { Context } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import { EncryptJWT, errors, jwtDecrypt } from "jose";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { decode } from "../../base/decode/decode";
import { DualRegistryError } from "../../base/errors";
import { readBounded } from "../../base/file";
import { quoted } from "../../base/text/quote";

/** Bytes of a key of A256GCM. */
const KEY_BYTES = 32;
const MOST_KEYS = 20;
/** What every browser stores of one cookie, name and attributes included. Source: RFC 6265, 6.1. */
const LONGEST_COOKIE = 3_900;

interface SessionKey {
  /** The begin of the key's SHA-256: says which key a cookie was made with, and nothing of the key. */
  id: string;
  key: Uint8Array;
}

/** The keys of a folder; the first one encrypts. */
interface KeyRing {
  readonly encrypting: SessionKey;
  byId: (id: string) => Uint8Array | undefined;
}

/**
 * Reads the keys of cookies: each file of a folder is one, 32 random bytes in base64. The last by name encrypts and all
 * decrypt, so a rotation adds a file and takes the oldest away when its sessions have ended. Names that begin with a dot
 * are left out: a mounted secret has its own there.
 *
 * @throws DualRegistryError CONFIG_INVALID for a folder without a key, or a file that is none; never with its content
 */
function readKeyRing(folder: string): KeyRing {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => !name.startsWith("."));
  } catch (cause) {
    const message = `login.sessionKeys ${quoted(folder)} cannot be read; name a folder with a file for each key`;
    throw new DualRegistryError("CONFIG_INVALID", message, { cause });
  }
  const keys = names
    .sort()
    .reverse()
    .slice(0, MOST_KEYS)
    .map((name) => keyOf(join(folder, name)));
  const [encrypting] = keys;
  if (encrypting === undefined) {
    const todo = "make one: openssl rand -base64 32 > FOLDER/2027-01-31";
    throw new DualRegistryError("CONFIG_INVALID", `login.sessionKeys ${quoted(folder)} has no key in it; ${todo}`);
  }
  return { encrypting, byId: (id) => keys.find((one) => one.id === id)?.key };
}

function keyOf(file: string): SessionKey {
  const key = Buffer.from(readBounded(file, 1_000, "CONFIG_INVALID").toString().trim(), "base64");
  if (key.length === KEY_BYTES) return { id: createHash("sha256").update(key).digest("base64url").slice(0, 12), key };
  const message = `${quoted(file)} holds ${key.length} bytes; allowed: ${KEY_BYTES} random bytes in base64`;
  throw new DualRegistryError("CONFIG_INVALID", message);
}

/** What a cookie is for; one that was made for something else is not taken. */
export type CookiePurpose = "session" | "login";

/** Makes and reads cookies whose content nobody else can read or change: JWE, `dir` with A256GCM. */
export class SealedCookies {
  private ring: KeyRing;
  private readAt: number;

  /** @param folder of the keys, which are read anew each minute */
  constructor(
    private readonly folder: string,
    private readonly now: () => number,
  ) {
    this.ring = readKeyRing(folder);
    this.readAt = now();
  }

  /** A folder that is being changed, or is gone for a moment, leaves the keys as they were. */
  private keys(): KeyRing {
    if (this.now() - this.readAt < 60_000) return this.ring;
    this.readAt = this.now();
    try {
      this.ring = readKeyRing(this.folder);
    } catch {
      // The keys that were read last go on.
    }
    return this.ring;
  }

  /**
   * @param until milliseconds since 1970 at which it ends
   * @throws DualRegistryError CONFIG_INVALID for more than browsers keep
   */
  async seal(purpose: CookiePurpose, content: Record<string, unknown>, until: number): Promise<string> {
    const { id, key } = this.keys().encrypting;
    const sealed = await new EncryptJWT(content)
      .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: id })
      .setAudience(purpose)
      .setExpirationTime(Math.floor(until / 1_000))
      .encrypt(key);
    if (sealed.length <= LONGEST_COOKIE) return sealed;
    const message = `A ${purpose} of ${sealed.length} bytes fits no cookie; name fewer or shorter groups in grants`;
    throw new DualRegistryError("CONFIG_INVALID", message);
  }

  /** What is in a cookie; undefined for one that has ended, was changed, is for something else, or of a key that is gone. */
  async open<T>(purpose: CookiePurpose, sealed: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const ring = this.keys();
    try {
      const { payload } = await jwtDecrypt(
        sealed,
        ({ kid = "" }) => {
          const key = ring.byId(kid);
          if (key === undefined) throw new errors.JWEDecryptionFailed();
          return key;
        },
        {
          ...{ audience: purpose, requiredClaims: ["exp"], currentDate: new Date(this.now()) },
          ...{ keyManagementAlgorithms: ["dir"], contentEncryptionAlgorithms: ["A256GCM"] },
        },
      );
      const content = decode(schema, payload);
      return content.success ? content.data : undefined;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}

const ATTRIBUTES = { path: "/", secure: true, httpOnly: true, sameSite: "Lax" } as const;

/**
 * Sets a cookie that no script reads, no other site's form sends, and no other host of the domain can have set: `__Host-`.
 * Source: RFC 6265bis, 4.1.3.2.
 */
export function putCookie(context: Context, name: string, value: string, seconds: number): void {
  setCookie(context, name, value, { ...ATTRIBUTES, maxAge: Math.max(0, Math.floor(seconds)) });
}

export const dropCookie = (context: Context, name: string): void => void deleteCookie(context, name, ATTRIBUTES);
