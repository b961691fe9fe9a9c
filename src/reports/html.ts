import { htmlBadge, htmlLines, htmlList, htmlPage, htmlTag, markup, type Markup, type Tone } from "../base/text/html";
import { OBSOLETE } from "../controls/catalogue";
import type { Control, ControlOutcome, Evidence, Finding, Severity, Verdict, WaiverState } from "../controls/control";
import { IMAGE_CLASSES } from "../domain/image/imageClass";
import { type Rule, RULES, type Support } from "../domain/image/ruleSupport";
import type {
  Change,
  ChangesOfStage,
  ComplianceReport,
  RenderSurroundings,
  ReportedStage,
  RuleStatement,
} from "./model";
import {
  BY_SEVERITY,
  BY_URGENCY,
  byUrgency,
  outcomesOf,
  reportTitle,
  shownBases,
  shownCounts,
  shownFailures,
  shownSource,
  shownValue,
  stageTitle,
  unformula,
} from "./words";

const BAR = { left: 92, width: 508, height: 26, gap: 12 };

/** The colour of a verdict. */
const TONES: Readonly<Record<Verdict, Tone>> = {
  ...{ fail: "bad", unknown: "warn", waived: "note", pass: "good" },
  "not applicable": "quiet",
};

type Tally = Record<Verdict, number>;

function tallies(stage: ReportedStage): Map<Severity, Tally> {
  const none = (): Tally => ({ pass: 0, fail: 0, waived: 0, "not applicable": 0, unknown: 0 });
  const all = new Map(BY_SEVERITY.map((severity) => [severity, none()] as const));
  for (const [{ severity }, { verdict }] of outcomesOf(stage)) {
    const tally = all.get(severity);
    if (tally) tally[verdict] += 1;
  }
  return all;
}

const totalOf = (tally: Tally): number => BY_URGENCY.reduce((sum, verdict) => sum + tally[verdict], 0);

const wordsOf = (severity: Severity, tally: Tally): string => {
  const parts = BY_URGENCY.filter((verdict) => tally[verdict] > 0).map((verdict) => `${tally[verdict]} ${verdict}`);
  return `${severity}: ${parts.join(", ") || "none"}`;
};

