import { z } from "zod";

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

/** Puts this project's wording into every message zod gives; called once by the room's schemas. */
export function useMessages(): void {
  z.config({ customError: allowedText });
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
