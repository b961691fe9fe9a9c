import { createHash } from "node:crypto";
import { escapeHtml, tableHtml, valueHtml } from "../../base/text/html";
import { sortedEntries } from "../../base/text/value";
import {
  CHANGE_KINDS,
  type ChangeKind,
  type PropertyChange,
  type ResourceChange,
  type StageChanges,
} from "../change/changes";
import type { Recording } from "../recording";
import { pictureOf, STYLE } from "./htmlPicture";
import { inOrder, type Recordings, type RenderOptions, type Review, stagesOf, summarise } from "./render";
import {
  type Branch,
  branches,
  countOf,
  KIND_WORDS,
  optionTexts,
  type ShortName,
  shortNames,
  shortType,
  stageCounts,
} from "./words";

/**
 * One page without scripts or anything from elsewhere: a picture of the stages, what changes, and each stage folded.
 * Its policy allows this page's own style and nothing else.
 */
export function renderHtml(recordings: Recordings, { review }: RenderOptions = {}): string {
  const stages = stagesOf(recordings);
  const changed = review === undefined ? "" : reviewHtml(review);
  return page(titleOf(recordings), [pictureOf(stages), changed, totals(stages), ...stages.map(stageHtml)]);
}

/** Only what changes, as a page of its own. */
export function renderHtmlChanges(review: Review): string {
  return page(changesTitle(review), [reviewHtml(review)]);
}

function page(title: string, body: readonly string[]): string {
  const hash = createHash("sha256").update(STYLE).digest("base64");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body.filter((part) => part !== "").join("\n")}
</main>
</body>
</html>
`;
}

function titleOf(recordings: Recordings): string {
  const projects = [...new Set(stagesOf(recordings).map(({ project }) => project))];
  return projects.length === 0 ? "Preview" : `${projects.join(", ")}: preview`;
}

function changesTitle(review: Review): string {
  return `Changes in ${inOrder(review.stages, ({ stack }) => stack)
    .map(({ stack }) => stack)
    .join(", ")}`;
}

function totals(stages: readonly Recording[]): string {
  const rows = stages.map((recording) => {
    const { resources, protected: guarded, secrets, unknowns } = summarise(recording);
    return [escapeHtml(recording.stack), ...[resources, guarded, secrets, unknowns].map(String)];
  });
  const heads = ["Stage", "Resources", "Protected", "Secrets", "Known only after the update"];
  return `<section><h2>In numbers</h2>${tableHtml(heads, rows, "numbers")}</section>`;
}

function stageHtml(recording: Recording): string {
  const short = shortNames(recording.resources);
  const { types } = summarise(recording);
  const counts = sortedEntries(types).map(([type, count]) => [`<code>${escapeHtml(type)}</code>`, String(count)]);
  const outputs = sortedEntries(recording.outputs).map(([key, value]) => [
    `<code>${escapeHtml(key)}</code>`,
    valueHtml(value),
  ]);
  const resources = branches(recording).map((branch) => branchHtml(branch, short));
  return `<section id="stage-${escapeHtml(recording.stack)}"><h2>${escapeHtml(recording.stack)}</h2>
<details><summary>Resources <span class="count">${recording.resources.length}</span></summary><ul class="tree">${resources.join("\n")}</ul></details>
<details><summary>Outputs <span class="count">${outputs.length}</span></summary>${tableHtml(["Output", "Value"], outputs)}</details>
<details><summary>Types <span class="count">${counts.length}</span></summary>${tableHtml(["Type", "Resources"], counts, "numbers")}</details>
</section>`;
}

function branchHtml({ resource, children }: Branch, short: ShortName): string {
  const inputs = sortedEntries(resource.inputs).map(([key, value]) => [
    `<code>${escapeHtml(key)}</code>`,
    valueHtml(value),
  ]);
  const options = optionTexts(resource.options, short);
  const flags = options
    .filter(({ text }) => text === "")
    .map(({ label }) => `<span class="flag">${escapeHtml(label)}</span>`);
  const texts = options.filter(({ text }) => text !== "");
  const rows = [
    ...texts.map(({ label, text }) => [`<em>${escapeHtml(label)}</em>`, escapeHtml(text)]),
    ...inputs,
    ...sortedEntries(resource.outputs ?? {}).map(([key, value]) => [
      `<em>output ${escapeHtml(key)}</em>`,
      valueHtml(value),
    ]),
  ];
  const head = `<b>${escapeHtml(shortType(resource.type))}</b> ${escapeHtml(resource.name)} ${flags.join(" ")}`;
  const body =
    rows.length === 0
      ? `<p class="leaf">${head}</p>`
      : `<details><summary>${head}</summary>${tableHtml([], rows)}</details>`;
  const below = children.map((child) => branchHtml(child, short)).join("\n");
  return `<li>${body}${below === "" ? "" : `<ul>${below}</ul>`}</li>`;
}

/** What changes, as a section: findings first, then a table of counts, then each stage. */
function reviewHtml(review: Review): string {
  const stages = inOrder(review.stages, ({ stack }) => stack);
  const rows = stages.map((stage) => [
    escapeHtml(stage.stack),
    ...CHANGE_KINDS.map((kind) => countHtml(kind, countOf(stage, kind))),
    String(stage.same),
  ]);
  const heads = ["Stage", ...CHANGE_KINDS.map((kind) => escapeHtml(KIND_WORDS[kind])), "same"];
  return `<section><h2>Changes against <code>${escapeHtml(review.base)}</code></h2>
