import {
  CHANGE_KINDS,
  type ChangeKind,
  type PropertyChange,
  type ResourceChange,
  type StageChanges,
} from "../change/diffTypes";
import { inOrder, type Review } from "./render";
import { shortType } from "./renderFacts";
import { escapeHtml, tableHtml, valueHtml } from "./renderHtmlParts";
import { countOf, KIND_WORDS, stageCounts } from "./renderWords";

/** What changes, as a section: findings first, then a table of counts, then each stage. */
export function reviewHtml(review: Review): string {
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
