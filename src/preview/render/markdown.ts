import { code, details, fenced, marked, markdownTable } from "../../base/text/markdown";
import { escapeUnsafe } from "../../base/text/unsafe";
import { inlineValue } from "../../base/text/value";
import { CHANGE_KINDS, type PropertyChange, type ResourceChange, type StageChanges } from "../change/changes";
import type { Recording } from "../recording";
import { counted, type Recordings, type RenderOptions, type Review, summarise } from "./render";
import { renderTree } from "./tree";
import { summaryText } from "./summary";
import { differingLines } from "./textDiff";
import { countOf, FINDING_WORDS, gravity, KIND_WORDS, shortType, stageCounts, subjectOf, verdictText } from "./words";

/**
 * Markdown for a comment under a pull request: what changes where there is a review, each stage in short, then each stage
 * folded. Whatever a value holds, it stays text: it forms no markup, no mention and no link.
 */
export function renderMarkdown(recordings: Recordings, options: RenderOptions = {}): string {
  const stages = [...recordings.values()];
  const first = options.review === undefined ? [] : reviewParts(options.review);
  const short = ["## Stages", ...stages.map((stage) => stageSummary(stage, options))];
  return parts(...first, ...short, "## All that is sent", summaryTable(stages), ...stages.map(stageDetails));
}

/** What changes, then each stage in short, as Markdown. */
export function renderMarkdownChanges(recordings: Recordings, review: Review, options: RenderOptions = {}): string {
  const short = [...recordings.values()].map((stage) => stageSummary(stage, options));
  return parts(...reviewParts(review), ...(short.length === 0 ? [] : ["## Stages", ...short]));
}

/** Columns of a comment on a wide screen. */
const WIDTH = 110;

function stageSummary(recording: Recording, { summariser }: RenderOptions): string {
  return fenced("text", summaryText(recording, { summariser, width: WIDTH }));
}

function parts(...all: readonly string[]): string {
  return `${all.join("\n\n")}\n`;
}

function summaryTable(stages: readonly Recording[]): string {
  const rows = stages.map((recording) => {
    const summary = summarise(recording);
    const counts = [summary.resources, summary.protected, summary.secrets, summary.unknowns];
    return [code(recording.stack), ...counts];
  });
  return markdownTable(["Stage", "Resources", "Protected", "Secrets", "Known only after the update"], rows);
}

function stageDetails(recording: Recording): string {
  const tree = renderTree(new Map([[recording.stack, recording]]));
  const count = counted(summarise(recording).resources, "resource");
  return details(marked`${code(recording.stack)}: ${count}`, fenced("text", tree));
}

function reviewParts(review: Review): readonly string[] {
  const stages = review.stages;
  const rows = stages.map((stage) => [
    code(stage.stack),
    ...CHANGE_KINDS.map((kind) => countOf(stage, kind)),
    stage.same,
  ]);
  const heads = ["Stage", ...CHANGE_KINDS.map((kind) => KIND_WORDS[kind]), "same"];
  const changed = stages.filter(
    ({ changes, outputs, providers = [] }) => changes.length + outputs.length + providers.length > 0,
  );
  return [
    `## Changes against ${code(review.base).markdown}`,
    findings(review),
    markdownTable(heads, rows),
    ...changed.map(changeDetails),
  ];
}

function findings({ verdict }: Review): string {
  const said = marked`**Verdict:** ${verdictText(verdict)}`.markdown;
  if (verdict.findings.length === 0) return said;
  const rows = verdict.findings.map((finding) => [
    finding.allowed || finding.note === true ? gravity(finding) : marked`**${gravity(finding)}**`,
    code(finding.stack),
    code(subjectOf(finding)),
    FINDING_WORDS[finding.kind],
    code(finding.reason),
  ]);
  return `${said}\n\n${markdownTable(["", "Stage", "What", "Change", "Why"], rows)}`;
}

function changeDetails(stage: StageChanges): string {
  const lines = stage.changes.flatMap(changeLines);
  const told = stage.providers ?? [];
  const providers = told.length === 0 ? [] : ["# told to providers", ...told.flatMap(propertyLines)];
  const outputs = stage.outputs.length === 0 ? [] : ["# outputs", ...stage.outputs.flatMap(propertyLines)];
  return details(
    marked`${code(stage.stack)}: ${stageCounts(stage)}`,
    fenced("diff", [...lines, ...providers, ...outputs].join("\n")),
  );
}

/** Lines of a diff block: it colours by the first character, so what no one added or took begins with a space. */
function changeLines(change: ResourceChange): readonly string[] {
  const { kind, type, name, refused, retained, formerUrn, properties, options } = change;
  const mark = kind === "create" ? "+" : kind === "delete" ? "-" : kind.includes("replace") ? "!" : "#";
  const verb = retained === true ? "forget (it stays in the cloud)" : KIND_WORDS[kind];
  return [
    escapeUnsafe(`${mark} ${verb} ${shortType(type)} ${name}`),
    ...(refused === undefined
      ? []
      : [escapeUnsafe(`! ${kind === "may-replace" ? "if replaced" : "REFUSED"}: ${refused}`)]),
    ...(formerUrn === undefined ? [] : [escapeUnsafe(`  was ${formerUrn}`)]),
    ...properties.flatMap(propertyLines),
    ...options.flatMap((option) => propertyLines({ ...option, path: `option ${option.path}` })),
  ];
}

function propertyLines({ path, before, after, effect, why }: PropertyChange): readonly string[] {
  const texts = differingLines(before, after);
  const forced = effect === "replace" ? `! forces replacement${reason(why)}` : `! may replace${reason(why)}`;
  const values =
    before === after
      ? [
          `    ${escapeUnsafe(path)}: ${inlineValue(after)}${escapeUnsafe(reason(effect === "update" ? why : undefined))}`,
        ]
      : texts
        ? [`    ${escapeUnsafe(path)}:`, ...texts.map(({ sign, text }) => `${sign}     ${text}`)]
        : [
            ...(before === undefined ? [] : [`-   ${escapeUnsafe(path)}: ${inlineValue(before)}`]),
            ...(after === undefined ? [] : [`+   ${escapeUnsafe(path)}: ${inlineValue(after)}`]),
          ];
  return [...values, ...(effect === "update" ? [] : [escapeUnsafe(forced)])];
}

function reason(why: string | undefined): string {
  return why === undefined ? "" : `: ${why}`;
}
