import { defined } from "../../base/defined";
import { readWorkflowFiles } from "../../base/workflowFiles";
import { elsewhereText, type EnvironmentPlan, type Reviewer } from "../../domain/identity/environments";
import type { IdentityPlan } from "../../domain/identity/identities";
import { IMAGE_CLASSES, type ImageClass } from "../../domain/image/imageClass";
import type { StagePlan } from "../../domain/plan/stagePlan";
import { placeOf, type Stage } from "../../domain/stage";
import { LOG_CATEGORIES, METRIC_CATEGORIES } from "../../domain/watch/audit";
import type {
  AlternativeFacts,
  ComplianceFacts,
  GateFacts,
  IdentityFacts,
  Known,
  RegistryFacts,
  StageFacts,
  TokenFacts,
} from "../facts";
import { plannedConsoles } from "./consoles";
import type { AcrPlan, RegistryPlan } from "../../domain/plan/registries";

const UNKNOWN = "unknown" as const;

const idOf = (reviewer: Reviewer) => ("team" in reviewer ? `team ${reviewer.id}` : `user ${reviewer.id}`);

function gateFacts(stage: Stage, environment: EnvironmentPlan): GateFacts {
  return {
    stage,
    environment: environment.name,
    basis: "planned",
    purpose: environment.purpose,
    ...defined({ role: environment.role }),
    reviewers: environment.reviewers.map(idOf),
    preventSelfReview: environment.reviewers.length > 0,
    canAdminsBypass: false,
    refsNamed: environment.refs.length > 0,
  };
}

function tokenFacts({ stage, registries, tokens, tokenCeilingDays }: StagePlan): TokenFacts[] {
  return tokens.map(({ name, consumer, registry, actions, expiresAfterDays }) => ({
    ...{ stage, name, consumer, registry, actions, expiresAfterDays },
    registryName: nameOf(registries[registry]),
    basis: "planned",
    enabled: true,
    ceilingDays: tokenCeilingDays[registry],
  }));
}

/** Classes whose registry an identity may push to: the role is Azure's own, which reaches the whole registry. */
function pushesOf({ grants }: IdentityPlan): ImageClass[] {
  return grants.flatMap(({ role, on }) => (role === "AcrPush" && on.at === "registry" ? [on.class] : []));
}

/** Identities of a plan are federated, so no secret of one exists. */
function identityFacts(stage: Stage, identity: IdentityPlan): IdentityFacts {
  return { name: identity.name, basis: "planned", stage, pushes: pushesOf(identity), hasSecret: false };
}

/** The longer of the workspace's days, where it is ours to set, and the archive's. */
function auditDays({ audit, watch }: StagePlan): Known<number> {
  const days = [audit?.mode === "create" ? audit.retentionDays : undefined, watch?.archive?.days];
  const known = days.filter((value) => value !== undefined);
  return known.length === 0 ? UNKNOWN : Math.max(...known);
}

function alternativeFacts({ alternatives }: StagePlan): AlternativeFacts[] {
  return IMAGE_CLASSES.flatMap((imageClass) =>
    alternatives[imageClass].map((plan) => ({ name: nameOf(plan), class: imageClass, rules: plan.rules })),
  );
}

function stageFacts(plan: StagePlan, driftWatched: Known<boolean>): StageFacts {
  const { allowedLocations, namePrefix } = plan.compliance;
  return {
    stage: plan.stage,
    place: placeOf(plan.stage, plan.stages),
    signOffRoles: plan.gates.signOffRoles,
    ...defined({ signOffsElsewhere: plan.gates.elsewhere && elsewhereText(plan.gates.elsewhere) }),
    foreignSigners: plan.foreignSigners.signOffs,
    basis: "planned",
    alternatives: alternativeFacts(plan),
    images: plan.images,
    identities: plan.identities.identities.map((identity) => identityFacts(plan.stage, identity)),
    retention: plan.retention,
    auditDays: auditDays(plan),
    auditYears: plan.compliance.auditYears,
    ...defined({ allowedLocations, namePrefix }),
    defender: plan.watch?.defender === true || (plan.owns.includes("subscription") ? false : UNKNOWN),
    // Passwords are made outside Pulumi's resources, so no resource of a plan holds one.
    passwordsInState: [],
    consoles: plannedConsoles(plan),
    driftWatched,
  };
}

