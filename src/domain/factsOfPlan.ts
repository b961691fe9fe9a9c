import { LOG_CATEGORIES, METRIC_CATEGORIES } from "./diagnostics";
import type { GateFacts, Known, RegistryFacts, TokenFacts } from "./facts";
import type { AcrPlan, RegistryPlan, StagePlan } from "./plan";
import type { Stage } from "./stage";

type Days = number | "off" | undefined;

/** A policy that is not named is off where the registry is made, and unknown where it is taken over. */
function daysOf(plan: AcrPlan, days: Days): Known<number> {
  if (typeof days === "number") return days;
  return days === undefined && plan.mode === "adopt" ? "unknown" : 0;
}

function registryFacts(stage: Stage, plan: RegistryPlan): RegistryFacts {
  const common = { stage, class: plan.class, kind: plan.kind, mode: plan.mode, regime: plan.tagRules.regime };
  if (plan.mode === "reference") {
    return {
      ...common,
      sku: "none",
      adminUserEnabled: "unknown",
      anonymousPullEnabled: "unknown",
      publicAccess: "unknown",
      exportAllowed: "unknown",
      protected: "unknown",
      untaggedRetentionDays: "unknown",
      softDeleteDays: "unknown",
      logCategories: "unknown",
    };
  }
  return {
    ...common,
    sku: plan.sku,
    adminUserEnabled: false,
    anonymousPullEnabled: false,
    publicAccess: plan.publicAccess ?? "unknown",
    exportAllowed: plan.exportAllowed ?? (plan.mode === "adopt" ? "unknown" : true),
    protected: plan.protect,
    untaggedRetentionDays: daysOf(plan, plan.untaggedRetentionDays),
    softDeleteDays: daysOf(plan, plan.softDeleteDays),
    logCategories: [...LOG_CATEGORIES, ...METRIC_CATEGORIES],
  };
}

/** The facts of a stage as its plan says them, for controls that judge before anything is made. */
export function factsOfPlan(plan: StagePlan): {
  registries: RegistryFacts[];
  gates: GateFacts[];
  tokens: TokenFacts[];
} {
  const { stage, registries } = plan;
  return {
    registries: [registryFacts(stage, registries.secure), registryFacts(stage, registries.standard)],
    gates: plan.gates.environments.map((environment) => ({
      stage,
      environment: environment.name,
      purpose: environment.purpose,
      reviewers: environment.reviewers.length,
      preventSelfReview: environment.reviewers.length > 0,
      canAdminsBypass: false,
      refs: environment.refs.map((ref) => `${ref.on} ${ref.pattern}`),
    })),
    tokens: plan.tokens.map((token) => ({ stage, ...token })),
  };
}
