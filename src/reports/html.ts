import { createHash } from "node:crypto";
import { escapeHtml } from "../base/text/html";
import { OBSOLETE } from "../controls/catalogue";
import type { Control, ControlOutcome, Evidence, Finding, Verdict, WaiverState } from "../controls/control";
import { IMAGE_CLASSES } from "../domain/image/imageClass";
import { type Rule, RULES, type Support } from "../domain/image/ruleSupport";
import { pictureOf, STYLE } from "./htmlPicture";
import type {
  Change,
  ChangesOfStage,
  ComplianceReport,
  RenderSurroundings,
  ReportedStage,
  RuleStatement,
} from "./model";
import {
  byUrgency,
  reportTitle,
  shownBases,
  shownCounts,
  shownFailures,
  shownSource,
  shownValue,
  stageTitle,
  unformula,
} from "./words";

const HASH = createHash("sha256").update(STYLE).digest("base64");

/** The page may use its own style, and nothing else: no script, no image, no address. */
const POLICY = `default-src 'none'; style-src 'sha256-${HASH}'; base-uri 'none'; form-action 'none'`;

const anchor = (at: number) => `stage-${at + 1}`;

function overview({ stages }: ComplianceReport): string {
  const items = stages.map(
    (stage, at) =>
      `<a href="#${anchor(at)}">${text(stageTitle(stage))}</a> ${shownFailures(stage.mandatoryFailures.length)} <span class="soft">${shownCounts(stage.counts)}</span>`,
  );
  return `<section aria-labelledby="stages"><h2 id="stages">Stages</h2>${list("stages", items)}</section>`;
}

function changeHtml({ subject, scope, what, before = "nothing", after = "nothing", direction }: Change): string {
  const word = direction === "other" ? "changed" : direction;
  return `<span class="badge ${direction}">${word}</span> <code>${text(subject)}</code> ${tag(scope)}
<p>${text(what)}: <code>${text(before)}</code> → <code>${text(after)}</code></p>`;
}

function changesHtml(changes: ChangesOfStage | undefined): string {
  if (changes === undefined) return "";
  const since = changes.since === undefined ? "the former outputs" : `the report of ${changes.since}`;
  if (changes.state !== "compared") return `<p>Not in ${since}: there is nothing to compare with.</p>`;
  if (changes.changes.length === 0) return `<p>Nothing, since ${since}.</p>`;
  return `<p class="soft">Since ${since}.</p>${list("plain", changes.changes.map(changeHtml))}`;
}

function obsolete(): string {
  const items = OBSOLETE.map(({ corresponds, title, reason, instead }) => {
    return `<code>${text(corresponds.id)}</code> ${text(title)}<p class="soft">${text(reason)} Instead: ${text(instead)}</p>`;
  });
  return `<section aria-labelledby="obsolete"><h2 id="obsolete">Obsolete rules, not evaluated</h2>${list("plain", items)}</section>`;
}

/** One page without scripts or anything from elsewhere, to be read, sent and printed. */
export function renderHtml(report: ComplianceReport, { toolVersion }: RenderSurroundings): string {
  const title = reportTitle(report);
  const stages = report.stages.map((stage, at) => stageHtml(stage, anchor(at), changesHtml(report.changes?.[at])));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${text(title)}</h1>
<p class="soft">As of ${report.asOf}. Planned: the plan says so. Deployed: the cloud answered so. Proven: it was tried.</p>
</header>
<main>
${report.stages.length > 1 ? overview(report) : ""}
${stages.join("\n")}
${obsolete()}
</main>
<footer>dualreg ${escapeHtml(toolVersion)}</footer>
</body>
</html>
`;
}

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
function stageHtml(stage: ReportedStage, id: string, changes: string): string {
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

/** Text from outside: no markup, and no formula for the spreadsheet it is copied into. */
const text = (value: string): string => escapeHtml(unformula(value));

/** The name of a class of style. */
const slug = (name: string): string => name.replaceAll(" ", "-");

/** A verdict as a word on its colour; the word alone says it as well. */
const badge = (verdict: Verdict): string => `<span class="badge v-${slug(verdict)}">${verdict}</span>`;

/** A quiet word, such as what a statement rests on. */
const tag = (word: string): string => `<span class="tag">${text(word)}</span>`;

/** One thing that was looked at. */
function evidenceHtml({ resource, property, value, expected }: Evidence): string {
  return `<p class="evidence"><code>${text(resource)}</code> ${text(property)}: <code>${text(shownValue(value))}</code>
<span class="soft">(expected: ${text(expected)})</span></p>`;
}

/** A part of the page under a heading of its level; empty where there is nothing in it. */
function part(level: 2 | 3 | 4, title: string, body: string): string {
  return body === "" ? "" : `<h${level}>${title}</h${level}>\n${body}`;
}

/** A list; empty where it has no items. */
function list(kind: string, items: readonly string[]): string {
  return items.length === 0 ? "" : `<ul class="${kind}">\n${items.map((item) => `<li>${item}</li>`).join("\n")}\n</ul>`;
}
