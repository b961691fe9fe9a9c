import { createHash } from "node:crypto";
import type { Recording } from "../recording";
import { inOrder, stagesOf, type Recordings, type RenderOptions, type Review } from "./render";
import { branches, optionTexts, shortNames, shortType, type Branch, type ShortName } from "./renderFacts";
import { reviewHtml } from "./renderHtmlChanges";
import { escapeHtml, tableHtml, valueHtml } from "./renderHtmlParts";
import { pictureOf } from "./renderHtmlPicture";
import { STYLE } from "./renderHtmlStyle";
import { sorted } from "./renderText";
import { summarise } from "./summary";

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
  const counts = sorted(types).map(([type, count]) => [`<code>${escapeHtml(type)}</code>`, String(count)]);
  const outputs = sorted(recording.outputs).map(([key, value]) => [
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
  const inputs = sorted(resource.inputs).map(([key, value]) => [`<code>${escapeHtml(key)}</code>`, valueHtml(value)]);
  const options = optionTexts(resource.options, short);
  const flags = options
    .filter(({ text }) => text === "")
    .map(({ label }) => `<span class="flag">${escapeHtml(label)}</span>`);
  const texts = options.filter(({ text }) => text !== "");
  const rows = [
    ...texts.map(({ label, text }) => [`<em>${escapeHtml(label)}</em>`, escapeHtml(text)]),
    ...inputs,
    ...sorted(resource.outputs ?? {}).map(([key, value]) => [`<em>output ${escapeHtml(key)}</em>`, valueHtml(value)]),
  ];
  const head = `<b>${escapeHtml(shortType(resource.type))}</b> ${escapeHtml(resource.name)} ${flags.join(" ")}`;
  const body =
    rows.length === 0
      ? `<p class="leaf">${head}</p>`
      : `<details><summary>${head}</summary>${tableHtml([], rows)}</details>`;
  const below = children.map((child) => branchHtml(child, short)).join("\n");
  return `<li>${body}${below === "" ? "" : `<ul>${below}</ul>`}</li>`;
}
