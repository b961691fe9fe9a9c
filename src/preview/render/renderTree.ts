import type { Recording } from "../recording";
import { stagesOf, type Recordings, type RenderOptions } from "./render";
import { branches, shortNames, shortType, type Branch, type ShortName } from "./renderFacts";
import { resourceLines } from "./renderResource";
import { paintFor, paintLine, type Paint } from "./renderPaint";
import { outputLines } from "./renderOutputs";
import { plain, sorted } from "./renderText";
import { renderTreeChanges } from "./renderTreeChanges";
import { counted, summarise } from "./summary";

/**
 * The tree people read on a terminal: per stage its resources below their parents with all inputs and options, then the
 * outputs and a summary. With a review only what changes, since the rest is long and stays as it is.
 */
export function renderTree(recordings: Recordings, options: RenderOptions = {}): string {
  if (options.review !== undefined) return renderTreeChanges(options.review, options);
  const paint = paintFor(options.color ?? false);
  const stages = stagesOf(recordings).map((recording) => stageText(recording, paint));
  return `${stages.join("\n\n")}\n`;
}

function stageText(recording: Recording, paint: Paint): string {
  const short = shortNames(recording.resources);
  const lines = [
    paint("heading", `Stage ${plain(recording.stack)}`) + paint("faint", `  ${plain(recording.project)}`),
    "",
  ];
  for (const branch of branches(recording)) lines.push(...branchLines(branch, short, paint));
  lines.push(
    ...section(
      "Outputs",
      sorted(recording.outputs).flatMap(([key, value]) => outputLines(key, value)),
      paint,
    ),
  );
  lines.push(...section("Reads", readLines(recording), paint));
  const logs = recording.logs.filter(({ severity }) => severity !== "debug");
  lines.push(
    ...section(
      "Said by the program",
      logs.map((log) => plain(`${log.severity}: ${log.message}`)),
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
  return [...stacks, ...resources].map(plain);
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
  const rows = sorted(types).map(([type, count]) => `  ${String(count).padStart(width)}  ${plain(type)}`);
  return [`${paint("name", "Summary")}  ${head.join(", ")}`, ...rows];
}
