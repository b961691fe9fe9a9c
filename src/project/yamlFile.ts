import { CORE_SCHEMA, load, Type, YAMLException } from "js-yaml";
import { basename } from "node:path";
import { DualRegistryError } from "../base/errors";
import { readBounded } from "../base/file";
import { nearest } from "../base/text/nearest";

/** A date or time that stands unquoted in a YAML file, as the text Pulumi makes of it. */
export class YamlTime {
  constructor(readonly text: string) {}
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

const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]*|[1-9][0-9_]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$/;
const TIME = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt ](\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?)(Z|[-+]\d\d:\d\d)?)?$/;

/** Scalars as Pulumi's YAML library resolves them: octal with a leading zero, exact large integers, dates as text. */
const SCHEMA = CORE_SCHEMA.extend({
  implicit: [
    new Type("tag:yaml.org,2002:timestamp", { kind: "scalar", resolve: isTime, construct: constructTime }),
    new Type("tag:yaml.org,2002:int", { kind: "scalar", resolve: isInteger, construct: constructInteger }),
    new Type("tag:yaml.org,2002:float", { kind: "scalar", resolve: isFloat, construct: constructFloat }),
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
    const content = load(text, { schema: SCHEMA, filename: name }) ?? {};
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

function isInteger(text: string | null): boolean {
  return text !== null && INTEGER.test(text);
}

function constructInteger(text: string): number | bigint {
  const digits = text.replaceAll("_", "").replace(/^[-+]/, "");
  const whole = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  const signed = text.startsWith("-") ? -whole : whole;
  if (Number.isSafeInteger(Number(signed))) return Number(signed);
  return signed >= -(2n ** 63n) && signed < 2n ** 64n ? signed : Number(signed);
}

function isFloat(text: string | null): boolean {
  return text !== null && FLOAT.test(text);
}

function constructFloat(text: string): number {
  return Number(text.replaceAll("_", ""));
}

function isTime(text: string | null): boolean {
  const parts = text === null ? null : TIME.exec(text);
  // With a space between date and time there is no zone.
  return parts !== null && !(parts[0].includes(" ") && parts[8] !== undefined);
}

/** The text Pulumi's own reader turns a date into, such as `2026-01-01 00:00:00 +0000 UTC`. */
function constructTime(text: string): YamlTime {
  const [, year = "", month = "", day = "", hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] =
    TIME.exec(text) ?? [];
  const two = (digits: string): string => digits.padStart(2, "0");
  const decimals = fraction.replace(/\.?0+$/, "");
  const offset = zone === "Z" ? "+0000" : zone.replace(":", "");
  const label = offset === "+0000" ? "UTC" : offset;
  return new YamlTime(
    `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}${decimals} ${offset} ${label}`,
  );
}
