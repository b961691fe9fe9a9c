import { CORE_SCHEMA, load, Type, YAMLException } from "js-yaml";
import { basename } from "node:path";
import { DualRegistryError } from "../base/errors";
import { readBounded } from "../base/file";
import { nearest } from "../base/text/nearest";

/** A date or time that stands unquoted in a YAML file, as the text Pulumi makes of it. */
export class YamlTime {
  constructor(readonly text: string) {}

  /** As a key of a mapping it stands for its text. */
  toString(): string {
    return this.text;
  }

  get [Symbol.toStringTag](): string {
    return "YamlTime";
  }
}

/** What a YAML file holds, read as Pulumi reads it. */
export type YamlValue =
  string | number | bigint | boolean | null | YamlTime | YamlValue[] | { [key: string]: YamlValue };

/** A file read whole: its text, for line numbers, beside its content. */
export interface YamlFile {
  /** The file's own name, for messages. */
  name: string;
  text: string;
  content: { [key: string]: YamlValue };
}

const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
/** A date alone, with a time and a zone behind `T`, or with a time and no zone behind a space. */
const TIME =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?(Z|[-+]\d\d:\d\d)| (\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?)?$/;
/** What JSON has no number for, so that Pulumi refuses it. */
const NO_NUMBER = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/**
 * Scalars as Pulumi's YAML library resolves them: octal with a leading zero, exact large integers, dates as text.
 * Source: gopkg.in/yaml.v3, resolve.go. What Pulumi makes of each is kept in test/fixtures/stageFiles/table.json.
 */
const SCHEMA = CORE_SCHEMA.extend({
  implicit: [
    new Type("tag:yaml.org,2002:timestamp", { kind: "scalar", resolve: isTime, construct: constructTime }),
    new Type("tag:yaml.org,2002:int", { kind: "scalar", resolve: isNumber, construct: numberOf }),
    new Type("tag:yaml.org,2002:float", { kind: "scalar", resolve: isNumber, construct: numberOf }),
    new Type("tag:yaml.org,2002:merge", { kind: "scalar", resolve: (text) => text === "<<" }),
  ],
});

/**
 * Reads a YAML file whose top is a mapping.
 *
 * @throws DualRegistryError CONFIG_INVALID naming file and line, where it is missing, larger than 16 MiB, not YAML, or not a mapping
 */
export function readYamlFile(path: string): YamlFile {
  const name = basename(path);
  const text = readText(path, name);
  try {
    const content = settled(load(text, { schema: SCHEMA, filename: name }) ?? {}, name);
    if (isMapping(content)) return { name, text, content };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    // js-yaml leaves the mark out for a few errors, against its own type.
    const mark = error.mark as YAMLException["mark"] | undefined;
    const where = mark === undefined ? "" : `, line ${mark.line + 1}, column ${mark.column + 1}`;
    throw new DualRegistryError("CONFIG_INVALID", `${name}${where}: ${error.reason}`, { cause: error });
  }
  throw new DualRegistryError("CONFIG_INVALID", `${name}, line 1: the file must hold a mapping of keys to values`);
}

/**
 * What the library leaves as it stands and Pulumi's does not: a merge key in quotes merges, and half a character or a
 * number that JSON does not have is refused. Aliases are walked once.
 */
function settled(value: unknown, name: string, seen = new Map<unknown, YamlValue>()): YamlValue {
  const known = seen.get(value);
  if (known !== undefined) return known;
  const refuse = (what: string): never => {
    throw new DualRegistryError("CONFIG_INVALID", `${name}: ${what}`);
  };
  const checkText = (text: string): void => {
    if (/\p{Surrogate}/u.test(text)) refuse(`${JSON.stringify(text)} holds half a character, which Pulumi refuses`);
  };
  if (typeof value === "string") checkText(value);
  if (typeof value === "number" && !Number.isFinite(value)) {
    refuse(`${String(value)} is no number that Pulumi takes: put it in quotes`);
  }
  if (Array.isArray(value)) {
    const list: YamlValue[] = [];
    seen.set(value, list);
    for (const item of value as unknown[]) list.push(settled(item, name, seen));
    return list;
  }
  if (!isMapping(value)) return value as YamlValue;
  const mapping: { [key: string]: YamlValue } = {};
  seen.set(value, mapping);
  // A key such as __proto__ is one like any other.
  const put = (key: string, item: unknown): void => {
    checkText(key);
    if (Object.hasOwn(mapping, key)) return;
    const property = { value: settled(item, name, seen), enumerable: true, writable: true, configurable: true };
    Object.defineProperty(mapping, key, property);
  };
  for (const [key, item] of Object.entries(value)) if (key !== "<<") put(key, item);
  const merged: unknown = Object.hasOwn(value, "<<") ? value["<<"] : [];
  for (const source of Array.isArray(merged) ? (merged as unknown[]) : [merged]) {
    if (!isMapping(source)) return refuse("a merge key (<<) takes a mapping, or a list of mappings");
    for (const [key, item] of Object.entries(source)) put(key, item);
  }
  return mapping;
}

/** True for a mapping, the only YAML value with keys of its own. */
export function isMapping(value: unknown): value is { [key: string]: YamlValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof YamlTime);
}

