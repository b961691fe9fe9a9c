import { escapeHtml } from "../../../preview/render/renderHtmlParts";
import type { Severity, Verdict } from "../../report";
import type { ReportedStage } from "../model";
import { BY_SEVERITY, BY_URGENCY, outcomesOf, stageTitle } from "../words";

const BAR = { left: 92, width: 508, height: 26, gap: 12 };

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

function barSvg(severity: Severity, tally: Tally, y: number, scale: number): string {
  let x = BAR.left;
  const segments = BY_URGENCY.filter((verdict) => tally[verdict] > 0).map((verdict) => {
    const width = tally[verdict] * scale;
    const at = x;
    x += width;
    return `<rect x="${round(at)}" y="${y}" width="${round(width)}" height="${BAR.height}" class="s-${verdict.replace(" ", "-")}"/>
<text x="${round(at + width / 2)}" y="${y + 19}" text-anchor="middle">${tally[verdict]}</text>`;
  });
  return `<text x="${BAR.left - 10}" y="${y + 19}" text-anchor="end" class="side">${severity}</text>\n${segments.join("\n")}`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** The stage's controls as bars, one for each severity, parted by verdict; and what the colours mean. */
export function pictureOf(stage: ReportedStage): string {
  const rows = [...tallies(stage)];
  const most = Math.max(1, ...rows.map(([, tally]) => totalOf(tally)));
  const step = BAR.height + BAR.gap;
  const height = rows.length * step - BAR.gap;
  const bars = rows.map(([severity, tally], at) => barSvg(severity, tally, at * step, BAR.width / most));
  const label = `${stageTitle(stage)}, controls by severity. ${rows.map(([severity, tally]) => wordsOf(severity, tally)).join("; ")}`;
  const legend = BY_URGENCY.map(
    (verdict) => `<li><span class="key v-${verdict.replace(" ", "-")}"></span>${verdict}</li>`,
  );
  return `<figure>
<svg viewBox="0 0 ${BAR.left + BAR.width + 4} ${height}" role="img" aria-label="${escapeHtml(label)}">
${bars.join("\n")}
</svg>
<ul class="legend">${legend.join("")}</ul>
</figure>`;
}
