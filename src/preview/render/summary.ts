import { escapeUnsafe } from "../../base/text/unsafe";
import { wrapText } from "../../base/text/wrap";
import type { Recording } from "../recording";
import { renderChangesText } from "./changesText";
import { type Ink, type Paint, paintFor } from "./paint";
import {
  counted,
  type Recordings,
  type RenderOptions,
  type Review,
  type StageSummary,
  summarise,
  type Summariser,
  type SummaryCell,
  type SummaryRow,
  type SummaryTone,
} from "./render";

/** What is shown of a stage: its meaning where somebody knows it, else how many resources of which type. */
export function summaryOf(recording: Recording, summariser?: Summariser): StageSummary {
  const { resources, types, protected: guarded, unknowns } = summarise(recording);
  const known = summariser?.(recording);
  const counts = [counted(resources, "resource"), `${guarded} protected`];
  if (known) return { ...known, about: [known.about, ...counts].join(", ") };
  const later = counted(unknowns, "value known only after the update", "values known only after the update");
  const lines = Object.entries(types).map(([type, count]) => [String(count), type]);
  return { about: [recording.project, ...counts, later].join(", "), rows: [{ label: "Resources", lines }] };
}

const MORE = [
  "--details shows each resource with all that is sent for it, --stage <name> one stage alone;",
  "--base <ref> shows what changes against a commit; dualreg compliance explains each control.",
];

/** The stages in short, as a terminal shows them; with a review what changes instead, whole resources left out. */
export function renderSummary(recordings: Recordings, options: RenderOptions = {}): string {
  const { review, summariser, color = false, width } = options;
  if (review !== undefined) return renderSummaryChanges(recordings, review, options);
  const paint = paintFor(color);
  const stages = [...recordings.values()].map((one) => summaryText(one, { summariser, width, paint }));
  const more = MORE.flatMap((line) => wrapText(line, width)).map((line) => paint("faint", line));
  return `${[...stages, more.join("\n")].join("\n\n")}\n`;
}

/** What changes, in short. */
export function renderSummaryChanges(_recordings: Recordings, review: Review, options: RenderOptions = {}): string {
  return renderChangesText(review, { ...options, short: true });
}

/** The summary of one stage as lines of text, at most `width` columns each. */
export function summaryText(
  recording: Recording,
  {
    summariser,
    width,
    paint = paintFor(false),
  }: { summariser?: Summariser | undefined; width?: number | undefined; paint?: Paint },
): string {
  const { about, rows } = summaryOf(recording, summariser);
  const lead = `Stage ${escapeUnsafe(recording.stack)}`;
  const [first = "", ...others] = wrapText(
    escapeUnsafe(about),
    width === undefined ? undefined : width - lead.length - 2,
  );
  const indent = Math.max(0, ...rows.map(({ label }) => label.length)) + 4;
  return [
    `${paint("heading", lead)}  ${paint("faint", first)}`,
    ...others.map((line) => " ".repeat(lead.length + 2) + paint("faint", line)),
    "",
    ...rows.flatMap((row) => rowLines(row, { indent, width, paint })),
  ].join("\n");
}

const INKS: Readonly<Record<SummaryTone, Ink>> = { good: "good", warn: "update", bad: "alarm", quiet: "faint" };

/** Fewer columns than this for a line's last cell, and the line is set as running text. */
const NARROW = 24;

function rowLines(
  { label, lines }: SummaryRow,
  { indent, width, paint }: { indent: number; width: number | undefined; paint: Paint },
): readonly string[] {
  const widths: number[] = [];
  for (const line of lines) {
    line.slice(0, -1).forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, textOf(cell).length)));
  }
  const head = `  ${paint("name", label)}${" ".repeat(indent - label.length - 2)}`;
  const body = lines.flatMap((line) => lineOf(line, { widths, room: width && width - indent, paint }));
  return body.map((line, at) => (at === 0 ? head : " ".repeat(indent)) + line);
}

/** A line's cells at their columns, the last one over as many lines as it needs. */
function lineOf(
  line: readonly SummaryCell[],
  { widths, room, paint }: { widths: readonly number[]; room: number | undefined; paint: Paint },
): readonly string[] {
  const first = line.slice(0, -1);
  const last = line.at(-1) ?? "";
  const before = first.reduce<number>((sum, _cell, at) => sum + (widths[at] ?? 0) + 2, 0);
  if (room !== undefined && before > 0 && room - before < Math.max(NARROW, textOf(last).length)) {
    const text = line
      .map(textOf)
      .filter((cell) => cell !== "")
      .join(", ");
    return wrapText(text, room - 2).map((part, at) => (at === 0 ? part : `  ${part}`));
  }
  const lead = first.map((cell, at) => painted(cell, paint) + " ".repeat((widths[at] ?? 0) - textOf(cell).length + 2));
  const [start = "", ...others] = wrapText(textOf(last), room === undefined ? undefined : room - before);
  const tint = (text: string): string => (typeof last === "string" ? text : paint(INKS[last.tone], text));
  return [(lead.join("") + tint(start)).trimEnd(), ...others.map((part) => " ".repeat(before) + tint(part))];
}

/** A cell's text as it may be shown. */
function textOf(cell: SummaryCell): string {
  return escapeUnsafe(typeof cell === "string" ? cell : cell.text);
}

const painted = (cell: SummaryCell, paint: Paint): string =>
  typeof cell === "string" ? textOf(cell) : paint(INKS[cell.tone], textOf(cell));