/**
 * The facts of a stage as its plan says them, for controls that judge before anything is made.
 *
 * @param driftWatched what the repository's workflows say, which is no part of a plan
 */
export function factsOfPlan(plan: StagePlan, driftWatched: Known<boolean> = "unknown"): ComplianceFacts {
  return {
    stage: stageFacts(plan, driftWatched),
    registries: IMAGE_CLASSES.map((imageClass) => registryFacts(plan, plan.registries[imageClass])),
    registriesComplete: true,
    gates: plan.gates.environments.map((environment) => gateFacts(plan.stage, environment)),
    tokens: tokenFacts(plan),
  };
}

type Days = number | "off" | undefined;

/** What a registry that is made gets where nothing is said; one that is taken over has it already, as it may be. */
function madeWith<T>(plan: AcrPlan, value: T): Known<T> {
  return plan.mode === "create" ? value : "unknown";
}

/** A policy that is not named is off where the registry is made, and unknown where it is taken over. */
function daysOf(plan: AcrPlan, days: Days): Known<number | "off"> {
  return days ?? madeWith(plan, "off" as const);
}

/** What nobody can know of a registry of somebody else's. */
const FOREIGN = {
  location: "none",
  sku: "none",
  adminUserEnabled: UNKNOWN,
  anonymousPullEnabled: UNKNOWN,
  armTokensAllowed: UNKNOWN,
  publicAccess: UNKNOWN,
  networkDefault: UNKNOWN,
  allowedRanges: UNKNOWN,
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
    allowedRanges: plan.allowedIps.length > 0 ? plan.allowedIps : madeWith(plan, []),
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
const nameOf = (plan: RegistryPlan) =>
  plan.mode === "reference" ? [plan.loginServer, plan.namespace].filter(Boolean).join("/") : plan.registryName;

/** The facts of one registry as the plan says them. */
function registryFacts(
  { stage, stages, location, policies, foreignSigners }: StagePlan,
  plan: RegistryPlan,
): RegistryFacts {
  const policy = policies[plan.class];
  return {
    ...(plan.mode === "reference" ? FOREIGN : acrFacts(plan, location)),
    stage,
    place: placeOf(stage, stages),
    class: plan.class,
    kind: plan.kind,
    mode: plan.mode,
    basis: "planned",
    name: nameOf(plan),
    regime: plan.tagRules.regime,
    scan: policy.scan ?? "off",
    signature: policy.signature,
    foreignSigners: foreignSigners[plan.class],
    unhealthyImages: UNKNOWN,
    rules: plan.rules,
  };
}

const SCHEDULED = /^\s*schedule:/m;

/** What compares what stands with the program, and fails on a difference. */
const COMPARES = /--expect-no-changes|\bdualreg\s+drift\b/;

/** What compares the gates, of which a refresh sees neither emptied reviewers nor added branch policies. */
const REVIEWS = /\bgates\s+review\b/;

/**
 * Whether a scheduled workflow of the repository compares what stands with the program. A file says that it is planned,
 * not that it runs; unknown where neither the project's folder nor one above it, up to the repository's, has workflows.
 *
 * @param root the project's folder
 * @param gated whether there are gates on GitHub, which are compared by a command of their own
 */
export function driftWatched(root: string, gated: boolean): Known<boolean> {
  const files = readWorkflowFiles(root);
  if (files === undefined) return "unknown";
  const scheduled = files.filter(({ text }) => SCHEDULED.test(text));
  return [COMPARES, ...(gated ? [REVIEWS] : [])].every((pattern) => scheduled.some(({ text }) => pattern.test(text)));
}