${findingsHtml(review)}${tableHtml(heads, rows, "numbers")}${stages.map(stageChangesHtml).join("\n")}</section>`;
}

/** A count in its kind's colour; none has no colour. */
function countHtml(kind: ChangeKind, count: number): string {
  return count === 0 ? "0" : `<b class="${kind}">${count}</b>`;
}

function findingsHtml({ verdict }: Review): string {
  if (verdict.findings.length === 0) {
    return '<p class="good">No protected resource, registry or token would be replaced or deleted.</p>';
  }
  const items = verdict.findings.map(({ stack, type, name, kind, reason, allowed }) => {
    const what = escapeHtml(`${stack}: ${KIND_WORDS[kind]} ${shortType(type)} ${name}`);
    return `<li class="${allowed ? "allowed" : "alarm"}"><b>${what}</b><br>${escapeHtml(reason)}</li>`;
  });
  return `<ul class="findings">${items.join("\n")}</ul>`;
}

function stageChangesHtml(stage: StageChanges): string {
  const { changes, outputs } = stage;
  if (changes.length + outputs.length === 0) return "";
  const resources = changes.map(changeHtml).join("\n");
  const given = outputs.length === 0 ? "" : `<h4>Outputs</h4>${propertiesHtml(outputs)}`;
  const counts = escapeHtml(stageCounts(stage));
  return `<details open><summary>${escapeHtml(stage.stack)} <span class="count">${counts}</span></summary>${resources}${given}</details>`;
}

function changeHtml(change: ResourceChange): string {
  const { kind, type, name, refused, retained, formerUrn, properties, options } = change;
  const verb = retained === true ? "forget (it stays in the cloud)" : KIND_WORDS[kind];
  const all = [...properties, ...options.map((option) => ({ ...option, path: `option ${option.path}` }))];
  const refusal = kind === "may-replace" ? "If replaced" : "Refused";
  return `<div class="change"><h4><span class="kind ${kind}">${escapeHtml(verb)}</span> ${escapeHtml(`${shortType(type)} ${name}`)}</h4>
${refused === undefined ? "" : `<p class="refused"><b>${refusal}:</b> ${escapeHtml(refused)}</p>`}${
    formerUrn === undefined ? "" : `<p>was <code>${escapeHtml(formerUrn)}</code></p>`
  }${all.length === 0 ? "" : propertiesHtml(all)}</div>`;
}

/** The properties as a table; without an effect or a reason among them those columns are left out. */
function propertiesHtml(changes: readonly PropertyChange[]): string {
  const explained = changes.some(({ effect, why }) => effect !== "update" || why !== undefined);
  const rows = changes.map(({ path, before, after, effect, why }) => [
    `<code>${escapeHtml(path)}</code>`,
    before === undefined ? "" : valueHtml(before),
    after === undefined ? "" : valueHtml(after),
    ...(explained ? [EFFECTS[effect], escapeHtml(why ?? "")] : []),
  ]);
  return tableHtml(["Property", "Old", "New", ...(explained ? ["Effect", "Why"] : [])], rows);
}

const EFFECTS: Readonly<Record<PropertyChange["effect"], string>> = {
  update: "",
  replace: '<b class="replace">forces replacement</b>',
  "may-replace": '<b class="may-replace">may replace</b>',
};
