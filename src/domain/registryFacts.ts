import { LOG_CATEGORIES, METRIC_CATEGORIES } from "./diagnostics";
import type { Known, RegistryFacts } from "./facts";
import type { AcrPlan, RegistryPlan, StagePlan } from "./plan";

type Days = number | "off" | undefined;

/** What a registry that is made gets where nothing is said; one that is taken over has it already, as it may be. */
function madeWith<T>(plan: AcrPlan, value: T): Known<T> {
  return plan.mode === "create" ? value : "unknown";
}

/** A policy that is not named is off where the registry is made, and unknown where it is taken over. */
function daysOf(plan: AcrPlan, days: Days): Known<number | "off"> {
  return days ?? madeWith(plan, "off" as const);
}

const UNKNOWN = "unknown" as const;

/** What nobody can know of a registry of somebody else's. */
const FOREIGN = {
  location: "none",
  sku: "none",
  adminUserEnabled: UNKNOWN,
  anonymousPullEnabled: UNKNOWN,
  armTokensAllowed: UNKNOWN,
  publicAccess: UNKNOWN,
  networkDefault: UNKNOWN,
  trustedServices: UNKNOWN,
  privateEndpoints: UNKNOWN,
  privateDns: UNKNOWN,
  exportAllowed: UNKNOWN,
  customerKey: UNKNOWN,
  quarantine: UNKNOWN,
  dataEndpoint: UNKNOWN,
  replicas: UNKNOWN,
  cacheRules: UNKNOWN,
  webhooks: UNKNOWN,
  protected: UNKNOWN,
  untaggedRetentionDays: UNKNOWN,
  softDeleteDays: UNKNOWN,
  logCategories: UNKNOWN,
} as const;

function acrFacts(plan: AcrPlan, location: string) {
  const { webhook } = plan;
  const hooks = webhook ? [{ name: "notify", secure: webhook.url.startsWith("https://") }] : [];
  return {
    location: madeWith(plan, location),
    sku: plan.sku,
    adminUserEnabled: false,
    anonymousPullEnabled: false,
    armTokensAllowed: plan.armTokensAllowed ?? madeWith(plan, true),
    publicAccess: plan.publicAccess ?? UNKNOWN,
    networkDefault: plan.allowedIps.length > 0 ? ("deny" as const) : madeWith(plan, "allow" as const),
    trustedServices: plan.trustedServices ?? UNKNOWN,
    privateEndpoints: madeWith(plan, 0),
    privateDns: madeWith(plan, false),
    exportAllowed: plan.exportAllowed ?? madeWith(plan, true),
    customerKey: madeWith(plan, false),
    quarantine: madeWith(plan, false),
    dataEndpoint: plan.dataEndpoint ?? UNKNOWN,
    replicas: madeWith(plan, plan.replicas),
    cacheRules: madeWith(plan, []),
    webhooks: madeWith(plan, hooks),
    protected: plan.protect,
    untaggedRetentionDays: daysOf(plan, plan.untaggedRetentionDays),
    softDeleteDays: daysOf(plan, plan.softDeleteDays),
    logCategories: [...LOG_CATEGORIES, ...METRIC_CATEGORIES],
  };
}

/** Its name in Azure; host and namespace of a registry that is only named. */
export const placeOf = (plan: RegistryPlan) =>
  plan.mode === "reference" ? [plan.loginServer, plan.namespace].filter(Boolean).join("/") : plan.registryName;

/** The facts of one registry as the plan says them. */
export function registryFacts({ stage, location, policies }: StagePlan, plan: RegistryPlan): RegistryFacts {
  const policy = policies[plan.class];
  return {
    ...(plan.mode === "reference" ? FOREIGN : acrFacts(plan, location)),
    stage,
    class: plan.class,
    kind: plan.kind,
    mode: plan.mode,
    basis: "planned",
    name: placeOf(plan),
    regime: plan.tagRules.regime,
    scan: policy.scan ?? "off",
    signature: policy.signature,
    unhealthyImages: UNKNOWN,
    rules: plan.rules,
  };
}
