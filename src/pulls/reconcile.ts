import type { Digest } from "../base/digest";
import { type PullStage, registryKeyOf } from "./judgePull";
import type { PullLine } from "./line";
import { type Candidate, HEAD, type Naming, Places } from "./places";
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
  /** Keys of the stage's registries that hold the digest; undefined where they were not asked. */
  standsIn: (repository: string, digest: Digest) => readonly string[] | undefined;
}

const byText = (a: unknown, b: unknown): number => {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
};
const byTime = <T extends { time: string }>(a: T, b: T): number =>
  Date.parse(a.time) - Date.parse(b.time) || byText(a, b);

/**
 * Joins lines of the application with events of registries: by registry, repository, digest (an index counts for the
 * manifests below it), identity and time. Each event goes to the nearest line that it fits. One pull asks for one manifest
 * once in each way (HEAD, GET), so that a second such event is another pull. The order of the input does not matter.
 *
 * @returns in the order of time
 */
export function reconcile({ stage, lines, events, window, children, standsIn }: Reconciliation): JoinedPull[] {
  const places = new Places(window * 1000);
  /** Starts from cache: the registry may have been asked, and has sent nothing. */
  const starts = new Places(window * 1000);
  const candidates: Candidate[] = [];
  const joined: JoinedPull[] = [];
  const sorted = [...lines].sort(byTime);
  const retold = retoldLines(sorted, window * 1000);
  for (const line of sorted) {
    const candidate = { line, at: Date.parse(line.time), events: [] };
    const by = retold.get(line);
    if (by !== undefined) joined.push({ ...claimed(candidate, by), verdict: "no-pull" });
    else if (line.repository === undefined || line.outcome === "denied") joined.push(unjoinable(candidate));
    else {
      candidates.push(candidate);
      const { repository = "", digest } = line;
      const registry = registryKeyOf(stage, line);
      const below = digest === undefined ? [] : [digest, ...children(registry, repository, digest)];
      (line.outcome === "cached" ? starts : places).add(candidate, { registry, digests: below });
    }
  }
  // A registry delivers a notification until it is taken, and files of logs overlap.
  const ordered = [...new Map(events.map((event) => [JSON.stringify(event), event])).values()].sort(byTime);
  // Who names the same comes first, so that an event without a name takes no line that is known by one.
  const unnamed = ordered.filter((event) => !places.give(event, "same-name"));
  const left = unnamed.filter((event) => !places.give(event, "one-unnamed"));
  const starting = (event: RegistryEvent, naming: Naming) => event.method === HEAD && starts.give(event, naming);
  const rest = left.filter((event) => !starting(event, "same-name") && !starting(event, "one-unnamed"));
  for (const candidate of candidates) {
    const { outcome, digest } = candidate.line;
    const isPull = outcome === "pulled" && digest !== undefined;
    joined.push(isPull ? judge(candidate, { places, standsIn, stage }) : unjoinable(candidate));
  }
  for (const event of rest) {
    const why = event.digest === undefined ? "the registry's log names no digest" : "the registry's log alone";
    const may = places.nearestWithoutDigest(event);
    const by = [
      why,
      eventText(event),
      ...(may ? [`may be of a line that names no digest: ${lineText(may.line)}`] : []),
    ];
    joined.push({ verdict: "registry-only", trust: "claimed", by, events: [event] });
  }
  return joined.sort((a, b) => Date.parse(timeOf(a)) - Date.parse(timeOf(b)) || byText(a, b));
}

const timeOf = ({ line, events }: JoinedPull): string => line?.time ?? events[0]?.time ?? "";

const claimed = ({ line, events }: Candidate, why: string) => ({
  ...{ trust: "claimed" as const, line, events },
  by: [why, ...events.slice(0, 10).map(eventText), lineText(line)],
});

/** A line that stands for no pull, or that names too little to be joined. */
function unjoinable(candidate: Candidate): JoinedPull {
  const { outcome } = candidate.line;
  if (outcome === "cached") return { verdict: "no-pull", ...claimed(candidate, "the image was there already") };
  if (outcome !== "pulled") return { verdict: "no-pull", ...claimed(candidate, `the pull was ${outcome}`) };
  return { verdict: "application-only", ...claimed(candidate, "the line names no digest") };
}

