import type { ComplianceSettings } from "../../domain/complianceSettings";
import type { ComplianceFacts, Known, StageFacts } from "../../domain/facts";
import { IMAGE_CLASSES } from "../../domain/imageClass";
import type { Stage } from "../../domain/stage";
import { acrFacts } from "./acr";
import { read, type ResourceBag } from "./bag";
import { families } from "./family";
import { gatesOf } from "./gates";
import { passwordsIn } from "./passwords";
import { tokensOf } from "./tokens";

/** What resources do not say, and whoever asks may. */
export interface ResourceContext {
  stage: Known<Stage>;
  auditYears?: number;
  allowedLocations?: readonly string[];
  namePrefix?: string;
}

/** Both names that the subscription's setting for registries has had. */
const DEFENDER_PLANS: readonly unknown[] = ["Containers", "ContainerRegistry"];

function defenderOf(resources: readonly ResourceBag[]): Known<boolean> {
  const pricing = resources.find(
    ({ type, inputs }) =>
      /^azure-native:security(?:\/\w+)?:Pricing$/.test(type) && DEFENDER_PLANS.includes(read(inputs, "pricingName")),
  );
  if (pricing === undefined) return "unknown";
  const tier = read(pricing.outputs ?? pricing.inputs, "pricingTier");
  return typeof tier === "string" && tier !== "unknown" ? tier === "Standard" : "unknown";
}

/** Days that the one workspace of the stack keeps its data; with an archive beside it nobody can tell from resources. */
function auditDaysOf(resources: readonly ResourceBag[]): Known<number> {
  const found = resources.filter(({ type }) => /^azure-native:operationalinsights(?:\/\w+)?:Workspace$/.test(type));
  const archived = resources.some(({ type }) => /^azure-native:storage(?:\/\w+)?:BlobContainerImmutability/.test(type));
  const [workspace] = found;
  if (found.length !== 1 || workspace === undefined || archived) return "unknown";
  const days = read(workspace.outputs ?? workspace.inputs, "retentionInDays");
  return typeof days === "number" ? days : "unknown";
}

function stageFacts(resources: readonly ResourceBag[], context: ResourceContext): StageFacts {
  const { allowedLocations, namePrefix } = context;
  const settings: Partial<ComplianceSettings> = {
    ...(allowedLocations === undefined ? {} : { allowedLocations }),
    ...(namePrefix === undefined ? {} : { namePrefix }),
  };
  return {
    stage: context.stage,
    basis: resources.some(({ outputs }) => outputs !== undefined) ? "deployed" : "planned",
    images: "unknown",
    identities: "unknown",
    retention: "unknown",
    auditDays: auditDaysOf(resources),
    auditYears: context.auditYears ?? "unknown",
    ...settings,
    defender: defenderOf(resources),
    passwordsInState: passwordsIn(resources),
    driftWatched: "unknown",
  };
}

/**
 * The facts of a stack as its resources say them: those of a run, or those of the engine's policy request.
 * Pure; works on any program's azure-native and github resources, and knows less of those that are not this project's.
 */
export function factsOfResources(resources: readonly ResourceBag[], context: ResourceContext): ComplianceFacts {
  const grouped = [...families(resources)];
  const registries = grouped.map(([registry, family]) => acrFacts(registry, family, context.stage));
  return {
    stage: stageFacts(resources, context),
    registries,
    registriesComplete: IMAGE_CLASSES.every((imageClass) => registries.some((one) => one.class === imageClass)),
    gates: gatesOf(resources, context.stage),
    tokens: grouped.flatMap(([registry, family]) => tokensOf(registry, family, context.stage)),
  };
}
