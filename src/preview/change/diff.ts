import { isSameRegion } from "../../base/azure/region";
import { azureTypeOf } from "../../base/azure/typeToken";
import { defined } from "../../base/defined";
import type { Json } from "../../base/json";
import { UNKNOWN } from "../../base/placeholders";
import type { RecordedResource, Recording } from "../recording";
import { CHANGE_KINDS, type ChangeKind, type PropertyChange, type ResourceChange, type StageChanges } from "./changes";
import { nameOf, type Pair, pairResources } from "./pairResources";
import { providerChanges } from "./providerSettings";
import { effectOf, type EffectWithReason, type ProviderFacts } from "./providerFacts";
import {
  changedValues,
  covers,
  formatPath,
  leaves,
  parsePath,
  type PathPart,
  pathsOf,
  type ValueChange,
} from "./values";

const GRAVITY = { update: 0, "may-replace": 1, replace: 2 } as const;

/** The graver of two effects; the first when they are alike. */
function graver<T extends EffectWithReason>(a: T, b: T): T {
  return GRAVITY[b.effect] > GRAVITY[a.effect] ? b : a;
}

/**
 * The inputs that differ, with what each change does. `ignoreChanges` of the new resource hides a property, as in the
 * engine only where it names the property or something around it; `replaceOnChanges` makes any change below it replace.
 * A component has no provider, so its inputs never replace anything.
 */
function inputChanges(
  before: RecordedResource,
  after: RecordedResource,
  facts: ProviderFacts,
): readonly PropertyChange[] {
  const ignored = (after.options.ignoreChanges ?? []).map(parsePath);
  return changedValues(before.inputs, after.inputs, !namesPlaces(after))
    .filter((change) => !ignored.some((pattern) => covers(pattern, change.path)))
    .filter((change) => !isRespeltRegion(after.type, change))
    .map((change) => ({ ...shown(change), ...effectOfChange(change, after, facts) }));
}

/** azure-native compares a resource's region by its name, whichever way it is written. */
function isRespeltRegion(type: string, { path, before, after }: ValueChange): boolean {
  const isRegion = azureTypeOf(type) !== undefined && path.length === 1 && path[0] === "location";
  return isRegion && typeof before === "string" && typeof after === "string" && isSameRegion(before, after);
}

/** True where an option names an entry of a list by its place: then the engine's look at places is what counts. */
function namesPlaces({ options: { ignoreChanges = [], replaceOnChanges = [] } }: RecordedResource): boolean {
  return [...ignoreChanges, ...replaceOnChanges].some((path) =>
    parsePath(path).some((part) => typeof part === "number"),
  );
}

/**
 * The inputs that stay unknown while what they come from is made anew: the engine sees new unknown values there.
 * Where a recording does not say which input comes from which resource, any may; the value may come out as it was, so
 * the effect is at most `may-replace`.
 *
 * @param cause what is made anew, and how people are told of it
 */
function followingChanges(
  after: RecordedResource,
  cause: { urn: string; said: string },
  facts: ProviderFacts,
): readonly PropertyChange[] {
  const ignored = (after.options.ignoreChanges ?? []).map(parsePath);
  const comesFrom = ([input]: readonly PathPart[]) =>
    after.sources === undefined || (after.sources[typeof input === "string" ? input : ""] ?? []).includes(cause.urn);
  return pathsOf(after.inputs, UNKNOWN)
    .filter(comesFrom)
    .filter((path) => !ignored.some((pattern) => covers(pattern, path)))
    .map((path) => {
      const { effect } = effectOfChange({ path, after: UNKNOWN }, after, facts);
      const weak = effect === "update" ? effect : "may-replace";
      return {
        path: formatPath(path),
        before: UNKNOWN,
        after: UNKNOWN,
        effect: weak,
        why: `it may come from ${cause.said}`,
      };
    });
}

function effectOfChange(change: ValueChange, after: RecordedResource, facts: ProviderFacts): EffectWithReason {
  if (!after.custom) return { effect: "update" };
  const forced = (after.options.replaceOnChanges ?? []).find((pattern) => covers(parsePath(pattern), change.path));
  if (forced !== undefined) return { effect: "replace", why: `the program says so: replaceOnChanges "${forced}"` };
  return [change.before, change.after]
    .flatMap((value) => (value === undefined ? [] : leaves(value, change.path)))
    .map((path) => effectOf(facts, after.type, path))
    .reduce(graver, { effect: "update" });
}

