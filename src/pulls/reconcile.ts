import type { Digest } from "../base/digest";
import { canonicalHost, type PullStage } from "./judgePull";
import type { PullLine } from "./line";
import type { RegistryEvent } from "./registryLog";

/** What became of one line of the application, or of events of the registry that no line tells of. */
export const JOIN_VERDICTS = ["proven", "ambiguous", "no-pull", "application-only", "registry-only"] as const;

/** One line with what the registry recorded of it, or what only the registry saw. */
export interface JoinedPull {
  verdict: (typeof JOIN_VERDICTS)[number];
  /** Whether the registry's own log shows that the application's line is true. */
  trust: "proven" | "claimed";
  /** What it is known by. */
  by: string[];
  line?: PullLine;
  events: RegistryEvent[];
}

/** What is joined, and what the registries say of their digests. */
export interface Reconciliation {
  stage: PullStage;
  lines: readonly PullLine[];
  events: readonly RegistryEvent[];
  /** Seconds that a line and an event may be apart: clocks differ, and a pull takes its time. */
  window: number;
  /** Digests of the manifests below an index; empty for an image, and where nobody knows. */
  children: (registry: string, repository: string, digest: Digest) => ReadonlySet<Digest>;
  /** Hosts of the stage's registries that hold the digest; undefined where they were not asked. */
  standsIn: (repository: string, digest: Digest) => readonly string[] | undefined;
}

/** Asks what stands behind a name, and gets no bytes of it. Source: distribution specification, "Checking if content exists". */
const HEAD = "HEAD";

interface Candidate {
  line: PullLine;
  at: number;
  digests: ReadonlySet<string>;
  events: RegistryEvent[];
}

const byText = (a: unknown, b: unknown): number => {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
};
const byTime = <T extends { time: string }>(a: T, b: T): number =>
  Date.parse(a.time) - Date.parse(b.time) || byText(a, b);
const keyOf = (registry: string, repository: string): string => `${registry} ${repository}`;

/**
 * Joins lines of the application with events of registries: by registry, repository, digest (an index counts for the
 * manifests below it), identity and time. Each event goes to one line at most. One pull asks for one manifest once in each
 * way (HEAD, GET), so that a second such event is another pull. The order of the input does not matter.
 *
 * @returns in the order of time
 */
export function reconcile({ stage, lines, events, window, children, standsIn }: Reconciliation): JoinedPull[] {
  const groups = new Map<string, Candidate[]>();
  const joined: JoinedPull[] = [];
  for (const line of [...lines].sort(byTime)) {
    const without = unjoinable(line);
    if (without) joined.push(without);
    else if (line.digest !== undefined && line.repository !== undefined) {
      const registry = canonicalHost(stage, line.host);
      const digests = new Set<string>([line.digest, ...children(registry, line.repository, line.digest)]);
      const group = groups.get(keyOf(registry, line.repository)) ?? [];
      group.push({ line, at: Date.parse(line.time), digests, events: [] });
      groups.set(keyOf(registry, line.repository), group);
    }
  }
  const rest = assign([...events].sort(byTime), groups, window * 1000);
  for (const candidate of [...groups.values()].flat()) joined.push(judge(candidate, standsIn, stage));
  for (const event of rest) {
    const why = event.digest === undefined ? "the registry's log names no digest" : "the registry's log alone";
    joined.push({ verdict: "registry-only", trust: "claimed", by: [why, eventText(event)], events: [event] });
  }
  return joined.sort((a, b) => Date.parse(timeOf(a)) - Date.parse(timeOf(b)) || byText(a, b));
}

const timeOf = ({ line, events }: JoinedPull): string => line?.time ?? events[0]?.time ?? "";

