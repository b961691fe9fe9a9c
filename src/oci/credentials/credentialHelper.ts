import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { DualRegistryError } from "../../base/errors";
import { quoted, shellWord } from "../../base/text/quote";
import type { Credential } from "../auth/credential";
import { runBounded } from "../../base/boundedProcess";
import type { Environment } from "./environment";

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

/** Runs a helper; the rest of what it writes is not kept. */
async function runHelper(helper: Helper, action: string, input: string): Promise<{ code: number; output: string }> {
  const { env, timeout = 10_000 } = helper;
  const ended = await runBounded({ command: commandOf(helper), args: [action], env, timeout, input });
  if ("code" in ended) return { code: ended.code, output: ended.output.toString() };
  if ("stopped" in ended) throw failed(helper, ended.stopped, `${shellWord(commandOf(helper))} list`);
  throw new DualRegistryError(
    "CONFIG_INVALID",
    `${helper.shown} names the credential helper ${quoted(helper.name)}, but ${commandOf(helper)} cannot be started; ` +
      `install it where PATH finds it, or take it out of the file`,
  );
}