function barSvg(severity: Severity, tally: Tally, y: number, scale: number): Markup {
  let x = BAR.left;
  const segments = BY_URGENCY.filter((verdict) => tally[verdict] > 0).map((verdict) => {
    const width = tally[verdict] * scale;
    const at = x;
    x += width;
    return markup`<rect x="${round(at)}" y="${y}" width="${round(width)}" height="${BAR.height}" class="${TONES[verdict]}"/>
<text x="${round(at + width / 2)}" y="${y + 19}" text-anchor="middle">${tally[verdict]}</text>`;
  });
  return markup`<text x="${BAR.left - 10}" y="${y + 19}" text-anchor="end" class="side">${severity}</text>
${htmlLines(segments)}`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** The stage's controls as bars, one for each severity, parted by verdict; and what the colours mean. */
function pictureOf(stage: ReportedStage): Markup {
  const rows = [...tallies(stage)];
  const most = Math.max(1, ...rows.map(([, tally]) => totalOf(tally)));
  const step = BAR.height + BAR.gap;
  const height = rows.length * step - BAR.gap;
  const bars = rows.map(([severity, tally], at) => barSvg(severity, tally, at * step, BAR.width / most));
  const label = `${stageTitle(stage)}, controls by severity. ${rows.map(([severity, tally]) => wordsOf(severity, tally)).join("; ")}`;
  const legend = BY_URGENCY.map((verdict) => markup`<li><span class="key ${TONES[verdict]}"></span>${verdict}</li>`);
  return markup`<figure>
<svg class="bars" viewBox="0 0 ${BAR.left + BAR.width + 4} ${height}" role="img" aria-label="${label}">
${htmlLines(bars)}
</svg>
<ul class="legend">${legend}</ul>
</figure>`;
}

const anchor = (at: number) => `stage-${at + 1}`;

function overview({ stages }: ComplianceReport): Markup {
  const items = stages.map(
    (stage, at) =>
      markup`<a href="#${anchor(at)}">${text(stageTitle(stage))}</a> ${shownFailures(stage)} <span class="soft">${shownCounts(stage.counts)}</span>`,
  );
  return markup`<section aria-labelledby="stages"><h2 id="stages">Stages</h2>${htmlList("stages", items)}</section>`;
}

const DIRECTIONS: Readonly<Record<Change["direction"], readonly [Tone, string]>> = {
  worse: ["bad", "worse"],
  better: ["good", "better"],
  other: ["quiet", "changed"],
};

function changeHtml({ subject, scope, what, before = "nothing", after = "nothing", direction }: Change): Markup {
  const [tone, word] = DIRECTIONS[direction];
  return markup`${htmlBadge(tone, word)} <code>${text(subject)}</code> ${htmlTag(scope)}
<p>${text(what)}: <code>${text(before)}</code> → <code>${text(after)}</code></p>`;
}

function changesHtml(changes: ChangesOfStage | undefined): Markup | undefined {
  if (changes === undefined) return undefined;
  const since = changes.since === undefined ? "the former outputs" : `the report of ${changes.since}`;
  if (changes.state !== "compared") return markup`<p>Not in ${since}: there is nothing to compare with.</p>`;
  if (changes.changes.length === 0) return markup`<p>Nothing, since ${since}.</p>`;
  return markup`<p class="soft">Since ${since}.</p>${htmlList("plain", changes.changes.map(changeHtml))}`;
}

function obsolete(): Markup {
  const items = OBSOLETE.map(({ corresponds, title, reason, instead }) => {
    return markup`<code>${text(corresponds.id)}</code> ${text(title)}<p class="soft">${text(reason)} Instead: ${text(instead)}</p>`;
  });
  return markup`<section aria-labelledby="obsolete"><h2 id="obsolete">Obsolete rules, not evaluated</h2>${htmlList("plain", items)}</section>`;
}

/** The report as one page. */
export function renderHtml(report: ComplianceReport, { toolVersion }: RenderSurroundings): string {
  const stages = report.stages.map((stage, at) => stageHtml(stage, anchor(at), changesHtml(report.changes?.[at])));
  return htmlPage({
    title: text(reportTitle(report)),
    lead: `As of ${report.asOf}. Planned: the plan says so. Deployed: the cloud answered so. Proven: it was tried.`,
    body: htmlLines([...(report.stages.length > 1 ? [overview(report)] : []), ...stages, obsolete()]),
    footer: `dualreg ${toolVersion}`,
  });
}

function findingHtml(stage: ReportedStage, { scope, verdict, basis, evidence, note, waiver }: Finding): Markup {
  const by = waiver === undefined ? undefined : stage.compliance.waivers[waiver];
  const lapsed = verdict === "waived" ? "Waived until" : "Its waiver expired on";
  const why =
    by === undefined
      ? undefined
      : markup`<p>${lapsed} ${text(by.expires)}, approved by ${text(by.approver)}: ${text(by.reason)}</p>`;
  const told = note === undefined ? undefined : markup`<p>${text(note)}</p>`;
  return markup`<p>${badge(verdict)} ${htmlTag(scope)} ${htmlTag(basis)}</p>${evidence.map(evidenceHtml)}${told}${why}`;
}

function controlHtml(stage: ReportedStage, [control, { verdict, level, findings }]: [Control, ControlOutcome]): Markup {
  const elsewhere = control.corresponds.map(({ source, id, name }) => `${source} ${name ?? id}`);
  const mapped = control.mappings.map(({ framework, id }) => `${framework} ${id}`);
  const also = [...control.rows, ...elsewhere, ...new Set(mapped)];
  const todo =
    verdict === "fail" || verdict === "unknown"
      ? markup`<p class="todo"><b>To do:</b> ${text(control.remediation)}</p>`
      : undefined;
  return markup`<div class="head"><h4>${text(control.title)}</h4> ${badge(verdict)} ${htmlTag(control.severity)} ${htmlTag(level)} <code>${control.id}</code></div>
<p class="soft">${text(control.why)}</p>
${htmlList(
  "findings",
  findings.map((finding) => findingHtml(stage, finding)),
)}${todo}
${also.length === 0 ? undefined : markup`<p class="soft todo">${text(also.join(", "))}</p>`}`;
}

function supportHtml(support: Support): Markup {
  switch (support.support) {
    case "native":
      return markup`native${support.limits === undefined ? undefined : markup`<p>${text(support.limits)}</p>`}`;
    case "expected":
      if (support.missing !== undefined) {
        return markup`<span class="badge bad">missing</span><p>${text(support.missing)}; expected: ${text(support.setting)}</p>`;
      }
      return markup`expected<p>of a setting that was not read: ${text(support.setting)}</p>`;
    case "emulated":
      return markup`emulated<p>by ${text(support.by)}</p>`;
    case "impossible":
      return markup`<span class="badge bad">impossible</span><p>${text(support.because)}</p>`;
  }
}

function statementHtml(statement: RuleStatement | undefined): Markup {
  if (statement === undefined) return markup`<td></td>`;
  const { support, basis, control, verdict } = statement;
  const shown =
    control === undefined || verdict === undefined
      ? undefined
      : markup` ${badge(verdict)} <span class="soft">${control}</span>`;
  return markup`<td>${supportHtml(support)}<p>${htmlTag(basis)}${shown}</p></td>`;
}

function rulesHtml({ rules, registries }: ReportedStage): Markup {
  const of = (rule: Rule, at: string) => rules.find((one) => one.rule === rule && one.class === at);
  const heads = IMAGE_CLASSES.map((imageClass) => {
    const registry = registries.find((one) => one.class === imageClass);
    return markup`<th scope="col">${imageClass}${registry === undefined ? undefined : ` (${registry.kind}, ${registry.mode})`}</th>`;
  });
  const rows = RULES.map((rule) => {
    return markup`<tr><th scope="row">${rule}</th>${IMAGE_CLASSES.map((at) => statementHtml(of(rule, at)))}</tr>`;
  });
  return markup`<table class="rules"><thead><tr><th scope="col">Rule</th>${heads}</tr></thead><tbody>
${htmlLines(rows)}
</tbody></table>`;
}

const WAIVER_TONES = { used: "note", expired: "bad", unused: "warn" } as const;

function waiverHtml({ control, scope, state, expires, approver, reason }: WaiverState): Markup {
  return markup`${htmlBadge(WAIVER_TONES[state], state)} <code>${text(control)}</code> ${htmlTag(scope)}<p>${text(reason)}</p>
<p class="soft">Approved by ${text(approver)}, until ${text(expires)}</p>`;
}

/** One stage: in short, as a picture, what must be looked at, the registries' rules, all controls, the waivers. */
function stageHtml(stage: ReportedStage, id: string, changes: Markup | undefined): Markup {
  const outcomes = byUrgency(stage);
  const open = outcomes.filter(([, { verdict }]) => verdict === "fail" || verdict === "unknown");
  const rest = outcomes.filter(([, { verdict }]) => verdict !== "fail" && verdict !== "unknown");
  const shown = (some: typeof outcomes) => some.map((outcome) => controlHtml(stage, outcome));
  const bad = stage.mandatoryFailures.length + stage.mandatoryUnknowns.length > 0;
  const folded = markup`<details open><summary>${rest.length} controls</summary>${htmlList("controls", shown(rest))}</details>`;
  return markup`<section class="stage" id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${text(stageTitle(stage))}</h2>
<p>${shownCounts(stage.counts)}.</p>
<p class="soft">It was ${shownSource(stage)}: ${shownBases(stage)}.</p>
<p class="verdict ${bad ? "bad" : "good"}">${shownFailures(stage)}</p>
${pictureOf(stage)}
${part("What changed", changes)}
${part("Fails, or is not known", htmlList("controls", shown(open)))}
${part("How each registry keeps each rule", rulesHtml(stage))}
${part("Waivers", htmlList("plain", stage.compliance.waivers.map(waiverHtml)))}
${part("Waived, passed, or not applicable", rest.length === 0 ? undefined : folded)}
</section>`;
}

/** Text from outside makes no formula in the spreadsheet it is copied into. */
const text = unformula;

const badge = (verdict: Verdict): Markup => htmlBadge(TONES[verdict], verdict);

/** One thing that was looked at. */
function evidenceHtml({ resource, property, value, expected }: Evidence): Markup {
  return markup`<p class="evidence"><code>${text(resource)}</code> ${text(property)}: <code>${text(shownValue(value))}</code>
<span class="soft">(expected: ${text(expected)})</span></p>`;
}

/** A part of the page under a heading; nothing where there is nothing in it. */
const part = (title: string, body: Markup | undefined): Markup | undefined =>
  body === undefined ? undefined : markup`<h3>${title}</h3>\n${body}`;
