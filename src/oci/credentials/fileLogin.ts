import { z } from "zod";
import type { Credential } from "../auth/credential";
import { loginPaths, type Environment } from "./environment";
import { askHelper, checkHelper } from "./helper";
import { findFor, storedUnder } from "./hostKeys";
import { invalidLogin, readLoginFile, type LoginFile } from "./loginFile";

const entry = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
});

/**
 * The login that the files on this machine have for a host; `undefined` where none has one.
 *
 * @throws DualRegistryError CONFIG_INVALID, REGISTRY_AUTH
 */
export async function fileLogin(host: string, env: Environment): Promise<Credential | undefined> {
  for (const path of loginPaths(env)) {
    const file = await readLoginFile(path, env);
    const found = file && (await loginIn(file, host, env));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The helper a file names for a host. */
export const helperOf = (file: LoginFile, host: string): string | undefined => {
  const name = findFor(file.credHelpers, host) ?? file.credsStore;
  return name === undefined ? undefined : checkHelper(name, file.shown);
};

async function loginIn(file: LoginFile, host: string, env: Environment): Promise<Credential | undefined> {
  const name = helperOf(file, host);
  const kept = name && (await askHelper({ name, shown: file.shown, env }, storedUnder(host)));
  if (kept) return kept;
  const written = findFor(file.auths, host);
  return written === undefined ? undefined : readEntry(written, file.shown, host);
}

/** An entry may be empty: then a helper had, or has, the login. */
function readEntry(value: unknown, shown: string, host: string): Credential | undefined {
  const where = `auths for ${JSON.stringify(host.slice(0, 200))}`;
  const read = entry.safeParse(value);
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
