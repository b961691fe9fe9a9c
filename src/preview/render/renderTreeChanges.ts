import type { ChangeKind, PropertyChange, ResourceChange, StageChanges } from "../change/diffTypes";
import { inOrder, type RenderOptions, type Review } from "./render";
import { shortNames, shortType } from "./renderFacts";
import { paintFor, type Paint } from "./renderPaint";
import { inline, plain } from "./renderText";
import { resourceLines } from "./renderResource";
import { KIND_WORDS, stageCounts } from "./renderWords";

const SIGNS: Readonly<Record<ChangeKind, string>> = {
  replace: "±",
  "may-replace": "?",
  delete: "-",
  create: "+",
  update: "~",
  state: "=",
};

/** What changes, stage by stage, and the findings last, where a terminal shows them. */
export function renderTreeChanges(review: Review, { color = false }: RenderOptions = {}): string {
  const paint = paintFor(color);
  const stages = inOrder(review.stages, ({ stack }) => stack).map((stage) => stageLines(stage, paint).join("\n"));
  return `${[`Changes against ${plain(review.base)}`, ...stages, findingLines(review, paint).join("\n")].join("\n\n")}\n`;
}

function stageLines(stage: StageChanges, paint: Paint): readonly string[] {
  const lines = [paint("heading", `Stage ${plain(stage.stack)}`) + paint("faint", `  ${stageCounts(stage)}`)];
  for (const change of stage.changes) lines.push("", ...changeLines(change, paint));
  if (stage.outputs.length > 0) lines.push("", paint("name", "Outputs"));
  return [...lines, ...stage.outputs.flatMap((change) => propertyLines(change, paint))];
}

function changeLines(change: ResourceChange, paint: Paint): readonly string[] {
  const { kind, type, name, formerUrn, refused, retained, resource } = change;
  const verb = retained === true ? "forget (it stays in the cloud)" : KIND_WORDS[kind];
  const mark = paint(kind, `${SIGNS[kind]} ${verb}`);
  const lines = [`${mark}  ${plain(shortType(type))} ${paint("name", plain(name))}  ${paint("faint", plain(type))}`];
  if (refused !== undefined)
    lines.push(`  ${paint("alarm", kind === "may-replace" ? "IF REPLACED" : "REFUSED")} ${plain(refused)}`);
  if (formerUrn !== undefined) lines.push(paint("faint", `  was ${plain(formerUrn)}`));
  lines.push(...change.properties.flatMap((property) => propertyLines(property, paint)));
  lines.push(...change.options.flatMap((option) => propertyLines({ ...option, path: `option ${option.path}` }, paint)));
  if (kind !== "create" || resource === undefined) return lines;
  return [
    ...lines,
    ...resourceLines(resource, shortNames([]), paint)
      .slice(1)
      .map((line) => `    ${line}`),
  ];
}

function propertyLines(change: PropertyChange, paint: Paint): readonly string[] {
  const { path, before, after, effect, why } = change;
  const forced =
    effect === "update" ? "" : paint(effect, effect === "replace" ? "  FORCES REPLACEMENT" : "  may replace");
  const reason = why === undefined ? "" : paint("faint", `: ${plain(why)}`);
  const lines = [`    ${paint("key", plain(path))}${forced}${reason}`];
  if (before !== undefined && before === after) return [...lines, `      ${paint("faint", `~ ${inline(after)}`)}`];
  if (before !== undefined) lines.push(`      ${paint("delete", `- ${inline(before)}`)}`);
  if (after !== undefined) lines.push(`      ${paint("create", `+ ${inline(after)}`)}`);
  return lines;
}

function findingLines({ verdict }: Review, paint: Paint): readonly string[] {
  if (verdict.findings.length === 0) return ["No protected resource, registry or token would be replaced or deleted"];
  return verdict.findings.map(({ stack, type, name, reason, allowed }) => {
    const mark = allowed ? paint("update", "allowed") : paint("alarm", "finding");
    return `${mark}  ${plain(`${stack}: ${shortType(type)} ${name}: ${reason}`)}`;
  });
}
