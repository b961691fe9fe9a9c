import { escapeUnsafe } from "../../base/text/unsafe";
import { inlineValue } from "../../base/text/value";
import { wrapText } from "../../base/text/wrap";
import type { ChangeKind, Finding, PropertyChange, ResourceChange, StageChanges } from "../change/changes";
import { type Ink, type Paint, paintFor } from "./paint";
import type { RenderOptions, Review } from "./render";
import { resourceLines } from "./resourceText";
import { type DiffLine, differingLines } from "./textDiff";
import { gravity, KIND_WORDS, shortNames, shortType, stageCounts, verdictText } from "./words";

/** How changes are shown. */
interface ChangesOptions extends RenderOptions {
  /** Leaves out what is sent for a new resource, and says once what happens to several alike. */
  short?: boolean;
}

interface Look {
  paint: Paint;
  short: boolean;
  width: number | undefined;
}

const SIGNS: Readonly<Record<ChangeKind, string>> = {
  replace: "±",
  "may-replace": "?",
  delete: "-",
  create: "+",
  update: "~",
  state: "=",
};

/** The verdict with its findings, then what changes, stage by stage. */
export function renderChangesText(review: Review, options: ChangesOptions = {}): string {
  const look: Look = { paint: paintFor(options.color ?? false), short: options.short ?? false, width: options.width };
  const [changed, same] = [true, false].map((wanted) => review.stages.filter((one) => hasChanges(one) === wanted));
  const stages = (changed ?? []).map((stage) => stageLines(stage, look).join("\n"));
  const unchanged = (same ?? []).map(({ stack }) => escapeUnsafe(stack)).join(", ");
  const parts = [
    `Changes against ${escapeUnsafe(review.base)}`,
    verdictLines(review, look).join("\n"),
    ...stages,
    ...(unchanged === "" ? [] : [look.paint("faint", `Nothing changes in ${unchanged}`)]),
  ];
  return `${parts.join("\n\n")}\n`;
}

const hasChanges = ({ changes, outputs, providers = [] }: StageChanges): boolean =>
  changes.length + outputs.length + providers.length > 0;

const GRAVITY_INKS: Readonly<Record<string, Ink>> = {
  REFUSED: "alarm",
  "LOOK AT": "may-replace",
  allowed: "update",
  note: "faint",
};

function verdictLines({ verdict }: Review, { paint, width }: Look): readonly string[] {
  const { findings, exitCode } = verdict;
  const refused = findings.some((finding) => gravity(finding) === "REFUSED");
  const ink = exitCode === 0 ? "good" : refused ? "alarm" : "may-replace";
  const lines = alikeFindings(findings).flatMap(({ stack, type, names, reason, word }) => {
    const head = escapeUnsafe(`${stack}: ${shortType(type)} ${names.join(", ")}`);
    const room = width === undefined ? undefined : width - REASON.length;
    const text = [...wrapText(head, room), ...wrapText(escapeUnsafe(reason), room)];
    const mark = `  ${paint(GRAVITY_INKS[word] ?? "name", word.padEnd(REASON.length - 4))}  `;
    return text.map((line, at) => (at === 0 ? mark : REASON) + line);
  });
  return [`${paint("name", "Verdict")}  ${paint(ink, verdictText(verdict))}`, ...lines];
}

/** Where a finding's words begin. */
const REASON = " ".repeat(11);

/** Findings of one stage with the same type and reason, together. */
function alikeFindings(findings: readonly Finding[]) {
  const groups = new Map<string, { stack: string; type: string; names: string[]; reason: string; word: string }>();
  for (const finding of findings) {
    const { stack, type, name, reason } = finding;
    const word = gravity(finding);
    const key = JSON.stringify([word, stack, type, reason]);
    const group = groups.get(key) ?? { stack, type, names: [], reason, word };
    groups.set(key, { ...group, names: [...group.names, name] });
  }
  return [...groups.values()];
}

function stageLines(stage: StageChanges, look: Look): readonly string[] {
  const { paint } = look;
  const lines = [paint("heading", `Stage ${escapeUnsafe(stage.stack)}`) + paint("faint", `  ${stageCounts(stage)}`)];
  for (const group of look.short ? alike(stage.changes) : stage.changes.map((change) => [change])) {
    lines.push("", ...groupLines(group, look));
  }
  const { providers = [] } = stage;
  if (providers.length > 0) lines.push("", paint("name", "Told to providers"), ...propertiesLines(providers, look));
  if (stage.outputs.length > 0) lines.push("", paint("name", "Outputs"));
  return [...lines, ...propertiesLines(stage.outputs, look)];
}

