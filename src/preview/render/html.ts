import {
  type Content,
  htmlBadge,
  htmlLines,
  htmlList,
  htmlPage,
  htmlTable,
  htmlTag,
  htmlValue,
  type Markup,
  markup,
  type Tone,
} from "../../base/text/html";
import type { Json } from "../../base/json";
import { sortedEntries } from "../../base/text/value";
import {
  CHANGE_KINDS,
  type ChangeKind,
  type PropertyChange,
  type ResourceChange,
  type StageChanges,
} from "../change/changes";
import type { Recording } from "../recording";
import { pictureOf } from "./htmlPicture";
import {
  type Recordings,
  type RenderOptions,
  type Review,
  summarise,
  type SummaryCell,
  type SummaryTone,
} from "./render";
import { summaryOf } from "./summary";
import { differingLines } from "./textDiff";
import {
  type Branch,
  branches,
  countOf,
  FINDING_WORDS,
  gravity,
  KIND_WORDS,
  optionTexts,
  type ShortName,
  shortNames,
  shortType,
  stageCounts,
  subjectOf,
  verdictText,
} from "./words";

/** What changes where there is a review, a picture of the stages, each in short, and each folded, as one page. */
export function renderHtml(recordings: Recordings, options: RenderOptions = {}): string {
  const stages = [...recordings.values()];
  const { review } = options;
  const changed = review === undefined ? [] : [reviewHtml(review)];
  const short = stages.map((stage) => stageSummaryHtml(stage, options));
  const body = htmlLines([...changed, pictureOf(stages), ...short, totals(stages), ...stages.map(stageHtml)]);
  return htmlPage({ title: titleOf(recordings), body });
}

/** What changes, then each stage in short, as a page of its own. */
export function renderHtmlChanges(recordings: Recordings, review: Review, options: RenderOptions = {}): string {
  const short = [...recordings.values()].map((stage) => stageSummaryHtml(stage, options));
  return htmlPage({ title: changesTitle(review), body: htmlLines([reviewHtml(review), ...short]) });
}

function stageSummaryHtml(recording: Recording, { summariser }: RenderOptions): Markup {
  const { about, rows } = summaryOf(recording, summariser);
  const cells = rows.map(({ label, lines }) => [
    markup`<b>${label}</b>`,
    lines.map((line) => markup`<p>${line.map((cell, at) => (at === 0 ? cellHtml(cell) : [", ", cellHtml(cell)]))}</p>`),
  ]);
  return markup`<section><h2>${recording.stack}</h2><p class="soft">${about}</p>${htmlTable([], cells)}</section>`;
}

const CELL_TONES: Readonly<Record<SummaryTone, Tone>> = { good: "good", warn: "warn", bad: "bad", quiet: "quiet" };

const cellHtml = (cell: SummaryCell): Content =>
  typeof cell === "string"
    ? cell
    : cell.tone === "quiet"
      ? markup`<span class="soft">${cell.text}</span>`
      : htmlBadge(CELL_TONES[cell.tone], cell.text);

function titleOf(recordings: Recordings): string {
  const projects = [...new Set([...recordings.values()].map(({ project }) => project))];
  return projects.length === 0 ? "Preview" : `${projects.join(", ")}: preview`;
}

function changesTitle(review: Review): string {
  return `Changes in ${review.stages.map(({ stack }) => stack).join(", ")}`;
}

const codeOf = (text: string): Markup => markup`<code>${text}</code>`;

function totals(stages: readonly Recording[]): Markup {
  const rows = stages.map((recording) => {
    const { resources, protected: guarded, secrets, unknowns } = summarise(recording);
    return [recording.stack, resources, guarded, secrets, unknowns];
  });
  const heads = ["Stage", "Resources", "Protected", "Secrets", "Known only after the update"];
  return markup`<section><h2>In numbers</h2>${htmlTable(heads, rows, "numbers")}</section>`;
}

/** A part that opens on a click, with the number of what is in it. */
const folded = (title: string, count: number, body: Content): Markup =>
  markup`<details><summary>${title} <span class="soft">${count}</span></summary>${body}</details>`;

function stageHtml(recording: Recording): Markup {
  const { stack, resources } = recording;
  const short = shortNames(resources);
  const counts = sortedEntries(summarise(recording).types).map(([type, count]) => [codeOf(type), count]);
  const outputs = sortedEntries(recording.outputs).map(([key, value]) => [codeOf(key), htmlValue(value)]);
  const tree = htmlList(
    "tree",
    branches(recording).map((branch) => branchHtml(branch, short)),
  );
  return markup`<section id="stage-${stack}"><h2>${stack}</h2>
${folded("Resources", resources.length, tree)}
${folded("Outputs", outputs.length, htmlTable(["Output", "Value"], outputs))}
${folded("Types", counts.length, htmlTable(["Type", "Resources"], counts, "numbers"))}
</section>`;
}

