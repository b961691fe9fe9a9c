import { DualRegistryError, type ExitCode } from "../../base/errors";
import { readBounded } from "../../base/file";
import { type Credential, credentialsFor, type CredentialSource, openRegistry, writeLogin } from "../../oci";
import type { Surroundings } from "../previewRun";

export interface LoginOptions {
  username?: string;
  passwordStdin?: true;
}

/** Bytes of the longest password or token. */
const MAX_PASSWORD = 64 * 1024;

/** Logs in: first tries, and only what was let in is kept. The password is never an argument. */
export async function runLogin(host: string, options: LoginOptions, around: Surroundings): Promise<ExitCode> {
  const { username } = options;
  if (username === undefined) {
    const { kind, from } = await tryOut(host, credentialsFor(around.env));
    const taken = kind === "anonymous" ? `${host} lets in whoever asks (${from})` : `${host} takes ${from}`;
    around.stdout.write(`${taken}; nothing was kept\n`);
    return 0;
  }
  if (options.passwordStdin !== true) {
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
  const kept = await writeLogin(host, username, password, around.env);
  around.stdout.write(`${host} takes the login of ${username}; it is kept in ${kept}\n`);
  return 0;
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
