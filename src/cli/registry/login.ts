import { type Command, Option } from "@commander-js/extra-typings";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { readBounded } from "../../base/file";
import { AZURE_HOSTS, isAzureHost } from "../../base/registryHost";
import { quoted } from "../../base/text/quote";
import { IMAGE_CLASSES, type ImageClass } from "../../domain/image/imageClass";
import {
  type Credential,
  credentialsFor,
  type CredentialSource,
  keepPlatformLogin,
  openRegistry,
  writeLogin,
} from "../../oci";
import { readOutputs, type RegistryOutput } from "../../outputs";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, printResult, REGISTRY_EXITS } from "../options";

const declare = (command: Command) =>
  command
    .argument("[host]", "the registry's host, with its port where it has one")
    .option("--username <name>", "whose password or token comes on standard input")
    .option("--password-stdin", "read the password or token from standard input")
    .option("--outputs <file>", "the stage's outputs: the registry is the one of --class there, in place of a host")
    .addOption(new Option("--class <class>", "whose registry").choices(IMAGE_CLASSES))
    .option("--stage-before", "the registry of the stage before, as the outputs name it")
    .addOption(formatOption("text", "json"))
    .addHelpText(
      "after",
      `\nWithout --username the platform's login is tried, and nothing is kept. With --outputs it is kept where Docker keeps its
own, so that a scanner finds it. A token of Azure's identity goes to ${AZURE_HOSTS} alone.\n${REGISTRY_EXITS}`,
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
async function run(host: string | undefined, options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const { outputs, class: imageClass, stageBefore, username, passwordStdin } = options;
  const usage = (what: string): never => {
    const allowed = "allowed: a host, or --outputs with --class and, where wanted, --stage-before";
    throw new DualRegistryError("USAGE", `${what}; ${allowed}`);
  };
  if (outputs === undefined) {
    if (imageClass !== undefined || stageBefore) usage("--class and --stage-before need --outputs");
    if (host === undefined) return usage("No registry is named");
    printResult(io, options.format, await logIn(host, options, io), loginText);
    return 0;
  }
  if (host !== undefined) usage(`A host (${quoted(host)}) and --outputs are both given`);
  if (username !== undefined || passwordStdin) usage("--username and --password-stdin go with a host");
  if (imageClass === undefined) return usage("--outputs says nothing of the class");
  const registry = namedRegistry(outputs, imageClass, stageBefore ?? false);
  printResult(io, options.format, await keepLogin(registry, io), loginText);
  return 0;
}

/** @throws DualRegistryError CONFIG_INVALID for a registry that is said to be Azure's, and is elsewhere */
function namedRegistry(file: string, imageClass: ImageClass, before: boolean): RegistryOutput {
  const outputs = readOutputs(file);
  const part = before ? "stageBefore.registries" : "registries";
  const registry = (before ? outputs.stageBefore?.registries : outputs.registries)?.[imageClass];
  if (registry === undefined) {
    throw new DualRegistryError("CONFIG_INVALID", `${quoted(file)}: ${outputs.stage} names no stage before it`);
  }
  if (registry.kind === "acr" && !isAzureHost(registry.loginServer)) {
    throw new DualRegistryError(
      "CONFIG_INVALID",
      `${quoted(file)}: ${part}.${imageClass}.loginServer: ${quoted(registry.loginServer)} is not a login server of ` +
        `Azure's registries, and a token of an Azure identity goes nowhere else; allowed: ${AZURE_HOSTS}, on port 443; ` +
        "write the outputs again with: pulumi stack output --json",
    );
  }
  return registry;
}

/** What is no platform's host gets nothing of an identity: there the machine's own logins are tried, as for a host. */
async function keepLogin({ loginServer: host }: RegistryOutput, io: Io): Promise<LoginResult> {
  const kept = await keepPlatformLogin(host, io.env);
  return kept ? { host, login: kept.from, anonymous: false, keptIn: kept.keptIn } : logIn(host, {}, io);
}

export const login = defineCommand(declare, run);

async function logIn(
  host: string,
  { username, passwordStdin }: Partial<Pick<OptionsOf<typeof declare>, "username" | "passwordStdin">>,
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
