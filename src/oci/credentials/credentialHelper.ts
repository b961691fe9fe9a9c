import { spawn } from "node:child_process";
import { once } from "node:events";
import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import type { Credential } from "../auth/credential";
import type { Environment } from "./environment";

const MOST_BYTES = 64 * 1024;

/** The user that stands for "the secret is an identity token". Source: docker/docker-credential-helpers. */
const TOKEN_USER = "<token>";

/** Some answer an empty object where they keep nothing. */
const answer = z.object({ Username: z.string().default(""), Secret: z.string().default("") });

/** A program that keeps logins: `docker-credential-<name>`. */
export interface Helper {
  name: string;
  /** The file that names it, for messages. */
  shown: string;
  env: Environment;
  /** Milliseconds until it is ended. Default 10,000. */
  timeout?: number;
}

/**
 * Asks a helper for a login; `undefined` where it keeps none.
 *
 * @param key the name the login is stored under
 * @throws DualRegistryError CONFIG_INVALID where it is not there, REGISTRY_AUTH where it fails
 */
export async function askHelper(helper: Helper, key: string): Promise<Credential | undefined> {
  const { code, output } = await runHelper(helper, "get", key);
  if (code !== 0) {
    if (/credentials not found/i.test(output)) return undefined;
    throw failed(helper, `it ended with ${code}`, `echo ${key} | ${shellWord(commandOf(helper))} get`);
  }
  const from = describeHelper(helper);
  const login = readAnswer(output);
  if (login === undefined)
    throw failed(helper, "it gave no login in JSON", `echo ${key} | ${shellWord(commandOf(helper))} get`);
  const { Username: username, Secret: secret } = login;
  if (secret === "") return undefined;
  if (username === TOKEN_USER) return { kind: "identity-token", token: secret, from };
  return { kind: "basic", username, password: secret, from };
}

/** Gives a helper a login to keep. @throws DualRegistryError as {@link askHelper} */
export async function tellHelper(helper: Helper, key: string, username: string, password: string): Promise<void> {
  const { code } = await runHelper(
    helper,
    "store",
    JSON.stringify({ ServerURL: key, Username: username, Secret: password }),
  );
  if (code !== 0)
    throw failed(helper, `it ended with ${code} when it was to store a login`, `${shellWord(commandOf(helper))} list`);
}

export const describeHelper = ({ name, shown }: Helper): string => `credential helper ${quoted(name)} of ${shown}`;

const commandOf = ({ name }: Helper): string => `docker-credential-${name}`;

/** A word as a shell takes it whole. */
const shellWord = (word: string): string => (/^[\w.+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

function readAnswer(output: string): z.infer<typeof answer> | undefined {
  try {
    return decode(answer, JSON.parse(output)).data;
  } catch {
    return undefined;
  }
}

/** What a helper writes may be a secret, so that messages never have it; they say how to see it. */
function failed(helper: Helper, why: string, command: string): DualRegistryError {
  return new DualRegistryError(
    "REGISTRY_AUTH",
    `The ${describeHelper(helper)} gave no answer that is of use: ${why}; try "${command}", or log in again`,
  );
}

/** Runs a helper with a bound on its time and output; the rest of what it writes is not kept. */
async function runHelper(helper: Helper, action: string, input: string): Promise<{ code: number; output: string }> {
  const limit = helper.timeout ?? 10_000;
  const child = spawn(commandOf(helper), [action], { env: { ...helper.env }, stdio: ["pipe", "pipe", "ignore"] });
  const parts: Buffer[] = [];
  let length = 0;
  let ended: string | undefined;
  const end = (why: string): void => {
    ended ??= why;
    child.kill("SIGKILL");
    // A process it started may hold the pipe open: nobody waits for that one.
    child.stdout.destroy();
  };
  const timer = setTimeout(() => {
    end(`it took longer than ${limit / 1000} s`);
  }, limit);
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  child.stdout.on("data", (part: Buffer) => {
    length += part.length;
    if (length > MOST_BYTES) end(`it wrote more than ${MOST_BYTES} bytes`);
    else parts.push(part);
  });
  try {
    const [code] = (await once(child, "close")) as [number | null];
    if (ended !== undefined) throw failed(helper, ended, `${shellWord(commandOf(helper))} list`);
    return { code: code ?? 1, output: Buffer.concat(parts).toString() };
  } catch (error) {
    if (error instanceof DualRegistryError) throw error;
    throw new DualRegistryError(
      "CONFIG_INVALID",
      `${helper.shown} names the credential helper ${quoted(helper.name)}, but ${commandOf(helper)} cannot be started; ` +
        `install it where PATH finds it, or take it out of the file`,
    );
  } finally {
    clearTimeout(timer);
  }
}