/** Outputs that differ; they replace nothing. */
function outputChanges(
  before: Readonly<Record<string, Json>>,
  after: Readonly<Record<string, Json>>,
): readonly PropertyChange[] {
  return changedValues(before, after, true).map((change) => ({ ...shown(change), effect: "update" }));
}

/** A change with its path as text. */
function shown(change: ValueChange): { path: string; before?: Json; after?: Json } {
  return { ...change, path: formatPath(change.path) };
}

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
  const providers = providerChanges(base, head);
  const rank = (change: ResourceChange): number => CHANGE_KINDS.indexOf(change.kind);
  return {
    stack: head?.stack ?? base?.stack ?? "",
    changes: shownChanges.sort((a, b) => rank(a) - rank(b) || (a.urn < b.urn ? -1 : 1)),
    same: changes.length - shownChanges.length,
    outputs: outputChanges(base?.outputs ?? {}, head?.outputs ?? {}),
    ...(providers.length > 0 && { providers }),
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
  return { kind, urn, type, name, ...moved, properties, options, ...defined({ refused }) };
}

function deletion(before: RecordedResource): ResourceChange {
  const { urn, type, name } = before;
  const refused = refusalOf("delete", before, undefined, false);
  return {
    ...{ kind: "delete", urn, type, name, properties: [], options: [], resource: before },
    ...(before.options.retainOnDelete === true ? { retained: true } : {}),
    ...defined({ refused }),
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

const UNPROTECT = "remove `protect`, run an update, and only then change it";

/**
 * Why the engine ends an update that does this; undefined when it does not.
 * Source: pulumi, pkg/resource/deploy: step.go (DeleteStep.Apply looks at the old state's protect, also of a resource
 * that would be kept), step_generator.go (a replacement looks at the old and the new, so unprotecting and replacing in
 * one change is allowed; a replaced resource must no longer name an id to import).
 */
function refusalOf(
  kind: ChangeKind,
  before: RecordedResource | undefined,
  after: RecordedResource | undefined,
  importsAnother: boolean,
): string | undefined {
  const wasProtected = before?.options.protect === true;
  if (kind === "delete") return wasProtected ? `it is protected and cannot be deleted; ${UNPROTECT}` : undefined;
  if ((kind !== "replace" && kind !== "may-replace") || importsAnother) return undefined;
  if (wasProtected && after?.options.protect === true) return `it is protected and cannot be replaced; ${UNPROTECT}`;
  if (before?.options.import !== undefined && before.options.import === after?.options.import) {
    return "it was imported and still names the id, so it cannot be replaced; remove `import`";
  }
  return undefined;
}

/** Options that differ and only change what Pulumi keeps about the resource. */
function optionChanges(before: RecordedResource, after: RecordedResource): readonly PropertyChange[] {
  return changedValues(kept(before), kept(after), true).map((change) => ({ ...shown(change), effect: "update" }));
}

/** The options without those that are looked at on their own. */
function kept({ options }: RecordedResource): Json {
  const apart = ["aliases", "import", "provider"];
  return Object.fromEntries(Object.entries(options).filter(([name]) => !apart.includes(name)));
}

/**
 * Options whose change replaces a custom resource, or may: another id to import, another provider.
 * Source: pulumi, pkg/resource/deploy/step_generator.go (isImport, providerChanged).
 */
function replacingOptions(before: RecordedResource, after: RecordedResource): readonly PropertyChange[] {
  if (before.custom !== after.custom) {
    const why = "a component and a resource of a provider cannot become one another";
    return [{ path: "(custom)", before: before.custom, after: after.custom, effect: "replace", why }];
  }
  if (!after.custom) return [];
  return [...importChange(before, after), ...providerChange(before, after)];
}

function importChange(before: RecordedResource, after: RecordedResource): readonly PropertyChange[] {
  const was = before.options.import;
  const is = after.options.import;
  if (is === undefined || was === is) return [];
  if (was === undefined) {
    const why = "it takes over this id; nothing changes if the stack already holds it";
    return [{ path: "(import)", after: is, effect: "may-replace", why }];
  }
  const why = "it takes over another resource and deletes the one it had";
  return [{ path: "(import)", before: was, after: is, effect: "replace", why }];
}

function providerChange(before: RecordedResource, after: RecordedResource): readonly PropertyChange[] {
  const was = before.options.provider;
  const is = after.options.provider;
  if (was === is) return [];
  const why = "the provider decides by its configuration, such as another subscription";
  const values = { ...defined({ before: was, after: is }) };
  return [{ path: "(provider)", ...values, effect: "may-replace", why }];
}
