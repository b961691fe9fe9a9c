import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import { chooseTag, type TagPolicy } from "./policy";
import {
  compareFluxVersions,
  type Condition,
  type FluxVersion,
  outOfRange,
  parseFluxRange,
  parseFluxVersion,
  takesPrereleases,
} from "../../domain/cluster/fluxSemver";

/** A range that follows a release. */
export interface MovedRange {
  from: string;
  to: string;
  /** For people. */
  why: string;
}

/** What a range is moved for. */
export interface RangeMove {
  /** The version that was released, as its tag. */
  release: string;
  /** True for the stage that releases are for: its range takes no prerelease. */
  isLast: boolean;
  /** Names the policy, for errors. */
  where: string;
}

/**
 * Moves the range of a policy to the major or minor version of a release, in the form that it has: `1.2.x` becomes `1.3.x`,
 * `^1.2.0` becomes `^2.0.0`, `>=1.2.0 <1.3.0` becomes `>=1.3.0 <1.4.0`. A release that is in the range moves nothing.
 *
 * @throws DualRegistryError CHANGE_REFUSED for a candidate where releases alone go, a release below the range, a form that
 * is not moved, or a policy that would not take the release even then
 */
export function moveRange(policy: TagPolicy, { release, isLast, where }: RangeMove): MovedRange {
  const refuse = (why: string) => new DualRegistryError("CHANGE_REFUSED", `${where}: ${why}`);
  if (policy.order.kind !== "semver")
    throw refuse(`orders by ${policy.order.kind}; allowed: semver, which alone has a range`);
  const version = parseFluxVersion(release);
  if (version === undefined) throw refuse(`release ${quoted(release)} is no semantic version; allowed: such as v1.3.0`);
  if (isLast && version.prerelease !== "") {
    throw refuse(`${quoted(release)} is no release, and this stage takes nothing else; give the final version`);
  }
  const from = policy.order.range;
  const range = parseFluxRange(from, where);
  const [conditions = [], ...others] = range.ways;
  const isOut = outOfRange({ ...version, prerelease: "" }, range) !== undefined;
  if (isOut && others.length > 0) throw refuse(`range ${quoted(from)} has several ways (||); write it by hand`);
  const moved = isOut ? moveConditions(from, conditions, version, refuse) : from;
  const to = isLast ? withoutPrereleases(moved) : moved;
  const order = { kind: "semver", range: to } as const;
  const choice = chooseTag([release], { ...policy, order }, where);
  if (choice.winner === null)
    throw refuse(`would not take ${release} with range ${quoted(to)}: ${choice.tags[0]?.why ?? ""}`);
  if (isLast && takesPrereleases(parseFluxRange(to, where)))
    throw refuse(`range ${quoted(to)} takes prereleases; write it by hand`);
  return { from, to, why: whyOf(from, moved, to, release) };
}

function whyOf(from: string, moved: string, to: string, release: string): string {
  if (from === to) return `${release} is in it`;
  return from === moved ? "candidates stay out of this stage" : `${release} was not in it`;
}

/** A hyphen and what is behind it, in the versions of a range; the hyphen between two versions has spaces around it. */
const withoutPrereleases = (range: string): string => range.replace(/(?<=[0-9xX*])-[0-9A-Za-z.-]+/g, "");

type Refuse = (why: string) => DualRegistryError;

function moveConditions(from: string, conditions: readonly Condition[], version: FluxVersion, refuse: Refuse): string {
  const [first, second, ...more] = conditions;
  const byHand = () =>
    refuse(
      `range ${quoted(from)} has a form that is not moved, such as 1.2.x, ~1.2.0, ^1.2.0 or >=1.2.0 <1.3.0; write it by hand`,
    );
  if (first === undefined || more.length > 0) throw byHand();
  if (compareFluxVersions({ ...version, prerelease: "" }, first.version) < 0) {
    throw refuse(`${version.tag} is below range ${quoted(from)}, and a range does not move back; change it by hand`);
  }
  const line = second === undefined ? lineOf(first) : windowOf(first, second);
  if (line === undefined) throw byHand();
  const [major, minor] = version.numbers;
  const begin = line === "major" ? [major, 0n, 0n] : [major, minor, 0n];
  const end = line === "major" ? [major + 1n, 0n, 0n] : [major, minor + 1n, 0n];
  const moved = replaceNumbers(from, first, begin);
  // The first condition's text is in front of the second's.
  const at = moved.lastIndexOf(second?.text ?? "");
  return second === undefined ? moved : `${moved.slice(0, at)}${replaceNumbers(moved.slice(at), second, end)}`;
}

/** Which number a condition leaves as it is. */
function lineOf({ operator, precision, version }: Condition): "major" | "minor" | undefined {
  const isOpen = operator === "" || operator === "=" || operator === "~" || operator === "~>";
  if (precision === "none") return undefined;
  if (operator === "^") return precision === "major" || version.numbers[0] > 0n ? "major" : "minor";
  if (!isOpen) return undefined;
  if (precision === "major") return "major";
  return precision === "minor" || operator.startsWith("~") ? "minor" : undefined;
}

/** `>=1.2.0 <1.3.0` is a minor version's, `>=1.0.0 <2.0.0` a major one's. */
function windowOf(lower: Condition, upper: Condition): "major" | "minor" | undefined {
  if (!/^(?:>=|=>)$/.test(lower.operator) || upper.operator !== "<") return undefined;
  const [major, minor] = lower.version.numbers;
  const [toMajor, toMinor, toPatch] = upper.version.numbers;
  if (toPatch !== 0n) return undefined;
  if (toMajor === major + 1n && toMinor === 0n) return "major";
  return toMajor === major && toMinor === minor + 1n ? "minor" : undefined;
}

/** The numbers that a condition writes, replaced; a `v`, an `x` and what is behind a hyphen stay. */
function replaceNumbers(range: string, condition: Condition, numbers: readonly bigint[]): string {
  let at = 0;
  const text = condition.text.replace(/^(v?)([^-+]*)/, (_, lead: string, core: string) => {
    const parts = core.split(".").map((part) => (/^\d+$/.test(part) ? String(numbers[at++] ?? 0n) : part));
    return `${lead}${parts.join(".")}`;
  });
  return range.replace(condition.text, () => text);
}
