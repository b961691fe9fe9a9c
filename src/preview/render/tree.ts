import { isObject, type Json } from "../../base/json";
import { escapeUnsafe } from "../../base/text/unsafe";
import { sortedEntries, valueLines } from "../../base/text/value";
import type { Recording } from "../recording";
import { renderChangesText } from "./changesText";
import { type Paint, paintFor, paintLine } from "./paint";
import { resourceLines } from "./resourceText";
import { counted, type Recordings, type RenderOptions, type Review, summarise } from "./render";
import { type Branch, branches, type ShortName, shortNames, shortType } from "./words";

/**
 * The tree people read on a terminal: per stage its resources below their parents with all inputs and options, then the
 * outputs and a summary. With a review only what changes, since the rest is long and stays as it is.
 */
export function renderTree(recordings: Recordings, options: RenderOptions = {}): string {
  if (options.review !== undefined) return renderTreeChanges(recordings, options.review, options);
  const paint = paintFor(options.color ?? false);
  const stages = [...recordings.values()].map((recording) => stageText(recording, paint));
  return `${stages.join("\n\n")}\n`;
}

/** What changes, each new resource whole. */
export function renderTreeChanges(_recordings: Recordings, review: Review, options: RenderOptions = {}): string {
  return renderChangesText(review, options);
}

function stageText(recording: Recording, paint: Paint): string {
  const short = shortNames(recording.resources);
  const lines = [
    paint("heading", `Stage ${escapeUnsafe(recording.stack)}`) + paint("faint", `  ${escapeUnsafe(recording.project)}`),
    "",
  ];
  for (const branch of branches(recording)) lines.push(...branchLines(branch, short, paint));
  lines.push(
    ...section(
      "Outputs",
      sortedEntries(recording.outputs).flatMap(([key, value]) => outputLines(key, value)),
      paint,
    ),
  );
  lines.push(...section("Reads", readLines(recording), paint));
  const logs = recording.logs.filter(({ severity }) => severity !== "debug");
  lines.push(
    ...section(
      "Said by the program",
      logs.map((log) => escapeUnsafe(`${log.severity}: ${log.message}`)),
      paint,
    ),
  );
  return [...lines, "", ...summaryLines(recording, paint)].join("\n");
}

function branchLines({ resource, children }: Branch, short: ShortName, paint: Paint): readonly string[] {
  const own = resourceLines(resource, short, paint);
  const below = children.flatMap((child, at) => {
    const last = at === children.length - 1;
    return branchLines(child, short, paint).map((line, row) => {
      const edge = row === 0 ? (last ? "└─ " : "├─ ") : last ? "   " : "│  ";
      return paint("faint", edge) + line;
    });
  });
  const stem = children.length > 0 ? paint("faint", "│  ") : "   ";
  const body = own.slice(1).map((line) => stem + line);
  return [own[0] ?? "", ...body, ...below];
}

function section(title: string, lines: readonly string[], paint: Paint): readonly string[] {
  return lines.length === 0 ? [] : ["", paint("name", title), ...lines.map((line) => `  ${paintLine(line, paint)}`)];
}

function readLines(recording: Recording): readonly string[] {
  const stacks = recording.references.map(({ stack }) => `stack ${stack}`);
  const resources = (recording.reads ?? []).map(({ type, name, id }) => `${shortType(type)} ${name}, ${id}`);
  return [...stacks, ...resources].map(escapeUnsafe);
}

function summaryLines(recording: Recording, paint: Paint): readonly string[] {
  const { types, ...counts } = summarise(recording);
  const width = Math.max(0, ...Object.values(types).map((count) => String(count).length));
  const head = [
    counted(counts.resources, "resource"),
    `${counts.protected} protected`,
    counted(counts.secrets, "secret"),
    counted(counts.unknowns, "value known only after the update", "values known only after the update"),
  ];
  const rows = sortedEntries(types).map(([type, count]) => `  ${String(count).padStart(width)}  ${escapeUnsafe(type)}`);
  return [`${paint("name", "Summary")}  ${head.join(", ")}`, ...rows];
}

/** A control of the output `compliance`, as far as it is shown here. */
function verdictOf(outcome: Json | undefined): string | undefined {
  if (!isObject(outcome)) return undefined;
  const { verdict, level } = outcome;
  return typeof verdict === "string" && typeof level === "string" ? `${verdict}, ${level}` : undefined;
}

/**
 * The lines of a stack's output. What `compliance` says of each control is a line, since its evidence is a thousand:
 * `dualreg compliance` shows that, and the JSON form has it whole.
 */
export function outputLines(key: string, value: Json): readonly string[] {
  if (key !== "compliance" || !isObject(value) || !isObject(value["controls"])) return valueLines(key, value);
  const { controls, ...others } = value;
  const verdicts = sortedEntries(controls).map(([id, outcome]) => [id, verdictOf(outcome)] as const);
  if (verdicts.some(([, verdict]) => verdict === undefined)) return valueLines(key, value);
  return [
    `${key}:`,
    ...verdicts.map(([id, verdict]) => escapeUnsafe(`  ${id}: ${verdict ?? ""}`)),
    ...sortedEntries(others).flatMap(([name, other]) => valueLines(name, other).map((line) => `  ${line}`)),
  ];
}
