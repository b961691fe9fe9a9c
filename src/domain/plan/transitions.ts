import { isSameRegion } from "../../base/azure/region";
import type { Sku } from "../image/registryKind";
import { judgeBudgetStart } from "../watch/budget";

/** What is not known of a registry makes no transition. */
type Known<T> = T | "unknown";

/** What of a registry decides how it gets from one state to another. */
export interface RegistryState {
  sku: Known<Sku | "none">;
  location: Known<string>;
  replicas: Known<readonly string[]>;
  /** Whether the firewall denies what no rule names. */
  firewall: Known<boolean>;
  publicAccess: Known<boolean>;
  privateEndpoints: Known<number>;
  exportAllowed: Known<boolean>;
  dataEndpoint: Known<boolean>;
  /** Whether untagged manifests are removed after some days. */
  retention: Known<boolean>;
  softDelete: Known<boolean>;
  customerKey: Known<boolean>;
  zoneRedundant: Known<boolean>;
}

/** What a change takes: one run, two runs in an order, or another registry. */
type Steps = "one" | "two" | "impossible";

/** A change of a setting, how many steps it takes, and what a person has to know or to do. */
export interface Transition {
  steps: Steps;
  /** One sentence without its full stop. */
  text: string;
}

interface Change {
  before: RegistryState;
  after: RegistryState;
}

/** A line of the table: undefined where the change is not one of its kind. */
type Rule = (change: Change) => Transition | undefined;

const NONE: readonly string[] = [];
const replicasOf = ({ replicas }: RegistryState): readonly string[] => (replicas === "unknown" ? NONE : replicas);
const isKnown = <T>(value: Known<T>): value is Exclude<Known<T>, "unknown"> => value !== "unknown";
const turned = (before: Known<boolean>, after: Known<boolean>, on: boolean): boolean => before === !on && after === on;

const two = (first: string, then: string, because: string): Transition => ({
  steps: "two",
  text: `takes two steps: first ${first}, and deploy; then ${then}. ${because}`,
});

/** What only Premium has, and how it is let go of while the registry is still Premium. */
function premiumParts({ before }: Change): string[] {
  const replicas = replicasOf(before);
  const parts: [boolean, string][] = [
    [replicas.length > 0, `take ${replicas.join(", ")} out of replicas`],
    [before.firewall === true, "take allowedIps out"],
    [before.publicAccess === false, "set publicAccess to true"],
    [isKnown(before.privateEndpoints) && before.privateEndpoints > 0, "delete its private endpoints"],
    [before.exportAllowed === false, "set exportAllowed to true"],
    [before.dataEndpoint === true, "set dataEndpoint to false"],
    [before.retention === true, "take untaggedRetentionDays out"],
  ];
  return parts.flatMap(([has, what]) => (has ? [what] : []));
}

/** What only Premium has, as far as nobody here knows whether it is in use: a registry that was taken over may have it. */
function unknownPremiumParts({ before }: Change): string[] {
  const parts: [value: unknown, what: string][] = [
    [before.replicas, "replicas"],
    [before.firewall, "firewall"],
    [before.publicAccess, "public access"],
    [before.privateEndpoints, "private endpoints"],
    [before.exportAllowed, "export"],
    [before.dataEndpoint, "data endpoint"],
    [before.retention, "retention"],
    [before.customerKey, "key of the customer's"],
  ];
  return parts.flatMap(([value, what]) => (value === "unknown" ? [what] : []));
}

const RANK: Readonly<Record<Sku | "none", number>> = { none: 0, Basic: 1, Standard: 2, Premium: 3 };

/**
 * Source: https://learn.microsoft.com/azure/container-registry/container-registry-skus (changing tiers);
 * https://github.com/hashicorp/terraform-provider-azurerm/issues/24838.
 */
