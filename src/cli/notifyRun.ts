import { DualRegistryError, type ExitCode } from "../base/errors";
import { formatJson } from "../base/json";
import { quoted } from "../base/text/quote";
import { githubFromEnvironment, readRepositoryName } from "../github/client";
import { reportIssue, type ReportedIssue } from "../github/issues";
import { tellWebhook } from "./failureNotice";
import type { Surroundings } from "./previewRun";

/** What the user asked for. */
export interface NotifyOptions {
  title: string;
  body: string;
  repo?: string;
  format: "text" | "json";
}

/** Characters of the longest title and text; GitHub's own ends are 256 and 65,536. */
const LIMITS = { title: 200, body: 60_000 } as const;

/**
 * Tells people of something: by one issue of the repository, opened or brought up to date, and by the address in
 * DUALREG_NOTIFY_URL. The address is told first, since it needs no login; that it was not is found out all the same.
 *
 * @returns 0, or 1 where the issue says so and the address was not told
 * @throws DualRegistryError USAGE, or as GitHub answers; the address was told by then
 */
export async function runNotify(options: NotifyOptions, around: Surroundings): Promise<ExitCode> {
  const { title, body } = checked(options);
  const { env, stdout, stderr } = around;
  const repo = options.repo ?? env["GITHUB_REPOSITORY"];
  if (repo === undefined) throw new DualRegistryError("USAGE", "No repository: give --repo owner/name");
  const repository = readRepositoryName(repo, options.repo === undefined ? "GITHUB_REPOSITORY" : "--repo");
  const why = await tellWebhook({ title, lines: body.split("\n"), text: `${title}\n${body}` }, around);
  if (why !== undefined)
    stderr.write(`DUALREG_NOTIFY_URL was not told (${why}); look at the address and who serves it\n`);
  const github = githubFromEnvironment(env, repository, (line) => stderr.write(`${line}\n`));
  const told = await reportIssue(github, { title, body });
  const address = (env["DUALREG_NOTIFY_URL"] ?? "") !== "";
  const result = { ...told, webhook: address ? (why ?? "told") : null };
  stdout.write(options.format === "json" ? formatJson(result) : textOf(told));
  return why === undefined ? 0 : 1;
}

const textOf = ({ opened, number, url, times }: ReportedIssue): string =>
  `${opened ? "Opened" : "Brought up to date"} #${number}${opened ? "" : `, ${times} times by now`}: ${url}\n`;

/** @throws DualRegistryError USAGE */
function checked({ title, body }: NotifyOptions): { title: string; body: string } {
  if (title.trim() === "" || /[\r\n]/.test(title) || title.length > LIMITS.title) {
    const told = `--title ${quoted(title)}: allowed: one line of 1 to ${LIMITS.title} characters`;
    throw new DualRegistryError("USAGE", `${told}; put the rest into --body`);
  }
  if (body.trim() === "") throw new DualRegistryError("USAGE", "--body: it is empty; say what happened and what to do");
  const cut = body.length > LIMITS.body ? `${body.slice(0, LIMITS.body)}\n\n(cut here)` : body;
  return { title: title.trim(), body: cut };
}
