import type { ComplianceFacts, GateFacts, IdentityFacts, Known, StageFacts, TokenFacts } from "./facts";
import type { EnvironmentPlan, Reviewer } from "./gates";
import type { IdentityPlan } from "./identities";
import { IMAGE_CLASSES, type ImageClass } from "./imageClass";
import type { StagePlan } from "./plan";
import { placeOf, registryFacts } from "./registryFacts";
import type { Stage } from "./stage";

const UNKNOWN = "unknown" as const;

const idOf = (reviewer: Reviewer) => ("team" in reviewer ? `team ${reviewer.id}` : `user ${reviewer.id}`);

function gateFacts(stage: Stage, environment: EnvironmentPlan): GateFacts {
  return {
    stage,
    environment: environment.name,
    basis: "planned",
    purpose: environment.purpose,
    ...(environment.role === undefined ? {} : { role: environment.role }),
    reviewers: environment.reviewers.map(idOf),
    preventSelfReview: environment.reviewers.length > 0,
    canAdminsBypass: false,
    refsNamed: environment.refs.length > 0,
  };
}

function tokenFacts({ stage, registries, tokens, tokenCeilingDays }: StagePlan): TokenFacts[] {
  return tokens.map(({ name, consumer, registry, actions, expiresAfterDays }) => ({
    ...{ stage, name, consumer, registry, actions, expiresAfterDays },
    registryName: placeOf(registries[registry]),
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

function stageFacts(plan: StagePlan, driftWatched: Known<boolean>): StageFacts {
  const { allowedLocations, namePrefix } = plan.compliance;
  return {
    stage: plan.stage,
    basis: "planned",
    images: plan.images,
    identities: plan.identities.identities.map((identity) => identityFacts(plan.stage, identity)),
    retention: plan.retention,
    auditDays: auditDays(plan),
    auditYears: plan.compliance.auditYears,
    ...(allowedLocations === undefined ? {} : { allowedLocations }),
    ...(namePrefix === undefined ? {} : { namePrefix }),
    defender: plan.watch?.defender === true || (plan.owns.includes("subscription") ? false : UNKNOWN),
    // Passwords are made outside Pulumi's resources, so no resource of a plan holds one.
    passwordsInState: [],
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
