import { styleText } from "node:util";
import { isObject, type Json } from "../../base/json";
import { escapeUnsafe } from "../../base/text/unsafe";
import { inlineValue, sortedEntries, valueLines } from "../../base/text/value";
import type { ChangeKind, PropertyChange, ResourceChange, StageChanges } from "../change/changes";
import type { RecordedResource, Recording } from "../recording";
import { counted, type Recordings, type RenderOptions, type Review, summarise } from "./render";
import {
  type Branch,
  branches,
  KIND_WORDS,
  optionTexts,
  type ShortName,
  shortNames,
  shortType,
  stageCounts,
} from "./words";

/** What a piece of text is; its colour follows from it. */
type Ink = "heading" | "type" | "name" | "key" | "option" | "secret" | "unknown" | "faint" | ChangeKind | "alarm";

type Style = Parameters<typeof styleText>[0];

const STYLES: Readonly<Record<Ink, Style>> = {
  heading: ["bold", "underline"],
  type: "cyan",
  name: "bold",
  key: "blue",
  option: "magenta",
  secret: "yellow",
  unknown: "gray",
  faint: "gray",
  create: "green",
  update: "yellow",
  replace: ["red", "bold"],
  "may-replace": "magenta",
  delete: "red",
  state: "cyan",
  alarm: ["red", "bold"],
};

/** Colours text, or leaves it. */
type Paint = (ink: Ink, text: string) => string;

/** A paint for a terminal with or without colours; who calls decides, the environment is not looked at. */
function paintFor(color: boolean): Paint {
  return color ? (ink, text) => styleText(STYLES[ink], text, { validateStream: false }) : (_ink, text) => text;
}

/** Colours a line `key: value`, secrets and unknowns apart. */
function paintLine(line: string, paint: Paint): string {
  const [, lead = "", key = "", rest = line] = /^([ -]*)([^\s:"]+:)?(.*)$/s.exec(line) ?? [];
  const value = rest
    .replaceAll("[secret]", () => paint("secret", "[secret]"))
    .replaceAll("[unknown]", () => paint("unknown", "[unknown]"));
  return lead + (key === "" ? "" : paint("key", key)) + value;
}

/**
 * The tree people read on a terminal: per stage its resources below their parents with all inputs and options, then the
 * outputs and a summary. With a review only what changes, since the rest is long and stays as it is.
 */
export function renderTree(recordings: Recordings, options: RenderOptions = {}): string {
  if (options.review !== undefined) return renderTreeChanges(options.review, options);
  const paint = paintFor(options.color ?? false);
  const stages = [...recordings.values()].map((recording) => stageText(recording, paint));
  return `${stages.join("\n\n")}\n`;
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

/** The heading of a resource, then its options, inputs and outputs. */
function resourceLines(resource: RecordedResource, short: ShortName, paint: Paint): readonly string[] {
  const { type, name, inputs, options, outputs } = resource;
  const heading = `${paint("type", escapeUnsafe(shortType(type)))} ${paint("name", escapeUnsafe(name))}`;
  const lines = [`${heading}  ${paint("faint", escapeUnsafe(type))}`];
  for (const { label, text } of optionTexts(options, short)) {
    lines.push(`${paint("option", `» ${label}`)}${text === "" ? "" : ` ${escapeUnsafe(text)}`}`);
  }
  for (const [key, value] of sortedEntries(inputs)) {
    lines.push(...valueLines(key, value).map((line) => paintLine(line, paint)));
  }
  const given = sortedEntries(outputs ?? {}).flatMap(([key, value]) => valueLines(key, value));
  if (given.length > 0) lines.push(paint("option", "» outputs"), ...given.map((line) => `  ${paintLine(line, paint)}`));
  return lines;
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

const SIGNS: Readonly<Record<ChangeKind, string>> = {
  replace: "±",
  "may-replace": "?",
  delete: "-",
  create: "+",
  update: "~",
  state: "=",
};

/** What changes, stage by stage, and the findings last, where a terminal shows them. */
export function renderTreeChanges(review: Review, { color = false }: RenderOptions = {}): string {
  const paint = paintFor(color);
  const stages = review.stages.map((stage) => stageLines(stage, paint).join("\n"));
  return `${[`Changes against ${escapeUnsafe(review.base)}`, ...stages, findingLines(review, paint).join("\n")].join("\n\n")}\n`;
}

function stageLines(stage: StageChanges, paint: Paint): readonly string[] {
  const lines = [paint("heading", `Stage ${escapeUnsafe(stage.stack)}`) + paint("faint", `  ${stageCounts(stage)}`)];
  for (const change of stage.changes) lines.push("", ...changeLines(change, paint));
  if (stage.outputs.length > 0) lines.push("", paint("name", "Outputs"));
  return [...lines, ...stage.outputs.flatMap((change) => propertyLines(change, paint))];
}

function changeLines(change: ResourceChange, paint: Paint): readonly string[] {
  const { kind, type, name, formerUrn, refused, retained, resource } = change;
  const verb = retained === true ? "forget (it stays in the cloud)" : KIND_WORDS[kind];
  const mark = paint(kind, `${SIGNS[kind]} ${verb}`);
  const lines = [
    `${mark}  ${escapeUnsafe(shortType(type))} ${paint("name", escapeUnsafe(name))}  ${paint("faint", escapeUnsafe(type))}`,
  ];
  if (refused !== undefined)
    lines.push(`  ${paint("alarm", kind === "may-replace" ? "IF REPLACED" : "REFUSED")} ${escapeUnsafe(refused)}`);
  if (formerUrn !== undefined) lines.push(paint("faint", `  was ${escapeUnsafe(formerUrn)}`));
  lines.push(...change.properties.flatMap((property) => propertyLines(property, paint)));
  lines.push(...change.options.flatMap((option) => propertyLines({ ...option, path: `option ${option.path}` }, paint)));
  if (kind !== "create" || resource === undefined) return lines;
  return [
    ...lines,
    ...resourceLines(resource, shortNames([]), paint)
      .slice(1)
      .map((line) => `    ${line}`),
  ];
}

function propertyLines(change: PropertyChange, paint: Paint): readonly string[] {
  const { path, before, after, effect, why } = change;
  const forced =
    effect === "update" ? "" : paint(effect, effect === "replace" ? "  FORCES REPLACEMENT" : "  may replace");
  const reason = why === undefined ? "" : paint("faint", `: ${escapeUnsafe(why)}`);
  const lines = [`    ${paint("key", escapeUnsafe(path))}${forced}${reason}`];
  if (before !== undefined && before === after) return [...lines, `      ${paint("faint", `~ ${inlineValue(after)}`)}`];
  if (before !== undefined) lines.push(`      ${paint("delete", `- ${inlineValue(before)}`)}`);
  if (after !== undefined) lines.push(`      ${paint("create", `+ ${inlineValue(after)}`)}`);
  return lines;
}

function findingLines({ verdict }: Review, paint: Paint): readonly string[] {
  if (verdict.findings.length === 0) return ["No protected resource, registry or token would be replaced or deleted"];
  return verdict.findings.map(({ stack, type, name, reason, allowed }) => {
    const mark = allowed ? paint("update", "allowed") : paint("alarm", "finding");
    return `${mark}  ${escapeUnsafe(`${stack}: ${shortType(type)} ${name}: ${reason}`)}`;
  });
}