/** Changes to which the same happens, together: new and deleted resources by type, others by what changes in them. */
function alike(changes: readonly ResourceChange[]): readonly (readonly ResourceChange[])[] {
  const groups = new Map<string, ResourceChange[]>();
  for (const change of changes) {
    const { kind, type, urn, formerUrn, refused, retained, properties, options } = change;
    const whole = kind === "create" || kind === "delete";
    const same = whole
      ? [type, retained ?? false, refused ?? ""]
      : [refused ?? "", formerUrn ?? "", properties, options];
    const key = formerUrn === undefined ? JSON.stringify([kind, ...same]) : urn;
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  return [...groups.values()];
}

/** Resources that a line names before it counts the others. */
const MOST_NAMES = 3;

/** What happens to one resource, or to several alike. */
function groupLines(group: readonly ResourceChange[], { paint, short, width }: Look): readonly string[] {
  const [change] = group;
  if (change === undefined) return [];
  const { kind, type, formerUrn, refused, retained, resource } = change;
  const verb = retained === true ? "forget (it stays in the cloud)" : KIND_WORDS[kind];
  const whole = group.length === 1 ? `  ${paint("faint", escapeUnsafe(type))}` : "";
  const lines = [`${paint(kind, `${SIGNS[kind]} ${verb}`)}  ${subjects(group, paint)}${whole}`];
  if (refused !== undefined) {
    const [first = "", ...others] = wrapText(escapeUnsafe(refused), width === undefined ? undefined : width - 15);
    lines.push(`  ${paint("alarm", kind === "may-replace" ? "IF REPLACED" : "REFUSED")} ${first}`);
    lines.push(...others.map((line) => `    ${line}`));
  }
  if (formerUrn !== undefined) lines.push(paint("faint", `  was ${escapeUnsafe(formerUrn)}`));
  const options = change.options.map((option) => ({ ...option, path: `option ${option.path}` }));
  lines.push(...propertiesLines([...change.properties, ...options], { paint, short, width }));
  if (short || kind !== "create" || resource === undefined) return lines;
  const sent = resourceLines(resource, shortNames([]), paint).slice(1);
  return [...lines, ...sent.map((line) => `    ${line}`)];
}

function subjects(group: readonly ResourceChange[], paint: Paint): string {
  const named = (change: ResourceChange, type: string): string =>
    [type, paint("name", escapeUnsafe(change.name))].filter((word) => word !== "").join(" ");
  const types = [...new Set(group.map(({ type }) => escapeUnsafe(shortType(type))))];
  const [first = ""] = types;
  const [change] = group;
  if (group.length === 1 && change !== undefined) return named(change, first);
  const one = types.length === 1;
  const names = group.slice(0, MOST_NAMES).map((each) => named(each, one ? "" : escapeUnsafe(shortType(each.type))));
  const more = group.length > MOST_NAMES ? ` and ${group.length - MOST_NAMES} more` : "";
  return `${group.length} ${one ? first : "resources"}: ${names.join(", ")}${more}`;
}

const LINE_INKS: Readonly<Record<DiffLine["sign"], Ink>> = { "-": "delete", "+": "create", " ": "faint" };

/** What changes at each path; a path of which several are told, such as that of any entry of a list, is said once. */
function propertiesLines(changes: readonly PropertyChange[], look: Look): readonly string[] {
  const heads = changes.map((change) => headLine(change, look));
  return changes.flatMap((change, at) => {
    const values = valueLinesOf(change, look);
    return heads[at] === heads[at - 1] ? values : [heads[at] ?? "", ...values];
  });
}

function headLine({ path, effect, why }: PropertyChange, { paint }: Look): string {
  const forced =
    effect === "update" ? "" : paint(effect, effect === "replace" ? "  FORCES REPLACEMENT" : "  may replace");
  const reason = why === undefined ? "" : paint("faint", `: ${escapeUnsafe(why)}`);
  return `    ${paint("key", escapeUnsafe(path))}${forced}${reason}`;
}

function valueLinesOf({ before, after }: PropertyChange, { paint, short }: Look): readonly string[] {
  if (before !== undefined && before === after) {
    return short ? [] : [`      ${paint("faint", `~ ${inlineValue(after)}`)}`];
  }
  const texts = differingLines(before, after);
  if (texts) return texts.map(({ sign, text }) => `      ${paint(LINE_INKS[sign], `${sign} ${text}`)}`);
  return [
    ...(before === undefined ? [] : [`      ${paint("delete", `- ${inlineValue(before)}`)}`]),
    ...(after === undefined ? [] : [`      ${paint("create", `+ ${inlineValue(after)}`)}`]),
  ];
}
