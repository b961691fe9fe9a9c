import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import { filterTags, type TagFilter } from "./pattern";
import {
  compareFluxVersions,
  type FluxVersion,
  outOfRange,
  parseFluxRange,
  parseFluxVersion,
  takesPrereleases,
} from "../../domain/cluster/fluxSemver";

/** How a policy orders tags. Source: image.toolkit.fluxcd.io/v1, ImagePolicyChoice. */
export type TagOrder =
  | { kind: "semver"; range: string }
  | { kind: "alphabetical"; order: "asc" | "desc" }
  | { kind: "numerical"; order: "asc" | "desc" };

/** What Flux chooses tags by. */
export interface TagPolicy {
  order: TagOrder;
  filter?: TagFilter;
}

/** One tag: chosen, or why not. */
interface JudgedTag {
  tag: string;
  verdict:
    "chosen" | "lower" | "tie" | "filtered" | "replaced" | "no version" | "no number" | "prerelease" | "out of range";
  why: string;
}

/** What Flux would choose. */
export interface Choice {
  /** Null where it chooses none. */
  winner: string | null;
  /** False where equals stand behind a filter, so that chance decides which of them Flux takes. */
  certain: boolean;
  /** In the order that they were given in. */
  tags: JudgedTag[];
}

/** Tags that Flux never scans, where nothing else is said. Source: image.toolkit.fluxcd.io/v1, ImageRepository, exclusionList. */
const EXCLUDED = /^.*\.sig$/;

/**
 * Which of the tags Flux's image policy chooses, with a reason for each of them.
 *
 * @param all tags in the registry's order, which decides between equals; those of signatures (`.sig`) are not looked at
 * @param where names the policy, for errors
 * @throws DualRegistryError CONTENT_INVALID for a range, pattern or number that Flux does not take
 */
export function chooseTag(all: readonly string[], { order, filter }: TagPolicy, where: string): Choice {
  const tags = all.filter((tag) => !EXCLUDED.test(tag));
  const seen = filter === undefined ? tags.map((tag) => ({ tag, seen: tag })) : filterTags(tags, filter, where);
  const judged = new Map<string, Omit<JudgedTag, "tag">>();
  if (filter !== undefined) {
    const kept = new Set(seen.map(({ tag }) => tag));
    const whole = new Set(filterTags(tags, { pattern: filter.pattern }, where).map(({ tag }) => tag));
    for (const tag of tags.filter((each) => !kept.has(each))) {
      judged.set(
        tag,
        whole.has(tag)
          ? { verdict: "replaced", why: `another tag gives the same text by ${quoted(filter.extract ?? "")}` }
          : { verdict: "filtered", why: `pattern ${quoted(filter.pattern)} does not take it` },
      );
    }
  }
  const ranked = rank(seen, order, judged, where);
  const [best, ...others] = ranked;
  if (best !== undefined) {
    judged.set(best.tag, { verdict: "chosen", why: best.why });
    for (const { tag, tie } of others) {
      judged.set(
        tag,
        tie ? { verdict: "tie", why: tieText(best.tag, filter) } : { verdict: "lower", why: `lower than ${best.tag}` },
      );
    }
  }
  return {
    winner: best?.tag ?? null,
    certain: filter === undefined || others.every(({ tie }) => !tie),
    tags: tags.map((tag) => ({ tag, ...(judged.get(tag) ?? { verdict: "lower", why: "" }) })),
  };
}

const tieText = (winner: string, filter: TagFilter | undefined): string =>
  `equal to ${winner}, ${filter === undefined ? "which the registry lists first" : "and behind filterTags chance decides between them"}`;

interface Ranked {
  tag: string;
  why: string;
  tie: boolean;
}

type Seen = readonly { tag: string; seen: string }[];

/** The tags that count, the one that is chosen first; the others' reasons are noted. */
function rank(seen: Seen, order: TagOrder, judged: Map<string, Omit<JudgedTag, "tag">>, where: string): Ranked[] {
  if (order.kind === "semver") return rankVersions(seen, order.range, judged, where);
  const last = order.order === "asc" ? "last" : "first";
  if (order.kind === "alphabetical") {
    const sign = order.order === "asc" ? -1 : 1;
    // Go compares bytes; tags are ASCII.
    const sorted = [...seen].sort((a, b) => sign * (a.seen < b.seen ? -1 : a.seen > b.seen ? 1 : 0));
    return sorted.map(({ tag, seen: text }) => ({
      tag,
      why: `${last} of all by alphabet`,
      tie: text === sorted[0]?.seen,
    }));
  }
  return rankNumbers(seen, order.order, where);
}

function rankVersions(seen: Seen, text: string, judged: Map<string, Omit<JudgedTag, "tag">>, where: string): Ranked[] {
  const range = parseFluxRange(text, where);
  const inRange: { tag: string; version: FluxVersion }[] = [];
  for (const { tag, seen: part } of seen) {
    const version = parseFluxVersion(part);
    const out = version === undefined ? undefined : outOfRange(version, range);
    if (version === undefined) {
      judged.set(tag, { verdict: "no version", why: `${quoted(part)} is no semantic version of three numbers` });
    } else if (out === "prerelease") {
      judged.set(tag, { verdict: "prerelease", why: `a prerelease, and ${quoted(text)} names none, such as -0` });
    } else if (out === "range") {
      const open = version.prerelease !== "" && takesPrereleases(range) ? " for prereleases" : "";
      judged.set(tag, { verdict: "out of range", why: `not in ${quoted(text)}${open}` });
    } else inRange.push({ tag, version });
  }
  // The first of equals stays in front.
  inRange.sort((a, b) => compareFluxVersions(b.version, a.version));
  const best = inRange[0]?.version;
  return inRange.map(({ tag, version }) => ({
    tag,
    why: `the highest version in ${quoted(text)}`,
    tie: best !== undefined && compareFluxVersions(version, best) === 0,
  }));
}

/** Source: strconv.ParseFloat, of which tags can hold decimal and hexadecimal forms. */
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Of equals the last counts; one tag that is no number spoils the whole policy. */
function rankNumbers(seen: Seen, order: "asc" | "desc", where: string): Ranked[] {
  const numbers = seen.map(({ tag, seen: text }) => ({ tag, text, number: DECIMAL.test(text) ? Number(text) : NaN }));
  const bad = numbers.find(({ number }) => !Number.isFinite(number));
  if (bad !== undefined) {
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `${where}: ${quoted(bad.text)} of tag ${quoted(bad.tag)} is no number, and Flux chooses none where one is not; ` +
        "write a filterTags.pattern that takes numbers alone",
    );
  }
  const sign = order === "asc" ? -1 : 1;
  const sorted = numbers.reverse().sort((a, b) => sign * (a.number - b.number));
  const why = `the ${order === "asc" ? "highest" : "lowest"} number`;
  return sorted.map(({ tag, number }) => ({ tag, why, tie: number === sorted[0]?.number }));
}