/** `name, line N` of the first line that begins with the key; the bare name when it stands nowhere alone. */
export function placeOf(file: YamlFile, key: string): string {
  const line = file.text.split("\n").findIndex((text) => isKeyLine(text, key));
  return line < 0 ? file.name : `${file.name}, line ${line + 1}`;
}

function isKeyLine(text: string, key: string): boolean {
  const bare = text.trim().replace(/^["']/, "");
  return bare.startsWith(key) && /^["']?\s*:/.test(bare.slice(key.length));
}

/** What else a stack file holds at its top. Source: Pulumi SDK, workspace/project.go, ProjectStack. */
const STACK_KEYS: readonly string[] = ["secretsprovider", "encryptedkey", "encryptionsalt", "environment"];

/**
 * The `config:` of a stack file; empty where it has none.
 *
 * @throws DualRegistryError CONFIG_INVALID where it is no mapping, or its keys stand at the top of the file instead
 */
export function stackConfigOf(file: YamlFile): { [key: string]: YamlValue } {
  const { config } = file.content;
  if (isMapping(config)) return config;
  const refuse = (key: string, what: string): never => {
    throw new DualRegistryError("CONFIG_INVALID", `${placeOf(file, key)}: '${key}' ${what}`);
  };
  if (config !== undefined && config !== null) return refuse("config", "must be a mapping of keys to values");
  const other = Object.keys(file.content).find((key) => !["config", ...STACK_KEYS].includes(key));
  if (other === undefined) return {};
  const isMisspelt = nearest(other, ["config"]) !== undefined;
  return refuse(other, isMisspelt ? "is no key of a stack file; did you mean 'config'?" : "must stand below 'config:'");
}

/** Bytes of the largest file that is read; Pulumi itself hands on an eighth of a MiB of configuration at most. */
const MAX_FILE = 16 * 1024 * 1024;

function readText(path: string, name: string): string {
  try {
    return readBounded(path, MAX_FILE, "CONFIG_INVALID").toString("utf8");
  } catch (error) {
    if (error instanceof DualRegistryError && error.code === "CONFIG_INVALID") throw error;
    const message = `${name}: cannot be read at ${path}: is this the project's folder, and the stage's name right?`;
    throw new DualRegistryError("CONFIG_INVALID", message, { cause: error });
  }
}

function isNumber(text: string | null): boolean {
  return text !== null && (NO_NUMBER.test(text) || readNumber(text) !== undefined);
}

function numberOf(text: string): number | bigint {
  return NO_NUMBER.test(text) ? Number.NaN : (readNumber(text) ?? Number.NaN);
}

/** The number of an unquoted text; undefined for what stays a text, such as one that is too large for any number. */
function readNumber(text: string): number | bigint | undefined {
  // Underscores may stand anywhere but first, and in what begins with a point nowhere.
  if (!/^[-+0-9.]/.test(text) || (text.startsWith(".") && text.includes("_"))) return undefined;
  const plain = text.replaceAll("_", "");
  return (INTEGER.test(plain) ? readInteger(plain) : undefined) ?? readFloat(plain);
}

/** A whole number of 64 bits, with a sign or without; undefined for a larger one. */
function readInteger(plain: string): number | bigint | undefined {
  const digits = plain.replace(/^[-+]/, "").toLowerCase();
  const whole = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  const signed = plain.startsWith("-") ? -whole : whole;
  if (Number.isSafeInteger(Number(signed))) return Number(signed);
  return signed >= -(2n ** 63n) && signed < 2n ** 64n ? signed : undefined;
}

function readFloat(plain: string): number | undefined {
  if (!FLOAT.test(plain)) return undefined;
  const value = Number(plain);
  return Number.isFinite(value) ? value : undefined;
}

/** The parts of a date or time, which is a day of the calendar and a time of a day. */
function timeParts(text: string) {
  const [, year = "", month = "", day = "", ...rest] = TIME.exec(text) ?? [];
  const [hour = "0", minute = "0", second = "0", fraction = ""] = rest[0] === undefined ? rest.slice(5) : rest;
  const { 4: zone = "Z" } = rest;
  const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  const isDay = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= last;
  const isTimeOfDay = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  return year !== "" && isDay && isTimeOfDay ? { year, month, day, hour, minute, second, fraction, zone } : undefined;
}

function isTime(text: string | null): boolean {
  return text !== null && timeParts(text) !== undefined;
}

/** The text Pulumi's own reader turns a date into, such as `2026-01-01 00:00:00 +0000 UTC`. */
function constructTime(text: string): YamlTime {
  const parts = timeParts(text);
  if (parts === undefined) return new YamlTime(text);
  const { year, month, day, hour, minute, second, fraction, zone } = parts;
  const two = (digits: string): string => digits.padStart(2, "0");
  // Nanoseconds are the smallest part that is kept.
  const decimals = fraction.slice(0, 10).replace(/\.?0+$/, "");
  const offset = zone === "Z" ? "+0000" : zone.replace(":", "");
  const label = offset === "+0000" ? "UTC" : offset;
  return new YamlTime(
    `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}${decimals} ${offset} ${label}`,
  );
}
