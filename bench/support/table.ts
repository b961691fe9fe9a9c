/** One line of the bench's result. */
export interface Row {
  what: string;
  /** The figures behind it, as text. */
  figures: string;
  /** What is compared: the ratio, or the figure itself where there is nothing to compare with. */
  value: number;
  /** The most that is allowed; absent for what is only reported. */
  bar?: number;
}

/** The rows as a table for a terminal or for Markdown. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ what, figures, value, bar }) => [
    what,
    figures,
    value.toFixed(2),
    bar === undefined || bar === Number.POSITIVE_INFINITY ? "-" : `at most ${bar}`,
    bar === undefined || bar === Number.POSITIVE_INFINITY ? "" : value <= bar ? "met" : "NOT MET",
  ]);
  const all = [["what", "figures", "ratio", "bar", ""], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length))) ?? [];
  const line = (row: readonly string[]) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = all;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}
