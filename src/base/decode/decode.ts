import { z } from "zod";
import { isDay } from "../time";

/** zod's types in the words of a stage file. */
const TYPES: Readonly<Record<string, string>> = {
  string: "a text",
  boolean: "true or false",
  object: "keys with values",
  record: "keys with values",
  array: "a list",
  number: "a number",
  int: "a whole number",
};

/** Says what is allowed, in one form for every kind of mistake. */
function allowedText(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_value":
      return `allowed: ${issue.values.map(String).join(", ")}`;
    case "invalid_type":
      return `allowed: ${TYPES[issue.expected] ?? `a value of type ${issue.expected}`}`;
    case "invalid_key":
      return "allowed: another name for the key";
    case "too_small":
      return `allowed: at least ${String(issue.minimum)}${issue.origin === "array" ? " entries" : ""}`;
    case "too_big":
      return `allowed: at most ${String(issue.maximum)}${issue.origin === "array" ? " entries" : ""}`;
    default:
      return undefined;
  }
}

/**
 * Decodes a value from outside. The wording of what is not allowed goes with each call and is never set globally, so a
 * message does not depend on what was loaded before; a schema's own message wins over it.
 */
export function decode<T>(schema: z.ZodType<T>, raw: unknown): z.ZodSafeParseResult<T> {
  return schema.safeParse(raw, { error: allowedText });
}

/** An object that takes these keys and no others, and says which when it meets another. */
export function closed<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? `allowed: ${Object.keys(shape).sort().join(", ")}` : allowedText(issue),
  });
}

/** A text of a form that is told in words. */
export function text(pattern: RegExp, form: string) {
  return z.string().regex(pattern, `allowed: ${form}`);
}

/** A whole number between two bounds, both included. */
export function whole(min: number, max: number) {
  const allowed = `allowed: a whole number from ${min} to ${max}`;
  return z.int(allowed).min(min, allowed).max(max, allowed);
}

const DAY = "allowed: a day of the calendar, such as 2027-01-31";

/** A day, as JSON holds it. */
export const day = z.string(DAY).refine(isDay, DAY);

/** A day of a stage file: one that stands unquoted in YAML comes as the text that the engine makes of a date. */
export const yamlDay = z.preprocess(
  (value) => (typeof value === "string" ? value.replace(/ 00:00:00 \+0000 UTC$/, "") : value),
  day,
);

/** A whole commit of git, SHA-1 or SHA-256. */
export const commit = text(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, "a whole commit, 40 or 64 hexadecimal digits");
