import { defined } from "../base/defined";
import type { Evidence, Finding, Scope, Verdict } from "./control";
import type { Basis, ComplianceFacts, RegistryFacts } from "./facts";

/** From the worst down: what a whole says whose parts say different things. */
const ORDER: readonly Verdict[] = ["fail", "unknown", "waived", "pass", "not applicable"];

/** The worst of several verdicts; not applicable where there is none. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return ORDER.find((verdict) => verdicts.includes(verdict)) ?? "not applicable";
}

/** One fact, what should be there, and whether it is. */
export interface Look {
  evidence: Evidence;
  verdict: "pass" | "fail" | "unknown";
}

type Shown = Evidence["value"];

/** What a fact is where it is known. */
export type KnownPart<F> = Exclude<F, "unknown">;

/** Narrows to what is known. */
export function isKnown<F>(fact: F): fact is KnownPart<F> {
  return fact !== "unknown";
}

/**
 * Looks at one fact. Unknown is unknown: `passes` is never asked of it.
 *
 * @param show the value in the words of its owner, where the fact has others
 */
export function look<F>(
  at: { resource: string; property: string; expected: string },
  fact: F,
  passes: (value: KnownPart<F>) => boolean,
  show: (value: KnownPart<F>) => Shown = showPlain,
): Look {
  if (!isKnown(fact)) return { evidence: { ...at, value: "unknown" }, verdict: "unknown" };
  return { evidence: { ...at, value: show(fact) }, verdict: passes(fact) ? "pass" : "fail" };
}

function showPlain(value: unknown): Shown {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map(String).sort();
  return JSON.stringify(value);
}

/** All of the looks as one finding. */
export function allOf(about: { scope: Scope; basis: Basis }, looks: readonly Look[], note?: string): Finding {
  const verdict = worst(looks.map((one) => one.verdict));
  const evidence = looks.map((one) => one.evidence);
  return { ...about, verdict, evidence, ...defined({ note }) };
}

/** Nothing to look at, and why. */
export function notApplicable(about: { scope: Scope; basis: Basis }, note: string): Finding {
  return { ...about, verdict: "not applicable", evidence: [], note };
}

/** Where findings about a registry belong; one whose class is not known belongs to the stage. */
export function aboutRegistry(registry: RegistryFacts): { scope: Scope; basis: Basis } {
  return { scope: registry.class === "unknown" ? "stage" : registry.class, basis: registry.basis };
}

/** The same for what the plan alone decides, such as a tag regime: no cloud answers it. */
export function decidedFor(registry: RegistryFacts): { scope: Scope; basis: Basis } {
  return { ...aboutRegistry(registry), basis: "planned" };
}

export function aboutStage({ stage }: ComplianceFacts): { scope: "stage"; basis: Basis } {
  return { scope: "stage", basis: stage.basis };
}

/** A statement of the stage about many things; it rests on deployment only where all of them do. */
export function aboutAll(items: readonly { basis: Basis }[]): { scope: "stage"; basis: Basis } {
  return {
    scope: "stage",
    basis: items.length > 0 && items.every(({ basis }) => basis === "deployed") ? "deployed" : "planned",
  };
}

/**
 * A finding for each registry of Azure, and for each of a kind that nobody knows: there it is unknown. One of another kind
 * has other settings, and one that is only named is somebody else's to set up: there the control is not applicable.
 */
export function eachAcr(facts: ComplianceFacts, judge: (registry: RegistryFacts) => Finding): readonly Finding[] {
  if (facts.registries.length === 0) return [notApplicable(aboutStage(facts), "The stage has no registry.")];
  return facts.registries.map((registry) => {
    if (registry.mode === "reference") {
      const whose = `The registry is only named (${registry.kind}); who owns it sets it up.`;
      return notApplicable(aboutRegistry(registry), whose);
    }
    if (registry.kind === "acr" || registry.kind === "unknown") return judge(registry);
    return notApplicable(aboutRegistry(registry), `The registry is of another kind (${registry.kind}).`);
  });
}

/** The most usual control: one property of each Azure registry. */
export function onEachAcr<F>(
  property: string,
  expected: string,
  read: (registry: RegistryFacts) => F,
  passes: (value: KnownPart<F>) => boolean,
  show?: (value: KnownPart<F>) => Shown,
): (facts: ComplianceFacts) => readonly Finding[] {
  return (facts) =>
    eachAcr(facts, (registry) =>
      allOf(aboutRegistry(registry), [
        look({ resource: registry.name, property, expected }, read(registry), passes, show),
      ]),
    );
}

/** True for one of the looks is enough: one pass passes, whatever is not known of the others. */
export function anyOf(about: { scope: Scope; basis: Basis }, looks: readonly Look[]): Finding {
  const verdicts = looks.map((one) => one.verdict);
  const verdict = verdicts.includes("pass") ? "pass" : verdicts.includes("unknown") ? "unknown" : "fail";
  return { ...about, verdict, evidence: looks.map((one) => one.evidence) };
}

const MOST_NAMED = 20;

/**
 * One look at many things of a kind, such as thousands of tokens: the evidence names those that do not pass, at most
 * twenty, and counts the rest.
 */
export function eachOf<I, F>(
  at: { resource: string; property: string; expected: string },
  items: readonly I[],
  nameOf: (item: I) => string,
  factOf: (item: I) => F,
  passes: (value: KnownPart<F>, item: I) => boolean,
): Look {
  let unknown = 0;
  const failing: string[] = [];
  for (const item of items) {
    const fact = factOf(item);
    if (!isKnown(fact)) unknown += 1;
    else if (!passes(fact, item)) failing.push(nameOf(item));
  }
  failing.sort();
  if (failing.length > 0) {
    const more = failing.length > MOST_NAMED ? [`and ${failing.length - MOST_NAMED} more`] : [];
    return { evidence: { ...at, value: [...failing.slice(0, MOST_NAMED), ...more] }, verdict: "fail" };
  }
  if (unknown > 0) return { evidence: { ...at, value: "unknown" }, verdict: "unknown" };
  const value = items.length === 0 ? "none" : `all ${items.length}`;
  return { evidence: { ...at, value }, verdict: "pass" };
}
