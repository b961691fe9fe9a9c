import type { StageBench } from "./stageBench";

/** A change of the facts, and what the engine must do about it. */
export interface FactChange {
  /** Ends a test's title: "a longer retention". */
  what: string;
  make: (bench: StageBench) => void;
  /** Exactly the steps, as `<op> <name>`. */
  steps: readonly string[];
  /** What the engine's preview cannot settle, as `update <name>`. Default: nothing. */
  unsettled?: readonly string[];
  /** Pairs of steps of which the first must come before the second. */
  order?: readonly (readonly [string, string])[];
}

const REGISTRIES = "dual-registry:registries";

/** A consumer that reads one image of the secure registry. */
export const newConsumer: FactChange = {
  what: "a new consumer",
  make: ({ project }) => project.set(["consumers", "value", "-"], { name: "lab", pull: ["orders/api"] }),
  steps: [
    "create orders-secure-scope-lab-pull",
    "create orders-secure-token-lab-pull",
    "create orders-passwords-secure-lab-pull",
  ],
  order: [
    ["create orders-secure-scope-lab-pull", "create orders-secure-token-lab-pull"],
    ["create orders-secure-token-lab-pull", "create orders-passwords-secure-lab-pull"],
  ],
};

/** A secure image that only the product's own token reads; the queries that look for such images learn of it. */
export const newImage: FactChange = {
  what: "a new image",
  make: ({ project }) => project.set(["images", "value", "-"], { repository: "batch/report", class: "secure" }),
  steps: [
    "update orders-alerts-secure-from-standard",
    "update orders-secure-scope-orders-pull",
    "update orders-views-secureFromStandard",
    "update orders-views-workbook",
  ],
};

/**
 * Another team signs off: it gets access before an environment names it, and the former loses it afterwards.
 *
 * @param also other updates: of whatever else names the team that signs qa off
 */
export function newReviewer(stage: string, also: readonly string[] = []): FactChange {
  const [gained, lost] = ["create orders-gates-team-qa-leads", "delete orders-gates-team-qa-managers"];
  const updates = [`update orders-gates-${stage}-signoff-qa`, ...also];
  return {
    what: "another reviewer",
    make: ({ project, providers }) => {
      providers.directory.teams.set("qa-leads", 4_100_199);
      project.set(["gates", "value", "roles", "qa", 0], { team: "qa-leads", id: 4_100_199 });
    },
    steps: [gained, ...updates, lost],
    order: updates.flatMap((update) => [[gained, update] as const, [update, lost] as const]),
  };
}

/**
 * One value of a stage's registry.
 *
 * @param also other updates: of whatever else is made by it
 */
export function registryFact(
  stage: string,
  what: string,
  [imageClass, field]: readonly ["secure" | "standard", string],
  value: string | number | boolean,
  also: readonly string[] = [],
): FactChange {
  return {
    what,
    make: ({ project }) => project.set([REGISTRIES, imageClass, field], value, stage),
    steps: [`update orders-${imageClass}-registry`, ...also],
    unsettled: hostVariables(stage, imageClass),
  };
}

/** One more replica of a stage's registry. */
export function newReplica(stage: string, location: string): FactChange {
  return {
    what: "one more region",
    make: ({ project }) => project.set([REGISTRIES, "secure", "replicas", "-"], location, stage),
    steps: [`create orders-secure-replica-${location}`],
  };
}

/** The variables that hold a registry's host, which an update of it leaves as it is. */
function hostVariables(stage: string, imageClass: "secure" | "standard"): readonly string[] {
  const place = `update orders-gates-${stage}`;
  return [`${place}-${imageClass.toUpperCase()}_REGISTRY_HOST`, `${place}-publish-${imageClass}-REGISTRY_HOST`];
}
