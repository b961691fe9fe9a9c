import type { Command } from "@commander-js/extra-typings";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { readBounded } from "../../base/file";
import { type Credential, credentialsFor, type CredentialSource, openRegistry, writeLogin } from "../../oci";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, printResult, REGISTRY_EXITS } from "../options";

const declare = (command: Command) =>
  command
    .argument("<host>", "the registry's host, with its port where it has one")
    .option("--username <name>", "whose password or token comes on standard input")
    .option("--password-stdin", "read the password or token from standard input")
    .addOption(formatOption("text", "json"))
    .addHelpText(
      "after",
      `\nWithout --username the platform's login is tried, and nothing is kept.\n${REGISTRY_EXITS}`,
    );

/** What a login came to. */
interface LoginResult {
  host: string;
  /** Which credential the registry took. */
  login: string;
  anonymous: boolean;
  /** The file that the login is kept in; null where nothing was kept. */
  keptIn: string | null;
}

/** Bytes of the longest password or token. */
const MAX_PASSWORD = 64 * 1024;

/** Logs in: first tries, and only what was let in is kept. The password is never an argument. */
async function run(host: string, options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  printResult(io, options.format, await logIn(host, options, io), loginText);
  return 0;
}

export const login = defineCommand(declare, run);

async function logIn(
  host: string,
  { username, passwordStdin }: OptionsOf<typeof declare>,
  { env }: Io,
): Promise<LoginResult> {
  if (username === undefined) {
    const { kind, from } = await tryOut(host, credentialsFor(env));
    return { host, login: from, anonymous: kind === "anonymous", keptIn: null };
  }
  if (passwordStdin !== true) {
    throw new DualRegistryError(
      "USAGE",
      '--username needs --password-stdin: echo "$TOKEN" | dualreg registry login ...',
    );
  }
  const password = readBounded("-", MAX_PASSWORD)
    .toString("utf8")
    .replace(/\r?\n$/, "");
  if (password === "") throw new DualRegistryError("USAGE", "Standard input holds no password");
  await tryOut(host, () => Promise.resolve({ kind: "basic", username, password, from: "standard input" }));
  const keptIn = await writeLogin(host, username, password, env);
  return { host, login: username, anonymous: false, keptIn };
}

function loginText({ host, login, anonymous, keptIn }: LoginResult): string {
  if (keptIn !== null) return `${host} takes the login of ${login}; it is kept in ${keptIn}\n`;
  return `${anonymous ? `${host} lets in whoever asks (${login})` : `${host} takes ${login}`}; nothing was kept\n`;
}

/** @returns the credential that the registry took */
async function tryOut(host: string, credentials: CredentialSource): Promise<Credential> {
  const session = openRegistry(host, { credentials });
  try {
    await session.ping();
  } finally {
    await session.close();
  }
  return credentials(host);
}
