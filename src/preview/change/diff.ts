import {
  CHANGE_KINDS,
  type ChangeKind,
  type PropertyChange,
  type ResourceChange,
  type StageChanges,
} from "./diffTypes";
import { optionChanges, replacingOptions } from "./diffOptions";
import { nameOf, pairResources, type Pair } from "./diffPairs";
import { followingChanges, graver, inputChanges, outputChanges } from "./diffProperties";
import { refusalOf } from "./diffRefusal";
import type { ProviderFacts } from "./providerFacts";
import type { RecordedResource, Recording } from "../recording";

/**
 * What the engine would do to get from one recording to the other, as far as it can be known without the cloud.
 * A stage only one of them has is all creates or all deletes.
 *
 * Limits: the recording of the base stands for the state, so drift is not seen; nor is a secret that changed its value.
 *
 * @param facts which properties replace; what they do not cover may replace
 */
export function diffRecordings(
  base: Recording | undefined,
  head: Recording | undefined,
  facts: ProviderFacts,
): StageChanges {
  const changes = settle(pairResources(base, head), facts);
  const shownChanges = changes.filter((change) => change !== undefined);
  const rank = (change: ResourceChange): number => CHANGE_KINDS.indexOf(change.kind);
  return {
    stack: head?.stack ?? base?.stack ?? "",
    changes: shownChanges.sort((a, b) => rank(a) - rank(b) || (a.urn < b.urn ? -1 : 1)),
    same: changes.length - shownChanges.length,
    outputs: outputChanges(base?.outputs ?? {}, head?.outputs ?? {}),
  };
}

type Decided = ResourceChange | undefined;
type Anew = ReadonlyMap<string, ChangeKind>;

/** Decides pair by pair, again and again until nothing more follows from what is made anew. */
function settle(pairs: readonly Pair[], facts: ProviderFacts): Decided[] {
  let anew: Anew = new Map();
  for (;;) {
    const decided = pairs.map((pair) => decide(pair, facts, anew));
    const next = new Map(decided.flatMap((change) => (makesAnew(change) ? [[change.urn, change.kind]] : [])));
    if (next.size === anew.size && [...next].every(([urn, kind]) => anew.get(urn) === kind)) return decided;
    anew = next;
  }
}

function makesAnew(change: Decided): change is ResourceChange {
  return change !== undefined && ["create", "replace", "may-replace"].includes(change.kind);
}

function decide({ before, after }: Pair, facts: ProviderFacts, anew: Anew): Decided {
  if (after === undefined) return before === undefined ? undefined : deletion(before);
  const { urn, type, name } = after;
  if (before === undefined) return { kind: "create", urn, type, name, properties: [], options: [], resource: after };
  const properties = propertyChanges(before, after, facts, anew);
  const options = optionChanges(before, after);
  const moved = before.urn === urn ? {} : { formerUrn: before.urn };
  if (properties.length === 0 && options.length === 0 && before.urn === urn) return undefined;
  const kind = properties.length === 0 ? "state" : properties.reduce(graver).effect;
  const adopts = properties.some(({ path }) => path === "(import)");
  const refused = refusalOf(kind, before, after, adopts);
  return { kind, urn, type, name, ...moved, properties, options, ...(refused === undefined ? {} : { refused }) };
}

function deletion(before: RecordedResource): ResourceChange {
  const { urn, type, name } = before;
  const refused = refusalOf("delete", before, undefined, false);
  return {
    ...{ kind: "delete", urn, type, name, properties: [], options: [], resource: before },
    ...(before.options.retainOnDelete === true ? { retained: true } : {}),
    ...(refused === undefined ? {} : { refused }),
  };
}

/** Everything that differs between an old and a new resource of the same identity, in the order people read it. */
function propertyChanges(
  before: RecordedResource,
  after: RecordedResource,
  facts: ProviderFacts,
  anew: Anew,
): readonly PropertyChange[] {
  const direct = [...replacingOptions(before, after), ...inputChanges(before, after, facts), ...fellWith(after, anew)];
  if (!after.custom) return direct;
  const seen = new Set(direct.map(({ path }) => path));
  for (const cause of after.options.dependsOn ?? []) {
    const kind = anew.get(cause);
    if (kind === undefined) continue;
    const verb = kind === "create" ? "is new" : kind === "replace" ? "is replaced" : "may be replaced";
    for (const change of followingChanges(after, { urn: cause, said: `${nameOf(cause)}, which ${verb}` }, facts)) {
      if (seen.has(change.path)) continue;
      seen.add(change.path);
      direct.push(change);
    }
  }
  return direct;
}

/** A resource falls with the one it is deleted with, and with those it is told to be replaced with. */
function fellWith(after: RecordedResource, anew: Anew): readonly PropertyChange[] {
  const { deletedWith, replaceWith = [] } = after.options;
  const ties = [
    ...(deletedWith === undefined ? [] : [{ path: "(deletedWith)", urn: deletedWith }]),
    ...replaceWith.map((urn) => ({ path: "(replaceWith)", urn })),
  ];
  return ties.flatMap(({ path, urn }) => {
    const kind = anew.get(urn);
    if (kind !== "replace" && kind !== "may-replace") return [];
    const why = `${nameOf(urn)} ${kind === "replace" ? "is replaced" : "may be replaced"}`;
    return [{ path, before: urn, after: urn, effect: kind, why }];
  });
}
