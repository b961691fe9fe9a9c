import { isObject } from "../change/diffValues";
import type { Json } from "../recording";
import { plain, sorted, valueLines } from "./renderText";

/** A control of the output `compliance`, as far as it is shown here. */
function verdictOf(outcome: Json | undefined): string | undefined {
  if (!isObject(outcome)) return undefined;
  const { verdict, level } = outcome;
  return typeof verdict === "string" && typeof level === "string" ? `${verdict}, ${level}` : undefined;
}

/**
 * The lines of a stack's output. What `compliance` says of each control is a line, since its evidence is a thousand:
 * `dualreg compliance` shows that, and the JSON form has it whole.
 */
export function outputLines(key: string, value: Json): readonly string[] {
  if (key !== "compliance" || !isObject(value) || !isObject(value["controls"])) return valueLines(key, value);
  const { controls, ...others } = value;
  const verdicts = sorted(controls).map(([id, outcome]) => [id, verdictOf(outcome)] as const);
  if (verdicts.some(([, verdict]) => verdict === undefined)) return valueLines(key, value);
  return [
    `${key}:`,
    ...verdicts.map(([id, verdict]) => plain(`  ${id}: ${verdict ?? ""}`)),
    ...sorted(others).flatMap(([name, other]) => valueLines(name, other).map((line) => `  ${line}`)),
  ];
}
