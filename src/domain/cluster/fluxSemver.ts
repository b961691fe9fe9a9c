import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";

/**
 * Versions and ranges as Flux reads them, which is not as npm does: a prerelease is in a range where one of the parts that
 * stand together (between `||`) names a prerelease, whatever its numbers.
 * Source: Masterminds/semver v3.5.0, constraints.go and version.go; fluxcd/pkg/version, ParseVersion.
 */
export interface FluxVersion {
  tag: string;
  /** Major, minor and patch, each of 64 bits. */
  numbers: readonly [bigint, bigint, bigint];
  /** Behind the hyphen; empty for a release. */
  prerelease: string;
}

const LARGEST = 2n ** 64n - 1n;
const NUMBER = "0|[1-9]\\d*";
const IDENTIFIER = `(?:${NUMBER}|\\d*[A-Za-z-][0-9A-Za-z-]*)`;
const STRICT = new RegExp(
  `^v?(${NUMBER})\\.(${NUMBER})\\.(${NUMBER})(?:-(${IDENTIFIER}(?:\\.${IDENTIFIER})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
);

/** A tag as Flux reads it: strict, with or without one `v`; undefined for what it passes over. */
export function parseFluxVersion(tag: string): FluxVersion | undefined {
  const [whole, major = "", minor = "", patch = "", prerelease = ""] = STRICT.exec(tag) ?? [];
  const numbers = [BigInt(major), BigInt(minor), BigInt(patch)] as const;
  return whole === undefined || numbers.some((each) => each > LARGEST) ? undefined : { tag, numbers, prerelease };
}

const order = (a: bigint | string, b: bigint | string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Orders versions by precedence; what is built of them (`+`) says nothing. */
export function compareFluxVersions(a: Omit<FluxVersion, "tag">, b: Omit<FluxVersion, "tag">): number {
  const [x, y] = [a.numbers, b.numbers];
  return order(x[0], y[0]) || order(x[1], y[1]) || order(x[2], y[2]) || comparePrereleases(a.prerelease, b.prerelease);
}

function comparePrereleases(a: string, b: string): number {
  if (a === b) return 0;
  if (a === "" || b === "") return a === "" ? 1 : -1;
  const [x, y] = [a.split("."), b.split(".")];
  for (let at = 0; at < Math.max(x.length, y.length); at++) {
    const difference = compareIdentifiers(x[at], y[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

const numberOf = (text: string): bigint | undefined =>
  /^\d+$/.test(text) && BigInt(text) <= LARGEST ? BigInt(text) : undefined;

/** Numbers stand in front of texts, and what is not there in front of all. */
function compareIdentifiers(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) return order(x, y);
  return x === undefined && y === undefined ? order(a, b) : x === undefined ? 1 : -1;
}

/** How exact a range's version is: to which number it says something. */
type Precision = "none" | "major" | "minor" | "patch";

/** One condition of a range, such as `>=1.2.0-0`. */
export interface Condition {
  operator: string;
  /** As it stands, without the operator. */
  text: string;
  version: Omit<FluxVersion, "tag">;
  precision: Precision;
}

/** Ways that are joined by `||`, each of conditions that all hold. */
export interface FluxRange {
  text: string;
  ways: readonly (readonly Condition[])[];
}

const SPACE = "[\\t\\n\\f\\r ]";
const PART = "[0-9|xX*]+";
const VERSION =
  `v?(${PART})(?:\\.(${PART}))?(?:\\.(${PART}))?(?:-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?` +
  `(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?`;
const CONDITION = new RegExp(`(!=|>=|=>|<=|=<|~>|[=<>~^]|)${SPACE}*(${VERSION})`, "y");
const SEPARATOR = new RegExp(`${SPACE}*(?:,${SPACE}*|(?<=${SPACE})|$)`, "y");
/** Longest range that is looked at. */
const LONGEST = 256;

/**
 * Reads a range: conditions with `,` or a space between them, `||` between ways, `1.2.x`, `1.0.0 - 1.2.0`.
 *
 * @returns undefined for what Flux does not take
 */
export function readFluxRange(text: string): FluxRange | undefined {
  const hyphenated = new RegExp(`${SPACE}*(${VERSION})${SPACE}+-${SPACE}+(${VERSION})${SPACE}*`, "g");
  const written = text.length > LONGEST ? "" : text.replace(hyphenated, ">= $1, <= $6 ");
  const ways = written.split("||").map(parseWay);
  const known = ways.filter((way) => way !== undefined);
  return known.length === ways.length ? { text, ways: known } : undefined;
}

/**
 * As {@link readFluxRange}.
 *
 * @param where names its place, for errors
 * @throws DualRegistryError CONTENT_INVALID for what Flux does not take
 */
export function parseFluxRange(text: string, where: string): FluxRange {
  const range = readFluxRange(text);
  if (range !== undefined) return range;
  throw new DualRegistryError(
    "CONTENT_INVALID",
    `${where}: range ${quoted(text)} is none that Flux takes; allowed: such as 1.2.x, >=1.0.0 <2.0.0, ^1.2.0 || ^2.0.0`,
  );
}

function parseWay(way: string): Condition[] | undefined {
  const conditions: Condition[] = [];
  let at = /^[\t\n\f\r ]*/.exec(way)?.[0].length ?? 0;
  do {
    CONDITION.lastIndex = at;
    const condition = conditionOf(CONDITION.exec(way));
    if (condition === undefined) return undefined;
    conditions.push(condition);
    SEPARATOR.lastIndex = CONDITION.lastIndex;
    if (SEPARATOR.exec(way) === null) return undefined;
    // A comma at the end stands in front of nothing.
    if (SEPARATOR.lastIndex === way.length && way.trimEnd().endsWith(",")) return undefined;
    at = SEPARATOR.lastIndex;
  } while (at < way.length);
  return conditions;
}

const isAny = (part: string | undefined): boolean => part === undefined || /^[xX*]$/.test(part);

function conditionOf(match: RegExpExecArray | null): Condition | undefined {
  if (match === null) return undefined;
  const [, operator = "", text = "", major, minor, patch, prerelease = ""] = match;
  const parts = [major, minor, patch];
  const exact = parts.findIndex(isAny);
  const given = exact < 0 ? parts : parts.slice(0, exact);
  const numbers = given.map((part = "") => numberOf(part));
  if (numbers.some((each) => each === undefined)) return undefined;
  // Source: validatePrerelease; a number has no zero in front.
  if (prerelease.split(".").some((each) => /^0\d+$/.test(each))) return undefined;
  const at = (index: number) => numbers[index] ?? 0n;
  const precision = (["none", "major", "minor", "patch"] as const)[given.length] ?? "patch";
  return { operator, text, precision, version: { numbers: [at(0), at(1), at(2)], prerelease } };
}

/** Why a version is not in a range. */
export type OutOfRange = "prerelease" | "range";

/** Whether a version is in a range: undefined where it is, else why not. */
export function outOfRange(version: FluxVersion, { ways }: FluxRange): OutOfRange | undefined {
  const isPrerelease = version.prerelease !== "";
  const takes = (way: readonly Condition[]) => !isPrerelease || admitsPrereleases(way);
  if (ways.some((way) => takes(way) && way.every((condition) => holds(version, condition)))) return undefined;
  return isPrerelease && !ways.some(takes) ? "prerelease" : "range";
}

const admitsPrereleases = (way: readonly Condition[]): boolean => way.some((each) => each.version.prerelease !== "");

/** True where a range takes versions with a hyphen, such as candidates. */
export const takesPrereleases = ({ ways }: FluxRange): boolean => ways.some(admitsPrereleases);

function holds(version: FluxVersion, condition: Condition): boolean {
  const { operator, precision, version: limit } = condition;
  const difference = compareFluxVersions(version, limit);
  const same = sameTo(version, limit);
  const isExact = precision === "patch";
  switch (operator) {
    case "!=":
      if (isExact || precision === "none") return difference !== 0;
      return !same(precision) || (precision === "minor" && version.prerelease !== limit.prerelease);
    case ">":
      return isExact || precision === "none" ? difference > 0 : isAbove(version, limit, precision);
    case "<":
      return difference < 0;
    case ">=":
    case "=>":
      return difference >= 0;
    case "<=":
    case "=<":
      return isExact ? difference <= 0 : !isAbove(version, limit, precision);
    case "^":
      return difference >= 0 && isCompatible(version, condition, same);
    case "~":
    case "~>":
      return isClose(version, condition, same);
    default:
      return isExact ? difference === 0 : isClose(version, condition, same);
  }
}

type SameTo = (precision: "major" | "minor" | "patch") => boolean;

/** Whether the numbers down to one are the same. */
const sameTo =
  (a: FluxVersion, b: Condition["version"]): SameTo =>
  (precision) =>
    a.numbers.every((number, at) => at > { major: 0, minor: 1, patch: 2 }[precision] || number === b.numbers[at]);

/** Whether the major version is above a condition's, or the minor one, where the condition does not leave it open. */
function isAbove(
  { numbers: [major, minor] }: FluxVersion,
  { numbers }: Condition["version"],
  precision: Precision,
): boolean {
  return major > numbers[0] || (major === numbers[0] && minor > numbers[1] && precision !== "major");
}

/** `~1.2.3`, `~1.2`, `1.2.x` and `*`. */
function isClose(version: FluxVersion, { precision, version: limit }: Condition, same: SameTo): boolean {
  if (compareFluxVersions(version, limit) < 0) return false;
  const isZero = limit.numbers.every((number) => number === 0n);
  if (isZero && (precision === "none" || precision === "patch")) return true;
  return precision === "major" ? same("major") : same("minor");
}

/** `^1.2.3`: no number changes that is the first one that is not 0. */
function isCompatible({ numbers }: FluxVersion, { precision, version: limit }: Condition, same: SameTo): boolean {
  const [major, minor] = limit.numbers;
  if (major > 0n || precision === "major") return same("major");
  if (numbers[0] > 0n) return false;
  if (minor > 0n || precision === "minor") return same("minor");
  return same("patch");
}
