import { IMAGE_CLASSES } from "../../../domain/imageClass";
import { RULES, type Rule, type Support } from "../../../domain/support";
import type { Control } from "../../control";
import type { ControlOutcome, Finding, WaiverState } from "../../report";
import type { ReportedStage, RuleStatement } from "../model";
import { byUrgency, shownBases, shownCounts, shownFailures, shownSource, stageTitle } from "../words";
import { badge, evidenceHtml, list, part, tag, text } from "./parts";
import { pictureOf } from "./picture";

function findingHtml(stage: ReportedStage, { scope, verdict, basis, evidence, note, waiver }: Finding): string {
  const by = waiver === undefined ? undefined : stage.compliance.waivers[waiver];
  const lapsed = verdict === "waived" ? "Waived until" : "Its waiver expired on";
  const why =
    by === undefined
      ? ""
      : `<p>${lapsed} ${text(by.expires)}, approved by ${text(by.approver)}: ${text(by.reason)}</p>`;
  const told = note === undefined ? "" : `<p>${text(note)}</p>`;
  return `<p>${badge(verdict)} ${tag(scope)} ${tag(basis)}</p>${evidence.map(evidenceHtml).join("")}${told}${why}`;
}

function controlHtml(stage: ReportedStage, [control, { verdict, level, findings }]: [Control, ControlOutcome]): string {
  const elsewhere = control.corresponds.map(({ source, id, name }) => `${source} ${name ?? id}`);
  const mapped = control.mappings.map(({ framework, id }) => `${framework} ${id}`);
  const also = [...control.rows, ...elsewhere, ...new Set(mapped)];
  const todo =
    verdict === "fail" || verdict === "unknown" ? `<p class="todo"><b>To do:</b> ${text(control.remediation)}</p>` : "";
  return `<div class="head"><h4>${text(control.title)}</h4> ${badge(verdict)} ${tag(control.severity)} ${tag(level)} <code>${control.id}</code></div>
<p class="soft">${text(control.why)}</p>
${list(
  "findings",
  findings.map((finding) => findingHtml(stage, finding)),
)}${todo}
${also.length === 0 ? "" : `<p class="soft todo">${text(also.join(", "))}</p>`}`;
}

function supportHtml(support: Support): string {
  switch (support.support) {
    case "native":
      return `native${support.limits === undefined ? "" : `<p>${text(support.limits)}</p>`}`;
    case "emulated":
      return `emulated<p>by ${text(support.by)}</p>`;
    case "impossible":
      return `<span class="impossible">impossible</span><p>${text(support.because)}</p>`;
  }
}

function statementHtml(statement: RuleStatement | undefined): string {
  if (statement === undefined) return "<td></td>";
  const { support, basis, control, verdict } = statement;
  const shown =
    control === undefined || verdict === undefined ? "" : ` ${badge(verdict)} <span class="soft">${control}</span>`;
  return `<td>${supportHtml(support)}<p>${tag(basis)}${shown}</p></td>`;
}

function rulesHtml({ rules, registries }: ReportedStage): string {
  const of = (rule: Rule, at: string) => rules.find((one) => one.rule === rule && one.class === at);
  const heads = IMAGE_CLASSES.map((imageClass) => {
    const registry = registries.find((one) => one.class === imageClass);
    return `<th scope="col">${imageClass}${registry === undefined ? "" : ` (${registry.kind}, ${registry.mode})`}</th>`;
  });
  const rows = RULES.map((rule) => {
    return `<tr><th scope="row">${rule}</th>${IMAGE_CLASSES.map((at) => statementHtml(of(rule, at))).join("")}</tr>`;
  });
  return `<table><thead><tr><th scope="col">Rule</th>${heads.join("")}</tr></thead><tbody>
${rows.join("\n")}
</tbody></table>`;
}

const WAIVER_BADGES = { used: "waived", expired: "fail", unused: "unknown" } as const;

function waiverHtml({ control, scope, state, expires, approver, reason }: WaiverState): string {
  const word = `<span class="badge v-${WAIVER_BADGES[state]}">${state}</span>`;
  return `${word} <code>${text(control)}</code> ${tag(scope)}<p>${text(reason)}</p>
<p class="soft">Approved by ${text(approver)}, until ${text(expires)}</p>`;
}

/** One stage: in short, as a picture, what must be looked at, the registries' rules, all controls, the waivers. */
export function stageHtml(stage: ReportedStage, id: string, changes: string): string {
  const outcomes = byUrgency(stage);
  const open = outcomes.filter(([, { verdict }]) => verdict === "fail" || verdict === "unknown");
  const rest = outcomes.filter(([, { verdict }]) => verdict !== "fail" && verdict !== "unknown");
  const shown = (some: typeof outcomes) => some.map((outcome) => controlHtml(stage, outcome));
  const bad = stage.mandatoryFailures.length > 0;
  const folded = `<details open><summary>${rest.length} controls</summary>${list("controls", shown(rest))}</details>`;
  return `<section class="stage" id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${text(stageTitle(stage))}</h2>
<p>${shownCounts(stage.counts)}.</p>
<p class="soft">It was ${shownSource(stage)}: ${shownBases(stage)}.</p>
<p class="verdict ${bad ? "bad" : "good"}">${shownFailures(stage.mandatoryFailures.length)}</p>
${pictureOf(stage)}
${part(3, "What changed", changes)}
${part(3, "Fails, or is not known", list("controls", shown(open)))}
${part(3, "How each registry keeps each rule", rulesHtml(stage))}
${part(3, "Waivers", list("plain", stage.compliance.waivers.map(waiverHtml)))}
${part(3, "Waived, passed, or not applicable", rest.length === 0 ? "" : folded)}
</section>`;
}
