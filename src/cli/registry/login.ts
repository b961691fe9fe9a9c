import { type Command, Option } from "@commander-js/extra-typings";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { readBounded } from "../../base/file";
import { AZURE_HOSTS, isAzureHost, tokenUserOf } from "../../base/registryHost";
import { quoted } from "../../base/text/quote";
import { IMAGE_CLASSES, type ImageClass } from "../../domain/image/imageClass";
import { REGISTRY_ACCESS } from "../../domain/image/registryAccess";
import { kindOfHost } from "../../domain/image/registryAddress";
import {
  type Credential,
  credentialsFor,
  type CredentialSource,
  keepPlatformLogin,
  openRegistry,
  toolLogin,
  writeLogin,
} from "../../oci";
import { choiceOf, kindOfEnvironment, namedKind, readOutputs, type RegistryOutput } from "../../outputs";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, printResult, REGISTRY_EXITS } from "../options";

const declare = (command: Command) =>
  command
    .argument("[host]", "the registry's host, with its port where it has one")
    .option("--username <name>", "whose password or token comes on standard input (default: the platform's own name)")
    .option("--password-stdin", "read the password or token from standard input")
    .addOption(
      new Option("--cli", "by the platform's command line: aws, gcloud, az or gh, as it is logged in here").conflicts([
        "username",
        "passwordStdin",
      ]),
    )
    .option("--outputs <file>", "the stage's outputs: the registry is the one of --class there, in place of a host")
    .addOption(new Option("--class <class>", "whose registry").choices(IMAGE_CLASSES))
    .option("--stage-before", "the registry of the stage before, as the outputs name it")
    .addOption(
      new Option(
        "--from-type <kind>",
        "with --stage-before: its kind, as image promote takes it (default: that stage's own)",
      ),
    )
    .addOption(formatOption("text", "json"))
    .addHelpText(
      "after",
      `\nA password from standard input, a token of --cli and, with --outputs, the platform's login are kept where Docker keeps its
own, in the configuration or the helper that it names. Otherwise the platform's login is tried and nothing is kept. A token
of Azure's identity goes to ${AZURE_HOSTS} alone. REGISTRY_TYPE chooses among the registries of --outputs.\n${REGISTRY_EXITS}`,
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

/** A name with a password or token. */
type BasicCredential = Extract<Credential, { kind: "basic" }>;

/** Bytes of the longest password or token. */
const MAX_PASSWORD = 64 * 1024;

/** Logs in: first tries, and only what was let in is kept. The password is never an argument. */
async function run(host: string | undefined, options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const { outputs, class: imageClass, stageBefore, username, passwordStdin, cli } = options;
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
  if (options.fromType !== undefined && !stageBefore) usage("--from-type goes with --stage-before");
  if (imageClass === undefined) return usage("--outputs says nothing of the class");
  const registry = namedRegistry(outputs, imageClass, options, io);
  const { loginServer } = registry;
  const said = cli === true || username !== undefined || passwordStdin === true;
  const result = await (said ? logIn(loginServer, options, io) : keepLogin(registry, io));
  printResult(io, options.format, result, loginText);
  return 0;
}

/** @throws DualRegistryError CONFIG_INVALID for a registry that is said to be Azure's, and is elsewhere */
function namedRegistry(
  file: string,
  imageClass: ImageClass,
  { stageBefore, fromType }: Pick<OptionsOf<typeof declare>, "stageBefore" | "fromType">,
  { env }: Io,
): RegistryOutput {
  const before = stageBefore === true;
  const outputs = readOutputs(file);
  const part = before ? "stageBefore.registries" : "registries";
  const of = before ? outputs.stageBefore : outputs;
  if (of === undefined) {
    throw new DualRegistryError("CONFIG_INVALID", `${quoted(file)}: ${outputs.stage} names no stage before it`);
  }
  // As image promote: the variable is of the stage itself, and says nothing of the one before.
  const wanted = before ? fromType && namedKind(fromType, "--from-type") : kindOfEnvironment(env);
  const choice = choiceOf(of, imageClass, wanted === "" ? undefined : wanted);
  if ("problem" in choice) {
    throw new DualRegistryError(
      "CONFIG_INVALID",
      `${quoted(file)}: ${of.stage}, class ${imageClass}: ${choice.problem}`,
    );
  }
  const { registry } = choice;
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

type LoginOptions = Partial<Pick<OptionsOf<typeof declare>, "username" | "passwordStdin" | "cli">>;

async function logIn(host: string, options: LoginOptions, { env }: Io): Promise<LoginResult> {
  const credential = options.cli ? await toolLogin(host, env) : readPassword(host, options);
  if (credential === undefined) {
    const { kind, from } = await tryOut(host, credentialsFor(env));
    return { host, login: from, anonymous: kind === "anonymous", keptIn: null };
  }
  await tryOut(host, () => Promise.resolve(credential));
  const keptIn = await writeLogin(host, credential.username, credential.password, env);
  return { host, login: options.cli ? credential.from : credential.username, anonymous: false, keptIn };
}

/** The password on standard input; undefined where none is said to be there. */
function readPassword(host: string, { username, passwordStdin }: LoginOptions): BasicCredential | undefined {
  if (passwordStdin !== true) {
    if (username === undefined) return undefined;
    throw new DualRegistryError(
      "USAGE",
      '--username needs --password-stdin: echo "$TOKEN" | dualreg registry login ...',
    );
  }
  const name = username ?? tokenUserOf(host);
  if (name === undefined) {
    const kind = kindOfHost(host);
    const form = REGISTRY_ACCESS[kind ?? "distribution"].usernames;
    throw new DualRegistryError("USAGE", `${quoted(host)}: --password-stdin needs --username; allowed: ${form}`);
  }
  const password = readBounded("-", MAX_PASSWORD)
    .toString("utf8")
    .replace(/\r?\n$/, "");
  if (password === "") throw new DualRegistryError("USAGE", "Standard input holds no password");
  return { kind: "basic", username: name, password, from: "standard input" };
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