const tier: Rule = (change) => {
  const [before, after] = [change.before.sku, change.after.sku];
  if (!isKnown(before) || !isKnown(after) || before === after) return undefined;
  const name = `sku from ${before} to ${after}`;
  if (RANK[after] > RANK[before]) return { steps: "one", text: `${name} is one step, in place` };
  if (before === "Premium" && change.before.customerKey === true) {
    const why = "only Premium keeps images encrypted with a key of the customer's, and that is never taken away again";
    return { steps: "impossible", text: `${name} is impossible: ${why}. ${ANOTHER}` };
  }
  const parts = before === "Premium" ? premiumParts(change) : [];
  if (parts.length === 0) {
    const open = before === "Premium" ? unknownPremiumParts(change) : [];
    const none = `nothing that only ${before} has is in use`;
    if (open.length === 0) return { steps: "one", text: `${name} is one step, in place; ${none}` };
    return { steps: "one", text: `${name} is one step where ${none}; not known here: ${open.join(", ")}` };
  }
  const because =
    "Azure refuses a lower tier while they stand, and a run changes the registry before it deletes anything";
  const { steps, text } = two(`${parts.join(", ")}, with sku: ${before}`, `set sku to ${after}`, because);
  return { steps, text: `${name} ${text}` };
};

const ANOTHER =
  "Make another registry beside it, copy the images (dualreg image export, then import), change over who pulls, and delete this one last";

/** True where the tier goes down as well: then that line says it all. */
const goesDown = ({ before: { sku: was }, after: { sku: is } }: Change): boolean =>
  isKnown(was) && isKnown(is) && RANK[is] < RANK[was];

/** Source: https://learn.microsoft.com/azure/container-registry/container-registry-access-selected-networks. */
const firewall: Rule = (change) => {
  const { before, after } = change;
  if (goesDown(change)) return undefined;
  if (turned(before.firewall, after.firewall, true)) {
    return { steps: "one", text: "the firewall on is one step: who is not named in allowedIps is shut out" };
  }
  if (before.firewall === true && after.firewall === "unknown") {
    const text =
      "allowedIps is named no more, and its rules stay: a registry that is taken over keeps what is not named";
    return { steps: "one", text };
  }
  if (!turned(before.firewall, after.firewall, false)) return undefined;
  const open = after.publicAccess === false ? "no address reaches it" : "every address reaches it from then on";
  return { steps: "one", text: `the firewall off is one step: ${open}` };
};

/** Source: https://learn.microsoft.com/azure/container-registry/container-registry-geo-replication. */
const replicas: Rule = (change) => {
  const [was, is] = [replicasOf(change.before), replicasOf(change.after)];
  if (goesDown(change)) return undefined;
  const gone = was.filter((one) => !is.some((other) => isSameRegion(one, other)));
  const added = is.filter((one) => !was.some((other) => isSameRegion(one, other)));
  const said = [
    ...(gone.length > 0
      ? [`${gone.join(", ")} out of replicas is one step: who pulls there goes on from another region`]
      : []),
    ...(added.length > 0 ? [`${added.join(", ")} into replicas is one step: images are copied there behind it`] : []),
  ];
  return said.length === 0 ? undefined : { steps: "one", text: said.join("; ") };
};

/** Source: Azure REST API, Registries (location is set at creation alone). */
const home: Rule = ({ before, after }) => {
  if (!isKnown(before.location) || !isKnown(after.location) || isSameRegion(before.location, after.location))
    return undefined;
  const name = `location from ${before.location} to ${after.location}`;
  return { steps: "impossible", text: `${name} is impossible: a registry stays in its region. ${ANOTHER}` };
};

/**
 * Source: https://learn.microsoft.com/azure/container-registry/container-registry-soft-delete-policy (not together with a
 * retention policy, geo-replication or artifact cache).
 */
