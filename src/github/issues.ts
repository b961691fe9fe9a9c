import { createHash } from "node:crypto";
import { z } from "zod";
import { escapeUnsafe, escapeUnsafeLines } from "../base/text/unsafe";
import type { Github } from "./client";

/** What somebody is to hear of. */
export interface IssueReport {
  /** One line; it tells one matter from another. */
  title: string;
  /** Markdown. */
  body: string;
}

/** The issue that now says so. */
export interface ReportedIssue {
  number: number;
  url: string;
  opened: boolean;
  /** How often the matter came up since the issue was opened. */
  times: number;
}

/** Issues looked at; a repository with more open ones gets a second issue on the same matter, and no harm is done. */
const MAX_ISSUES = 5_000;

const issue = z.object({
  number: z.int(),
  html_url: z.string(),
  title: z.string(),
  body: z.string().nullable().default(""),
  user: z.object({ type: z.string() }).nullable(),
  author_association: z.string().default("NONE"),
  pull_request: z.unknown().optional(),
});

type Issue = z.infer<typeof issue>;

/** Who may have opened the issue: anybody can write the marker of a matter into an issue of their own. */
const OWN = ["OWNER", "MEMBER", "COLLABORATOR"];

const isOwn = ({ user, author_association: by }: Issue): boolean => user?.type === "Bot" || OWN.includes(by);

const keyOf = (title: string): string => createHash("sha256").update(title).digest("hex").slice(0, 16);

const marker = (title: string, times: number): string => `<!-- dualreg-notify ${keyOf(title)} ${times} -->`;

/** How often the matter came up so far; undefined for an issue about something else. */
function timesIn(body: string, title: string): number | undefined {
  const [, key, times] = /^<!-- dualreg-notify ([0-9a-f]{16}) (\d{1,9}) -->/.exec(body) ?? [];
  return key === keyOf(title) ? Number(times) : undefined;
}

/**
 * Opens one issue on a matter or, where one is open, brings it up to date and comments, so that whoever follows it hears.
 * The matter is known by a marker that nobody sees, at the beginning of the text. A closed issue is left closed.
 *
 * @throws DualRegistryError as GitHub answers
 */
export async function reportIssue(github: Github, report: IssueReport): Promise<ReportedIssue> {
  const [title, body] = [escapeUnsafe(report.title), escapeUnsafeLines(report.body)];
  const open = await github.list("GET /repos/{owner}/{repo}/issues", { state: "open" }, issue, MAX_ISSUES);
  const found = open
    .filter((one) => one.pull_request === undefined && isOwn(one))
    .map((one) => ({ one, times: timesIn(one.body ?? "", title) }))
    .find(({ times }) => times !== undefined);
  const times = (found?.times ?? 0) + 1;
  const text = `${marker(title, times)}\n${body}\n`;
  if (!found) {
    const made = await github.call("POST /repos/{owner}/{repo}/issues", { title, body: text }, issue);
    return { number: made.number, url: made.html_url, opened: true, times };
  }
  const { number: issue_number, html_url: url } = found.one;
  const path = "/repos/{owner}/{repo}/issues/{issue_number}";
  await github.call(`PATCH ${path}`, { issue_number, body: `${text}\nSeen ${times} times.\n` }, issue);
  await github.call(`POST ${path}/comments`, { issue_number, body }, z.unknown());
  return { number: issue_number, url, opened: false, times };
}
