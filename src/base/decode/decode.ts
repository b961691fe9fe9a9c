import { z } from "zod";
import { isDay } from "../time";
import { keyAdvice } from "./problems";

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

/** YAML reads a bare 4711, true or 2026-01-01 as something else than a text; the engine makes a text of a date. */
const DATE = /^(\d{4}-\d\d-\d\d)(?: 00:00:00 \+0000 UTC|T00:00:00(?:\.000)?Z)$/;

/** The text that the engine makes of a time that stands in YAML without quotes: `2026-01-01 10:00:00 +0200 +0200`. */
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [-+]\d{4} \S+$/;

/** True for the text that the engine makes of a date or a time that stands in YAML without quotes. */
export const isEngineTime = (value: string): boolean => TIME.test(value);

/** The day of a text that the engine makes of a date without quotes; every other text as it is. */
export const dayOfEngineDate = (value: string): string => value.replace(DATE, "$1");

/** What to do about a value that is right but for its quotes; empty for any other. */
function quotesAdvice(input: unknown, fits: (text: string) => boolean): string {
  const bare = ["number", "boolean", "bigint"].includes(typeof input) ? String(input) : undefined;
  const text = typeof input === "string" && DATE.test(input) ? dayOfEngineDate(input) : bare;
  return text !== undefined && fits(text) ? "; put it in quotes" : "";
}

/** Says which type is allowed, and how the value would be of it. */
function typeText({ expected, input }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidType>): string {
  const allowed = `allowed: ${TYPES[expected] ?? `a value of type ${expected}`}`;
  const bare = expected === "boolean" ? /^(?:true|false)$/ : /^\d+$/;
  const isQuoted = ["boolean", "number", "int"].includes(expected) && typeof input === "string" && bare.test(input);
  return isQuoted ? `${allowed}, without quotes` : allowed;
}

const amount = (count: number | bigint, of: string): string =>
  of === "array" ? `${count} ${Number(count) === 1 ? "entry" : "entries"}` : String(count);

/** Says what is allowed, in one form for every kind of mistake. */
function allowedText(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_value":
      return `allowed: ${issue.values.map(String).join(", ")}`;
    case "invalid_type":
      return typeText(issue);
    case "invalid_key":
      return issue.issues[0]?.message ?? "allowed: another name for the key";
    case "too_small":
      return `allowed: at least ${amount(issue.minimum, issue.origin)}`;
    case "too_big":
      return `allowed: at most ${amount(issue.maximum, issue.origin)}`;
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

/**
 * A parameter of a schema: the form that is wanted, for a value that is something else altogether, such as a text in
 * place of keys with values.
 *
 * @param form as people write it: `{ rule: forever }`
 * @param others what is said of all other mistakes, in place of the usual words
 */
export const orForm = (form: string, others?: string) => ({
  error: (issue: z.core.$ZodRawIssue) =>
    issue.code === "invalid_type" ? `allowed: ${form}` : (others ?? allowedText(issue)),
});

/**
 * An object that takes these keys and no others. Of another key it says which was probably meant, else which there are:
 * a line for each key.
 *
 * @param form the object as people write it, for a value that is none @default its keys
 */
export function closed<Shape extends z.ZodRawShape>(shape: Shape, form?: string) {
  const keys = Object.keys(shape).sort();
  const { error } = orForm(form ?? `keys with values, of ${keys.join(", ")}`);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? issue.keys.map((key) => keyAdvice(key, keys)).join("\n") : error(issue),
  });
}

/** A text of a form that is told in words. */
export function text(pattern: RegExp, form: string) {
  const error = ({ input }: { input?: unknown }) =>
    `allowed: ${form}${quotesAdvice(input, (value) => pattern.test(value))}`;
  return z.string({ error }).regex(pattern, { error });
}

/** A whole number between two bounds, both included. @param why for messages, where the bounds do not say it themselves */
export function whole(min: number, max: number, why?: string) {
  const allowed = `allowed: a whole number from ${min} to ${max}${why === undefined ? "" : `: ${why}`}`;
  const isQuoted = (input: unknown) =>
    typeof input === "string" && /^\d{1,16}$/.test(input) && Number(input) >= min && Number(input) <= max;
  return z
    .int({ error: ({ input }) => (isQuoted(input) ? `${allowed}, without quotes` : allowed) })
    .min(min, allowed)
    .max(max, allowed);
}

const DAY = "allowed: a day of the calendar, such as 2027-01-31";

/** A day, as JSON holds it. */
export const day = z.string(DAY).refine(isDay, DAY);

/** A day of a stage file: one that stands unquoted in YAML comes as the text that the engine makes of a date. */
export const yamlDay = z.preprocess((value) => (typeof value === "string" ? dayOfEngineDate(value) : value), day);

/** A whole commit of git, SHA-1 or SHA-256. */
export const commit = text(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, "a whole commit, 40 or 64 hexadecimal digits");

/** A path below a folder, whose parts are of plain characters: nothing in it leads out, or reads as an option. */
export const RELATIVE_PATH =
  /^(?!(?:.*\/)?\.\.(?:\/|$))[A-Za-z0-9_.][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_.][A-Za-z0-9_.-]*)*$/;
export const RELATIVE_FORM =
  "a path below the repository's folder, such as services/api, of letters, digits, `_`, `.` and `-`";