function branchHtml({ resource, children }: Branch, short: ShortName): Markup {
  const options = optionTexts(resource.options, short);
  const flags = options.filter(({ text }) => text === "").map(({ label }) => markup` ${htmlTag(label)}`);
  const texts = options.filter(({ text }) => text !== "");
  const rows = [
    ...texts.map(({ label, text }) => [markup`<em>${label}</em>`, text]),
    ...sortedEntries(resource.inputs).map(([key, value]) => [codeOf(key), htmlValue(value)]),
    ...sortedEntries(resource.outputs ?? {}).map(([key, value]) => [markup`<em>output ${key}</em>`, htmlValue(value)]),
  ];
  const head = markup`<b>${shortType(resource.type)}</b> ${resource.name}${flags}`;
  const body =
    rows.length === 0
      ? markup`<p class="leaf">${head}</p>`
      : markup`<details><summary>${head}</summary>${htmlTable([], rows)}</details>`;
  const below = children.map((child) => branchHtml(child, short));
  return markup`${body}${htmlList("below", below)}`;
}

/** The colour of a kind; only a certain loss is the loud one. */
const TONES: Readonly<Record<ChangeKind, Tone>> = {
  replace: "bad",
  "may-replace": "warn",
  delete: "bad",
  create: "good",
  update: "note",
  state: "quiet",
};

/** What changes, as a section: findings first, then a table of counts, then each stage. */
function reviewHtml(review: Review): Markup {
  const stages = review.stages;
  const rows = stages.map((stage) => [
    stage.stack,
    ...CHANGE_KINDS.map((kind) => countHtml(kind, countOf(stage, kind))),
    stage.same,
  ]);
  const heads = ["Stage", ...CHANGE_KINDS.map((kind) => KIND_WORDS[kind]), "same"];
  return markup`<section><h2>Changes against ${codeOf(review.base)}</h2>
${verdictHtml(review)}${htmlTable(heads, rows, "numbers")}${htmlLines(stages.map(stageChangesHtml))}</section>`;
}

/** A count in its kind's colour; none has no colour. */
const countHtml = (kind: ChangeKind, count: number): Content => (count === 0 ? 0 : htmlBadge(TONES[kind], count));

function verdictHtml({ verdict }: Review): Markup {
  const said = markup`<p class="verdict ${verdict.exitCode === 0 ? "good" : "bad"}">Verdict: ${verdictText(verdict)}</p>`;
  const items = verdict.findings.map((finding) => {
    const what = `${gravity(finding)}: ${finding.stack}: ${FINDING_WORDS[finding.kind]} ${subjectOf(finding)}`;
    return markup`<div class="notice ${finding.allowed || finding.note === true ? "warn" : "bad"}"><b>${what}</b><br>${finding.reason}</div>`;
  });
  return markup`${said}${htmlList("notices", items)}`;
}

function stageChangesHtml(stage: StageChanges): Markup | undefined {
  const { stack, changes, outputs, providers = [] } = stage;
  if (changes.length + outputs.length + providers.length === 0) return undefined;
  const told = providers.length === 0 ? undefined : markup`<h3>Told to providers</h3>${propertiesHtml(providers)}`;
  const given = outputs.length === 0 ? undefined : markup`<h3>Outputs</h3>${propertiesHtml(outputs)}`;
  const summary = markup`${stack} <span class="soft">${stageCounts(stage)}</span>`;
  return markup`<details open><summary>${summary}</summary>${htmlLines(changes.map(changeHtml))}${told}${given}</details>`;
}

function changeHtml(change: ResourceChange): Markup {
  const { kind, type, name, refused, retained, formerUrn, properties, options } = change;
  const verb = retained === true ? "forget (it stays in the cloud)" : KIND_WORDS[kind];
  const all = [...properties, ...options.map((option) => ({ ...option, path: `option ${option.path}` }))];
  const refusal = kind === "may-replace" ? "If replaced" : "Refused";
  return markup`<div class="change"><h3>${htmlBadge(TONES[kind], verb)} ${shortType(type)} ${name}</h3>
${refused === undefined ? undefined : markup`<p class="notice bad"><b>${refusal}:</b> ${refused}</p>`}${
    formerUrn === undefined ? undefined : markup`<p>was ${codeOf(formerUrn)}</p>`
  }${all.length === 0 ? undefined : propertiesHtml(all)}</div>`;
}

/** The properties as a table; without an effect or a reason among them those columns are left out. */
function propertiesHtml(changes: readonly PropertyChange[]): Markup {
  const explained = changes.some(({ effect, why }) => effect !== "update" || why !== undefined);
  const rows = changes.map(({ path, before, after, effect, why }) => [
    codeOf(path),
    ...sidesHtml(before, after),
    ...(explained ? [EFFECTS[effect], why] : []),
  ]);
  return htmlTable(["Property", "Old", "New", ...(explained ? ["Effect", "Why"] : [])], rows);
}

/** The old and the new value; of long texts the lines that differ. */
function sidesHtml(before: Json | undefined, after: Json | undefined): readonly (Markup | undefined)[] {
  const texts = differingLines(before, after);
  if (texts === undefined) return [before, after].map((value) => (value === undefined ? undefined : htmlValue(value)));
  return (["-", "+"] as const).map((side) => {
    const lines = texts.filter(({ sign }) => sign === " " || sign === side).map(({ text }) => text);
    return markup`<code class="value">${htmlLines(lines)}</code>`;
  });
}

const EFFECTS: Readonly<Record<PropertyChange["effect"], Markup | undefined>> = {
  update: undefined,
  replace: htmlBadge("bad", "forces replacement"),
  "may-replace": htmlBadge("warn", "may replace"),
};
