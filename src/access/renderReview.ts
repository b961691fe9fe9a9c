import type { AccessReview } from "./review";

/** How a review can be printed. */
export const REVIEW_FORMATS = ["table", "json", "markdown"] as const;

export type ReviewFormat = (typeof REVIEW_FORMATS)[number];

const HEAD = ["", "Registry", "Kind", "Who", "What"] as const;

const rowsOf = ({ findings }: AccessReview): string[][] =>
  [...findings]
    .sort((a, b) => Number(b.difference) - Number(a.difference))
    .map(({ difference, registry, kind, who, what }) => [difference ? "!" : "", registry, kind, who, what]);

function summary({ stage, differences, registries, staleDays }: AccessReview): string {
  const looked = registries.map(({ registry, id, assignments, tokens, logins }) => {
    if (id === undefined) return `${registry}: only named, nothing to compare`;
    const log = logins ? `logins of ${staleDays} days` : "no log of logins";
    return `${registry}: ${assignments} role assignments, ${tokens} tokens, ${log}`;
  });
  const count = `${differences} ${differences === 1 ? "difference" : "differences"} from the access matrix`;
  return `${stage}: ${count} (${looked.join("; ")})`;
}

/** Names come from outside: no line breaks, no control characters, nothing that turns the direction of writing. */
const clean = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "?").slice(0, 500);

function table(review: AccessReview): string {
  const rows = rowsOf(review).map((row) => row.map(clean));
  if (rows.length === 0) return `${summary(review)}\n`;
  const all = [[...HEAD], ...rows];
  const widths = HEAD.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  const lines = all.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [...lines, "", summary(review), ""].join("\n");
}

const escaped = (text: string): string => clean(text).replace(/[\\`*_{}[\]<>|#!&]/g, (mark) => `\\${mark}`);

function markdown(review: AccessReview): string {
  const rows = rowsOf(review).map(([mark = "", ...cells]) => {
    return `| ${[mark === "" ? "" : "difference", ...cells.map(escaped)].join(" | ")} |`;
  });
  const head = [`| ${HEAD.join(" | ")} |`, `| ${HEAD.map(() => "---").join(" | ")} |`];
  return [
    `## Access review of ${review.stage}`,
    "",
    summary(review),
    ...(rows.length > 0 ? ["", ...head, ...rows] : []),
    "",
  ].join("\n");
}

/** The review as text for people, as JSON, or as Markdown. */
export function renderReview(review: AccessReview, format: ReviewFormat): string {
  if (format === "json") return `${JSON.stringify(review, null, 2)}\n`;
  return format === "table" ? table(review) : markdown(review);
}
