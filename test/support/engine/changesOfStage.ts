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

/** An image that only the product's own token reads. */
export const newImage: FactChange = {
  what: "a new image",
  make: ({ project }) => project.set(["images", "value", "-"], { repository: "batch/report", class: "secure" }),
  steps: ["update orders-secure-scope-orders-pull"],
};

/** Another team signs off: it gets access before the environment names it, and the former loses it afterwards. */
export function newReviewer(stage: string): FactChange {
  const [gained, lost] = ["create orders-gates-team-qa-leads", "delete orders-gates-team-qa-managers"];
  const environment = `update orders-gates-${stage}-signoff-qa`;
  return {
    what: "another reviewer",
    make: ({ project, providers }) => {
      providers.directory.teams.set("qa-leads", 4_100_199);
      project.set(["gates", "value", "roles", "qa", 0], { team: "qa-leads", id: 4_100_199 });
    },
    steps: [gained, environment, lost],
    order: [
      [gained, environment],
      [environment, lost],
    ],
  };
}

/** One value of a stage's registry. */
export function registryFact(
  stage: string,
  what: string,
  [imageClass, field]: readonly ["secure" | "standard", string],
  value: string | number,
): FactChange {
  return {
    what,
    make: ({ project }) => project.set([REGISTRIES, imageClass, field], value, stage),
    steps: [`update orders-${imageClass}-registry`],
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
