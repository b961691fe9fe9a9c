import { escapeUnsafe } from "../../base/text/unsafe";
import { sortedEntries, valueLines } from "../../base/text/value";
import type { RecordedResource } from "../recording";
import { type Paint, paintLine } from "./paint";
import { optionTexts, type ShortName, shortType } from "./words";

/** The heading of a resource, then its options, inputs and outputs. */
export function resourceLines(resource: RecordedResource, short: ShortName, paint: Paint): readonly string[] {
  const { type, name, inputs, options, outputs } = resource;
  const heading = `${paint("type", escapeUnsafe(shortType(type)))} ${paint("name", escapeUnsafe(name))}`;
  const lines = [`${heading}  ${paint("faint", escapeUnsafe(type))}`];
  for (const { label, text } of optionTexts(options, short)) {
    lines.push(`${paint("option", `» ${label}`)}${text === "" ? "" : ` ${escapeUnsafe(text)}`}`);
  }
  for (const [key, value] of sortedEntries(inputs)) {
    lines.push(...valueLines(key, value).map((line) => paintLine(line, paint)));
  }
  const given = sortedEntries(outputs ?? {}).flatMap(([key, value]) => valueLines(key, value));
  if (given.length > 0) lines.push(paint("option", "» outputs"), ...given.map((line) => `  ${paintLine(line, paint)}`));
  return lines;
}
