import type { Command } from "@commander-js/extra-typings";
import { DualRegistryError, type ExitCode } from "../base/errors";
import { quoted } from "../base/text/quote";
import { secretsOf } from "../base/text/redact";
import { githubFromEnvironment, readRepositoryName } from "../github/client";
import { type ReportedIssue, reportIssue } from "../github/issues";
import { defineCommand, type OptionsOf } from "./command";
import { postToWebhook } from "./failureNotice";
import type { Io } from "./io";
import { formatOption, printResult } from "./options";

const EXITS = `
Login: GITHUB_TOKEN or GH_TOKEN (Issues: write), at GITHUB_API_URL (default https://api.github.com).
DUALREG_NOTIFY_URL: an https address that is told as well, by a POST of JSON with title, text and lines.
Exit codes: 0 told, 1 the issue says so and the address was not told, 2 wrong usage, login, or no answer of GitHub`;

const declare = (command: Command) =>
  command
    .requiredOption("--title <line>", "what it is about; the same title is the same issue")
    .requiredOption("--body <markdown>", "what happened, and what to do")
    .option("--repo <owner/name>", "the repository on GitHub (default: GITHUB_REPOSITORY)")
    .addOption(formatOption("text", "json"))
    .addHelpText("after", EXITS);

export type NotifyOptions = OptionsOf<typeof declare>;

/** Characters of the longest title and text; GitHub's own ends are 256 and 65,536. */
const LIMITS = { title: 200, body: 60_000 } as const;

/**
 * Tells people of something: by one issue of the repository, opened or brought up to date, and by the address in
 * DUALREG_NOTIFY_URL; neither is told a credential. The address is told first, since it needs no login; that it was not is found out all the same.
 *
 * @returns 0, or 1 where the issue says so and the address was not told
 * @throws DualRegistryError USAGE, or as GitHub answers; the address was told by then
 */
async function run(options: NotifyOptions, io: Io): Promise<ExitCode> {
  const { env, stderr } = io;
  const { redact } = secretsOf(env);
  const { title, body } = checked({ title: redact(options.title), body: redact(options.body) });
  const repo = options.repo ?? env["GITHUB_REPOSITORY"];
  if (repo === undefined) throw new DualRegistryError("USAGE", "No repository: give --repo owner/name");
  const repository = readRepositoryName(repo, options.repo === undefined ? "GITHUB_REPOSITORY" : "--repo");
  const failure = await postToWebhook({ title, lines: body.split("\n"), text: `${title}\n${body}` }, io);
  if (failure !== undefined)
    stderr.write(`DUALREG_NOTIFY_URL was not told (${failure}); look at the address and who serves it\n`);
  const github = githubFromEnvironment(env, repository, (line) => stderr.write(`${line}\n`));
  const issue = await reportIssue(github, { title, body });
  const hasAddress = (env["DUALREG_NOTIFY_URL"] ?? "") !== "";
  const result = { ...issue, webhook: hasAddress ? (failure ?? "told") : null };
  printResult(io, options.format, result, textOf);
  return failure === undefined ? 0 : 1;
}

export const notify = defineCommand(declare, run);

const textOf = ({ opened, number, url, times }: ReportedIssue): string =>
  `${opened ? "Opened" : "Brought up to date"} #${number}${opened ? "" : `, ${times} times by now`}: ${url}\n`;

/** @throws DualRegistryError USAGE */
function checked({ title, body }: Pick<NotifyOptions, "title" | "body">): { title: string; body: string } {
  if (title.trim() === "" || /[\r\n]/.test(title) || title.length > LIMITS.title) {
    const problem = `--title ${quoted(title)}: allowed: one line of 1 to ${LIMITS.title} characters`;
    throw new DualRegistryError("USAGE", `${problem}; put the rest into --body`);
  }
  if (body.trim() === "") throw new DualRegistryError("USAGE", "--body: it is empty; say what happened and what to do");
  const cut = body.length > LIMITS.body ? `${body.slice(0, LIMITS.body)}\n\n(cut here)` : body;
  return { title: title.trim(), body: cut };
}
