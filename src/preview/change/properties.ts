import type { Json } from "../../base/json";
import { UNKNOWN } from "../../base/placeholders";
import type { RecordedResource } from "../recording";
import type { PropertyChange } from "./changes";
import { effectOf, type EffectWithReason, type ProviderFacts } from "./providerFacts";
import { changedValues, covers, formatPath, leaves, parsePath, pathsOf, type ValueChange } from "./values";

const GRAVITY = { update: 0, "may-replace": 1, replace: 2 } as const;

/** The graver of two effects; the first when they are alike. */
export function graver<T extends EffectWithReason>(a: T, b: T): T {
  return GRAVITY[b.effect] > GRAVITY[a.effect] ? b : a;
}

/**
 * The inputs that differ, with what each change does. `ignoreChanges` of the new resource hides a property, as in the
 * engine only where it names the property or something around it; `replaceOnChanges` makes any change below it replace.
 * A component has no provider, so its inputs never replace anything.
 */
export function inputChanges(
  before: RecordedResource,
  after: RecordedResource,
  facts: ProviderFacts,
): readonly PropertyChange[] {
  const ignored = (after.options.ignoreChanges ?? []).map(parsePath);
  return changedValues(before.inputs, after.inputs)
    .filter((change) => !ignored.some((pattern) => covers(pattern, change.path)))
    .map((change) => ({ ...shown(change), ...effectOfChange(change, after, facts) }));
}

/**
 * The inputs that stay unknown while what they come from is made anew: the engine sees new unknown values there.
 * Where a recording does not say which input comes from which resource, any may; the value may come out as it was, so
 * the effect is at most `may-replace`.
 *
 * @param cause what is made anew, and how people are told of it
 */
export function followingChanges(
  after: RecordedResource,
  cause: { urn: string; said: string },
  facts: ProviderFacts,
): readonly PropertyChange[] {
  const ignored = (after.options.ignoreChanges ?? []).map(parsePath);
  const comesFrom = ([input]: readonly (string | number)[]) =>
    after.sources === undefined || (after.sources[String(input)] ?? []).includes(cause.urn);
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
export function outputChanges(
  before: Readonly<Record<string, Json>>,
  after: Readonly<Record<string, Json>>,
): readonly PropertyChange[] {
  return changedValues(before, after).map((change) => ({ ...shown(change), effect: "update" }));
}

/** A change with its path as text. */
export function shown(change: ValueChange): { path: string; before?: Json; after?: Json } {
  return { ...change, path: formatPath(change.path) };
}
