import { type Command, Option } from "@commander-js/extra-typings";
import { azureAccount, type AzureAccount } from "../../azure";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import { quoted } from "../../base/text/quote";
import { terminalTable } from "../../base/text/table";
import {
  isTokenName,
  issueToken,
  MACHINE_TOKEN_REFRESH_SECONDS,
  readToken,
  revokeToken,
  stateOf,
  TOKEN_NAME_FORM,
  type TokenState,
  type TokenStore,
} from "../../console/access/machineTokens";
import { isRepositoryPattern, PATTERN_FORM } from "../../console/access/settings";
import { folderStore, vaultStore } from "../../console/access/tokenStores";
import { patternMatches } from "../../domain/image/imageClass";
import { readOutputs, type StageOutputs } from "../../outputs";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { daysOf, formatOption, outputsOption, printResult } from "../options";

/** Days that a token may live where the stage's outputs name no token of a registry to go by. */
const MOST_DAYS = 90;

const EXITS = `
Tokens are kept in the stage's vault, or in --folder for a stage on this computer: a hash of each, never the token.
Credentials: Azure's, by OIDC in a workflow, a machine's own, or "az login"; the role Key Vault Secrets Officer on the vault.
Exit codes: 0 done, 1 a refusal, 2 wrong usage, configuration, login, or no answer`;

const withPlace = (command: Command) =>
  command
    .addOption(outputsOption())
    .option("--folder <dir>", "keep tokens in this folder, for a stage on this computer (default: the stage's vault)");

const nameArgument = "<name>";
const NAME_TEXT = `who reads: ${TOKEN_NAME_FORM}`;

const declareIssue = (command: Command) =>
  withPlace(command)
    .argument(nameArgument, NAME_TEXT)
    .addOption(new Option("--repository <pattern...>", `what it reads: ${PATTERN_FORM}`).makeOptionMandatory())
    .option("--days <days>", "how long it lives (default: as long as the stage lets it)", daysOf("--days"))
    .addOption(formatOption("text", "json"))
    .addHelpText(
      "after",
      `\nThe token is printed once, on standard output; what else is said goes to standard error. At most it lives as long as a\npassword of the registry tokens may in this stage, for the stricter class of what it reads.${EXITS}`,
    );

const declareList = (command: Command) =>
  withPlace(command).addOption(formatOption("text", "json")).addHelpText("after", EXITS);

const declareRevoke = (command: Command) =>
  withPlace(command)
    .argument(nameArgument, NAME_TEXT)
    .addOption(formatOption("text", "json"))
    .addHelpText("after", EXITS);

export const issue = defineCommand(declareIssue, (name, options, io) => runIssue(name, options, io));
export const list = defineCommand(declareList, (options, io) => runList(options, io));
export const revoke = defineCommand(declareRevoke, (name, options, io) => runRevoke(name, options, io));

const usage = (message: string) => new DualRegistryError("USAGE", message);

/** @throws DualRegistryError CONFIG_INVALID for a stage without a vault, where no folder is named */
function storeOf(outputs: StageOutputs, folder: string | undefined, account?: AzureAccount): TokenStore {
  if (folder !== undefined) return folderStore(folder);
  const { passwords, stage } = outputs;
  if (passwords !== undefined) return vaultStore(passwords.vault.uri, account ?? azureAccount());
  const todo = "let passwords be kept (passwords in the stage file), or name a --folder for a stage on this computer";
  throw new DualRegistryError("CONFIG_INVALID", `The outputs of ${stage} name no vault; ${todo}`);
}

function checkName(name: string): void {
  if (!isTokenName(name)) throw usage(`Name ${quoted(name)}: allowed: ${TOKEN_NAME_FORM}`);
}

/** @throws DualRegistryError USAGE for a pattern that stands for no repository of the stage */
function checkPatterns({ images, stage }: StageOutputs, patterns: readonly string[]): void {
  for (const pattern of patterns) {
    if (!isRepositoryPattern(pattern)) throw usage(`--repository ${quoted(pattern)}: allowed: ${PATTERN_FORM}`);
    if (images.some(({ repository }) => patternMatches(pattern, repository))) continue;
    throw usage(`--repository ${quoted(pattern)}: no repository of ${stage} is called so; see images in the outputs`);
  }
}

/**
 * The days that a token for these repositories may live: of each class that it reads, as long as the longest password of
 * a registry token may; of several classes the strictest counts.
 */
