import { defined } from "../../base/defined";
import type { TrustedSigner } from "../image/policy";
import type { VersionScheme } from "../image/version";
import { type Stage, stageBefore } from "../stage";
import {
  type EnvironmentPlan,
  type GatesConfig,
  type Reviewer,
  type SignOffsElsewhere,
  type StageCheck,
  withIdentities,
} from "./environments";
import type { IdentityPlan } from "./identities";
import { planRulesets, type RulesetPlan, SUBJECT_CLAIMS } from "./rulesets";

/** What a stage sets in its repository on GitHub. */
export interface GatePlan {
  repository: string;
  /** Teams and users that review anywhere; only for the stage that owns the repository's settings. */
  access: readonly Reviewer[];
  environments: readonly EnvironmentPlan[];
  /** The roles that sign the stage off, in their order, as the configuration names them. */
  signOffRoles: readonly string[];
  /** Present where gates are off, and with them everything on GitHub. */
  elsewhere?: SignOffsElsewhere;
  /** Who is trusted to sign the sign-offs of a release. */
  signOffSigners: readonly TrustedSigner[];
  /** Checks that must have passed at the stage before, or no release comes here. */
  checksBefore: readonly StageCheck[];
  /** Number of the App that cuts releases and places tags; absent where nothing is signed off. */
  app?: number;
  /** Rules of the repository's branches and tags; only for the stage that owns its settings. */
  rulesets: readonly RulesetPlan[];
  /** The claims in the subject of the repository's workflow tokens; only for the stage that owns its settings. */
  subjectClaims: readonly string[];
}

/** What the gates of a stage are planned from. */
export interface GateInput extends VersionScheme {
  stage: Stage;
  repository: string;
  gates: GatesConfig;
  /** Whether this stage sets what the repository has once: access, rulesets, subject claims. */
  ownsRepository: boolean;
  signOffSigners: readonly TrustedSigner[];
  environments: readonly EnvironmentPlan[];
  identities: readonly IdentityPlan[];
}

/** Plans the environments of a stage, and the repository's own settings for the stage that owns them. */
export function planGates(input: GateInput): GatePlan {
  const { stages, repository, gates, ownsRepository, signOffSigners } = input;
  const before = stageBefore(input.stage, stages);
  return {
    repository,
    access: ownsRepository ? reviewersOf(gates) : [],
    environments: withIdentities(input.environments, input.identities),
    signOffRoles: gates.signOffs[input.stage] ?? [],
    ...defined({ elsewhere: gates.elsewhere, app: gates.automation?.app }),
    signOffSigners,
    checksBefore: before === undefined ? [] : (gates.stageChecks?.[before] ?? []),
    rulesets: ownsRepository ? planRulesets(gates, input) : [],
    subjectClaims: ownsRepository ? SUBJECT_CLAIMS : [],
  };
}

/** Everybody who reviews in any stage, once each. */
function reviewersOf(gates: GatesConfig): Reviewer[] {
  const all = Object.values(gates.signOffs).flatMap((roles) =>
    (roles ?? []).flatMap((role) => gates.roles[role] ?? []),
  );
  const key = (reviewer: Reviewer) => ("team" in reviewer ? `team ${reviewer.team}` : `user ${reviewer.user}`);
  const unique = new Map(all.map((reviewer) => [key(reviewer), reviewer]));
  return [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, reviewer]) => reviewer);
}
