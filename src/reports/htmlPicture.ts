import { htmlLines, type Markup, markup, type Tone } from "../base/text/html";
import type { Severity, Verdict } from "../controls/control";
import type { ReportedStage } from "./model";
import { BY_SEVERITY, BY_URGENCY, outcomesOf, stageTitle } from "./words";

const BAR = { left: 92, width: 508, height: 26, gap: 12 };

/** The colour of a verdict. */
export const TONES: Readonly<Record<Verdict, Tone>> = {
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
export function pictureOf(stage: ReportedStage): Markup {
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
