import { randomBytes } from "node:crypto";
import { mkdir, open, realpath, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { DualRegistryError } from "../../errors";
import { dockerConfigPath, type Environment } from "./environment";
import { helperOf } from "./fileLogin";
import { describeHelper, tellHelper } from "./helper";
import { storedUnder } from "./hostKeys";
import { readLoginFile } from "./loginFile";

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
  const name = file && helperOf(file, host);
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