/** A line that stands for no pull, or that names too little to be joined. */
function unjoinable(line: PullLine): JoinedPull | undefined {
  const claimed = { trust: "claimed" as const, line, events: [] };
  const by = (why: string): string[] => [why, lineText(line)];
  if (line.outcome === "cached") return { verdict: "no-pull", ...claimed, by: by("the image was there already") };
  if (line.outcome !== "pulled") return { verdict: "no-pull", ...claimed, by: by(`the pull was ${line.outcome}`) };
  if (line.digest === undefined || line.repository === undefined) {
    return { verdict: "application-only", ...claimed, by: by("the line names no digest") };
  }
  return undefined;
}

/** Gives each event to the earliest line that it fits and that has none of its kind yet. @returns what is left */
function assign(
  events: readonly RegistryEvent[],
  groups: ReadonlyMap<string, readonly Candidate[]>,
  window: number,
): RegistryEvent[] {
  const taken = new Set<string>();
  const used = new Set<RegistryEvent>();
  for (const exact of [true, false]) {
    for (const event of events) {
      if (event.digest === undefined || used.has(event)) continue;
      const { digest, method, identity } = event;
      const at = Date.parse(event.time);
      const group = groups.get(keyOf(event.registry, event.repository)) ?? [];
      const place = group.findIndex(
        (one, index) =>
          Math.abs(one.at - at) <= window &&
          one.digests.has(digest) &&
          fits(one.line.identity, identity, exact) &&
          !taken.has(slot(event, index, method, digest)),
      );
      if (place < 0) continue;
      taken.add(slot(event, place, method, digest));
      used.add(event);
      group[place]?.events.push(event);
    }
  }
  return events.filter((event) => !used.has(event));
}

const slot = ({ registry, repository }: RegistryEvent, index: number, method: string, digest: string): string =>
  JSON.stringify([registry, repository, index, method, digest]);

/** Identities that differ are two clients; where one side names none, anybody may be meant. */
function fits(line: string | undefined, event: string | undefined, exact: boolean): boolean {
  const both = line !== undefined && event !== undefined;
  return exact ? both && sameName(line, event) : !both;
}

const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

function judge(
  { line, events: unsorted }: Candidate,
  standsIn: Reconciliation["standsIn"],
  stage: PullStage,
): JoinedPull {
  const events = [...unsorted].sort(byTime);
  if (events.length === 0) {
    return {
      verdict: "application-only",
      trust: "claimed",
      by: ["the application's line alone", lineText(line)],
      line,
      events,
    };
  }
  const by = [...events.slice(0, 10).map(eventText), lineText(line)];
  if (events.every(({ method }) => method === HEAD)) {
    const why = "the registry was asked for it and sent nothing: its bytes came from elsewhere, or were there already";
    return { verdict: "ambiguous", trust: "claimed", by: [why, ...by], line, events };
  }
  const known = events.some(
    ({ identity }) => identity !== undefined && line.identity !== undefined && sameName(identity, line.identity),
  );
  if (known)
    return { verdict: "proven", trust: "proven", by: [`both name ${line.identity ?? ""}`, ...by], line, events };
  const { digest, repository = "" } = line;
  const hosts = digest === undefined ? undefined : standsIn(repository, digest);
  const others = hosts?.filter((host) => host !== canonicalHost(stage, line.host));
  if (others?.length === 0) {
    return {
      verdict: "proven",
      trust: "proven",
      by: ["the digest stands in this registry alone", ...by],
      line,
      events,
    };
  }
  const why =
    others === undefined
      ? "no identity, and it is unknown which registries hold the digest"
      : `no identity, and the digest stands in ${others.join(", ")} as well`;
  return { verdict: "ambiguous", trust: "claimed", by: [why, ...by], line, events };
}

const eventText = ({ log, id, time, registry, method, digest }: RegistryEvent): string =>
  `${log} of ${registry}: ${id}, ${method} ${digest ?? "without a digest"} at ${time}`;
const lineText = ({ source, evidence, hostBasis }: PullLine): string =>
  `${source}, host by the ${hostBasis}: ${evidence}`;