export function mostDays(
  { images, tokens }: Pick<StageOutputs, "images" | "tokens">,
  patterns: readonly string[],
): number {
  const read = images.filter(({ repository }) => patterns.some((pattern) => patternMatches(pattern, repository)));
  const classes = new Set(read.map((image) => image.class));
  const byClass = [...classes].map((imageClass) =>
    tokens.filter(({ registry }) => registry === imageClass).map(({ expiresAfterDays }) => expiresAfterDays),
  );
  return Math.min(...byClass.map((days) => (days.length === 0 ? MOST_DAYS : Math.max(...days))), 999);
}

type IssueOptions = OptionsOf<typeof declareIssue>;
type PlaceOptions = OptionsOf<typeof declareList>;

/** Makes a token. @param account who asks Azure. Default: the identity of this process */
export async function runIssue(name: string, options: IssueOptions, io: Io, account?: AzureAccount): Promise<ExitCode> {
  checkName(name);
  const outputs = readOutputs(options.outputs);
  checkPatterns(outputs, options.repository);
  const most = mostDays(outputs, options.repository);
  const { days = most } = options;
  if (days > most) {
    throw usage(
      `--days ${days}: allowed: at most ${most}, as long as a password of ${outputs.stage} for them may live`,
    );
  }
  const store = storeOf(outputs, options.folder, account);
  const { token, kept } = await issueToken(store, { name, repositories: options.repository, days }, io.now());
  const { repositories, expires } = kept;
  const told = `Token ${name} reads ${repositories.join(", ")} until ${expires}. It is printed once and kept nowhere; the console takes it within ${MACHINE_TOKEN_REFRESH_SECONDS} seconds.\n`;
  if (options.format === "json") io.stdout.write(formatJson({ name, token, repositories, expires }));
  else {
    io.stderr.write(told);
    io.stdout.write(`${token}\n`);
  }
  return 0;
}

/** What is printed of a token. */
interface ListedToken {
  name: string;
  state: TokenState | "unreadable";
  repositories: readonly string[];
  created: string | null;
  expires: string | null;
  revoked: string | null;
}

async function listedToken(store: TokenStore, name: string, now: Date): Promise<ListedToken | undefined> {
  try {
    const token = await readToken(store, name);
    if (token === undefined) return undefined;
    const { repositories, created, expires, revoked = null } = token;
    return { name, state: stateOf(token, now.getTime()), repositories, created, expires, revoked };
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.code !== "CONTENT_INVALID") throw error;
    return { name, state: "unreadable", repositories: [], created: null, expires: null, revoked: null };
  }
}

/**
 * Lists the tokens.
 *
 * @param account as for {@link runIssue}
 * @returns 1 where a record cannot be read: the console does not take that token
 */
export async function runList(options: PlaceOptions, io: Io, account?: AzureAccount): Promise<ExitCode> {
  const store = storeOf(readOutputs(options.outputs), options.folder, account);
  const tokens: ListedToken[] = [];
  for (const name of await store.names()) {
    const token = await listedToken(store, name, io.now());
    if (token !== undefined) tokens.push(token);
  }
  printResult(io, options.format, { tokens }, () => tokenLines(tokens));
  return tokens.some(({ state }) => state === "unreadable") ? 1 : 0;
}

function tokenLines(tokens: readonly ListedToken[]): string {
  if (tokens.length === 0) return "No token has been issued: dualreg console token issue\n";
  const heads = ["NAME", "STATE", "ENDS", "READS"];
  const rows = tokens.map(({ name, state, expires, revoked, repositories }) => [
    ...[name, state, revoked ?? expires ?? "", repositories.join(", ")],
  ]);
  return [...terminalTable([heads, ...rows]), ""].join("\n");
}

/** Ends a token. @param account as for {@link runIssue} */
export async function runRevoke(
  name: string,
  options: OptionsOf<typeof declareRevoke>,
  io: Io,
  account?: AzureAccount,
): Promise<ExitCode> {
  checkName(name);
  const store = storeOf(readOutputs(options.outputs), options.folder, account);
  const { revoked = "" } = await revokeToken(store, name, io.now());
  const text = `Token ${name} is revoked since ${revoked}; the console takes it for ${MACHINE_TOKEN_REFRESH_SECONDS} seconds more at most, unless machineTokenSeconds says otherwise.\n`;
  printResult(io, options.format, { name, revoked }, () => text);
  return 0;
}
