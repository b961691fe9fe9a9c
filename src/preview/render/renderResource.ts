import type { RecordedResource } from "../recording";
import { optionTexts, shortType, type ShortName } from "./renderFacts";
import { paintLine, type Paint } from "./renderPaint";
import { plain, sorted, valueLines } from "./renderText";

/** The heading of a resource, then its options, inputs and outputs. */
export function resourceLines(resource: RecordedResource, short: ShortName, paint: Paint): readonly string[] {
  const { type, name, inputs, options, outputs } = resource;
  const heading = `${paint("type", plain(shortType(type)))} ${paint("name", plain(name))}`;
  const lines = [`${heading}  ${paint("faint", plain(type))}`];
  for (const { label, text } of optionTexts(options, short)) {
    lines.push(`${paint("option", `» ${label}`)}${text === "" ? "" : ` ${plain(text)}`}`);
  }
  for (const [key, value] of sorted(inputs)) {
    lines.push(...valueLines(key, value).map((line) => paintLine(line, paint)));
  }
  const given = sorted(outputs ?? {}).flatMap(([key, value]) => valueLines(key, value));
  if (given.length > 0) lines.push(paint("option", "» outputs"), ...given.map((line) => `  ${paintLine(line, paint)}`));
  return lines;
}