const deletion: Rule = ({ before, after }) => {
  const because = "Azure takes only one of them, and what stands when the change arrives is what it looks at";
  if (turned(before.softDelete, after.softDelete, true)) {
    if (before.retention === true) return two("take untaggedRetentionDays out", "set softDeleteDays", because);
    if (replicasOf(before).length > 0) return two("take replicas out", "set softDeleteDays", because);
    return undefined;
  }
  if (!turned(before.softDelete, after.softDelete, false)) return undefined;
  if (turned(before.retention, after.retention, true)) {
    return two("take softDeleteDays out", "set untaggedRetentionDays", because);
  }
  return replicasOf(after).length > 0 && replicasOf(before).length === 0
    ? two("take softDeleteDays out", "name replicas", because)
    : undefined;
};

/** Source: https://learn.microsoft.com/azure/container-registry/zone-redundancy; https://github.com/Azure/acr/issues/590. */
const zones: Rule = ({ before, after }) => {
  if (!isKnown(before.zoneRedundant) || !isKnown(after.zoneRedundant) || before.zoneRedundant === after.zoneRedundant) {
    return undefined;
  }
  return {
    steps: "impossible",
    text: `another zone redundancy is impossible: it is decided when a registry is made. ${ANOTHER}`,
  };
};

/** Source: https://learn.microsoft.com/azure/container-registry/tutorial-enable-customer-managed-keys. */
const customerKey: Rule = ({ before, after }) => {
  if (!isKnown(before.customerKey) || !isKnown(after.customerKey) || before.customerKey === after.customerKey)
    return undefined;
  const what = after.customerKey
    ? "encryption with a key of the customer's"
    : "to go back from a key of the customer's";
  return { steps: "impossible", text: `${what} is impossible: it is decided when a registry is made. ${ANOTHER}` };
};

/** Source: https://learn.microsoft.com/azure/container-registry/container-registry-dedicated-data-endpoints. */
const dataEndpoint: Rule = (change) => {
  const { before, after } = change;
  if (goesDown(change)) return undefined;
  if (turned(before.dataEndpoint, after.dataEndpoint, true)) {
    const host = "<registry>.<region>.data.azurecr.io";
    return {
      steps: "one",
      text: `the data endpoint on is one step: firewalls of who pulls must let ${host} through before it`,
    };
  }
  if (!turned(before.dataEndpoint, after.dataEndpoint, false)) return undefined;
  const host = "*.blob.core.windows.net";
  return {
    steps: "one",
    text: `the data endpoint off is one step: firewalls of who pulls must let ${host} through before it`,
  };
};

/** The one table of what a change of a registry takes. */
const RULES: readonly Rule[] = [tier, firewall, replicas, home, deletion, zones, customerKey, dataEndpoint];

/** What the changes of one registry take, each line of the table at most once. */
export function registryTransitions(before: RegistryState, after: RegistryState): Transition[] {
  return RULES.flatMap((rule) => rule({ before, after }) ?? []);
}

/**
 * What another start of a budget takes, or that of a new one: Azure changes no start, and makes no budget that begins
 * before the month that runs. Source: Azure REST API, Consumption, Budgets - Create Or Update;
 * https://github.com/Azure/CanadaPubSecALZ/issues/317.
 *
 * @param before `2026-01-01`; undefined for a budget that is made
 */
export function budgetTransition(before: string | undefined, after: string, today: Date): Transition | undefined {
  if (before === after) return undefined;
  const judged = judgeBudgetStart(after, today);
  const allowed = "the first of this month, or of one of the next twelve";
  if (before === undefined) {
    if (judged === "allowed") return undefined;
    return { steps: "one", text: `start ${after}: Azure makes no budget that begins then; allowed: ${allowed}` };
  }
  if (judged !== "allowed") {
    const text = `start from ${before} to ${after} is impossible: Azure changes no start, so the budget is deleted, and makes none that begins then`;
    return { steps: "impossible", text: `${text}. Leave ${before}, or name ${allowed}` };
  }
  return { steps: "one", text: `start from ${before} to ${after} is one step: the budget is deleted and made anew` };
}
