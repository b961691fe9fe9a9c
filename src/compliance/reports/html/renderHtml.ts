import { createHash } from "node:crypto";
import { escapeHtml } from "../../../preview/render/renderHtmlParts";
import { OBSOLETE } from "../../catalogue";
import type { Change, ChangesOfStage, ComplianceReport, RenderSurroundings } from "../model";
import { reportTitle, shownCounts, shownFailures, stageTitle } from "../words";
import { list, tag, text } from "./parts";
import { stageHtml } from "./stagePart";
import { STYLE } from "./style";

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