/**
 * Lines that tell of a pull anew: the kubelet's events name the reference alone, and the runtime of the same node has told
 * which host it asked. Each line of a runtime's stands for one.
 *
 * @param lines in the order of time
 * @param window milliseconds between the two
 * @returns why, by line
 */
function retoldLines(lines: readonly PullLine[], window: number): ReadonlyMap<PullLine, string> {
  const keyOf = ({ node = "", reference, outcome }: PullLine) =>
    JSON.stringify([node, reference, outcome === "pulled"]);
  const tells = ({ node, outcome }: PullLine): boolean => node !== undefined && outcome !== "cached";
  const first = new Map<string, PullLine[]>();
  for (const line of lines) {
    if (!tells(line) || line.hostBasis !== "request") continue;
    const known = first.get(keyOf(line)) ?? [];
    known.push(line);
    first.set(keyOf(line), known);
  }
  const retold = new Map<PullLine, string>();
  const next = new Map<string, number>();
  for (const line of lines) {
    if (!tells(line) || line.source !== "events" || line.hostBasis !== "reference") continue;
    const key = keyOf(line);
    const others = first.get(key) ?? [];
    const at = Date.parse(line.time);
    let index = next.get(key) ?? 0;
    while (index < others.length && Date.parse(others[index]?.time ?? "") < at - window) index += 1;
    const other = others[index];
    if (other !== undefined && Date.parse(other.time) <= at + window) {
      retold.set(line, `${other.source} of the same node tells of this pull, and of the host that answered`);
      index += 1;
    }
    next.set(key, index);
  }
  return retold;
}

const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** What a verdict is found with. */
interface Judging extends Pick<Reconciliation, "standsIn" | "stage"> {
  places: Places;
}

function judge(candidate: Candidate, judging: Judging): JoinedPull {
  const { line } = candidate;
  const events = [...candidate.events].sort(byTime);
  if (events.length === 0) {
    const by = ["the application's line alone", lineText(line)];
    return { verdict: "application-only", trust: "claimed", by, line, events };
  }
  const sent = events.filter(({ method }) => method !== HEAD);
  const doubt = doubtOf(candidate, sent, judging);
  const known = sent.some(({ identity }) => isNamed(identity, line.identity));
  const why = doubt ?? (known ? `both name ${line.identity ?? ""}` : "the digest stands in this registry alone");
  const by = [why, ...events.slice(0, 10).map(eventText), lineText(line)];
  if (doubt === undefined) return { verdict: "proven", trust: "proven", by, line, events };
  return { verdict: "ambiguous", trust: "claimed", by, line, events };
}

const isNamed = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && other !== undefined && sameName(one, other);

/** Why what the registry recorded does not prove a line; undefined where it does. */
function doubtOf(
  candidate: Candidate,
  sent: readonly RegistryEvent[],
  { places, standsIn, stage }: Judging,
): string | undefined {
  const { line } = candidate;
  if (sent.length === 0) {
    return "the registry was asked for it and sent nothing: its bytes came from elsewhere, or were there already";
  }
  const known = sent.some(({ identity }) => isNamed(identity, line.identity));
  if (!known && !sent.some(({ digest: of }) => of === line.digest)) {
    return "the registry sent a manifest below the index alone: that may have been another client's";
  }
  if (line.hostBasis === "reference") {
    return "the line names the host of the reference, and a mirror may have answered in its place";
  }
  if (sent.some((event) => places.hasRival(event))) {
    return "the registry recorded fewer pulls than the application, so that it may have been another line's";
  }
  if (known) return undefined;
  const named = sent.map(({ identity }) => identity).find((identity) => identity !== undefined);
  if (named !== undefined && line.identity === undefined) {
    return `the registry names ${named}, and the line nobody: it may have been another client's`;
  }
  const { digest, repository = "" } = line;
  const holders = digest === undefined ? undefined : standsIn(repository, digest);
  if (holders === undefined) return "no identity, and it is unknown which registries hold the digest";
  const others = holders.filter((holder) => holder !== registryKeyOf(stage, line));
  return others.length === 0 ? undefined : `no identity, and the digest stands in ${others.join(", ")} as well`;
}

const eventText = ({ log, id, time, registry, method, digest }: RegistryEvent): string =>
  `${log} of ${registry}: ${id}, ${method} ${digest ?? "without a digest"} at ${time}`;
const lineText = ({ source, evidence, hostBasis }: PullLine): string =>
  `${source}, host by the ${hostBasis}: ${evidence}`;
