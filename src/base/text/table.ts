import { escapeUnsafe } from "./unsafe";

/**
 * Rows as lines of columns for a terminal: two spaces between columns, none at an end. Cells show their unsafe characters
 * as escapes, so a cell is one line.
 */
export function terminalTable(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(escapeUnsafe));
  const widths: number[] = [];
  for (const row of cells) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return cells.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
