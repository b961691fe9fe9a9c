import { isAzureType } from "../base/azure/typeToken";
import { fieldAt } from "../base/json";
import { acrFacts } from "../controls/adapters/acr";
import { bagOf, families, type ResourceBag, setting } from "../controls/adapters/resourceBag";
import type { RegistryFacts } from "../controls/facts";
import { budgetTransition, registryTransitions, type RegistryState, type Transition } from "../domain/plan/transitions";
import type { FoundChange } from "../preview/change/changes";
import { pairResources } from "../preview/change/pairResources";
import type { RecordedResource, Recording } from "../preview/recording";

const isOn = (days: RegistryFacts["untaggedRetentionDays"]) => (days === "unknown" ? days : days !== "off");

function stateOf(bag: ResourceBag, facts: RegistryFacts): RegistryState {
  const { sku, location, replicas, networkDefault, publicAccess, privateEndpoints, exportAllowed } = facts;
  const zones = setting(bag, "zoneRedundancy", "unknown");
  return {
    ...{ sku, location, replicas, publicAccess, privateEndpoints, exportAllowed },
    firewall: networkDefault === "unknown" ? networkDefault : networkDefault === "deny",
    dataEndpoint: facts.dataEndpoint,
    retention: isOn(facts.untaggedRetentionDays),
    softDelete: isOn(facts.softDeleteDays),
    customerKey: facts.customerKey,
    zoneRedundant: zones === "Enabled" ? true : zones === "Disabled" ? false : "unknown",
  };
}

/** The registries of a recording by URN, each with what hangs on it. */
function registriesOf({ resources }: Recording): ReadonlyMap<string, RegistryState> {
  const grouped = [...families(resources.map(bagOf))];
  const at = { stage: "unknown", place: "unknown" } as const;
  return new Map(grouped.map(([bag, family]) => [bag.urn ?? "", stateOf(bag, acrFacts(bag, family, at))]));
}

const startOf = ({ inputs }: RecordedResource): string | undefined => {
  const start = fieldAt(inputs, "timePeriod", "startDate");
  return typeof start === "string" ? start.slice(0, 10) : undefined;
};

/**
 * Changes of registries and budgets that the engine sends in one run, and what they take in Azure. What the engine knows
 * by an alias is the same registry, whatever its URN is now.
 *
 * @param base undefined for a stage that is new
 */
export function transitionFindings(base: Recording | undefined, head: Recording, today: Date): readonly FoundChange[] {
  const { stack } = head;
  const found = ({ urn, type, name }: RecordedResource, { steps, text }: Transition): FoundChange => ({
    ...{ stack, urn, type, name, kind: "transition", reason: text, certain: true },
    ...(steps === "one" && { note: true }),
  });
  const [was, is] = [base ? registriesOf(base) : new Map<string, RegistryState>(), registriesOf(head)];
  return pairResources(base, head).flatMap(({ before: former, after: resource }): FoundChange[] => {
    if (resource === undefined) return [];
    const [before, after] = [former && was.get(former.urn), is.get(resource.urn)];
    if (before !== undefined && after !== undefined) {
      return registryTransitions(before, after).map((transition) => found(resource, transition));
    }
    if (!isAzureType(resource.type, "consumption:Budget")) return [];
    const start = startOf(resource);
    const transition = start && budgetTransition(former && startOf(former), start, today);
    return transition ? [found(resource, transition)] : [];
  });
}
