import { ActionsEnvironmentVariable } from "@pulumi/github/actionsEnvironmentVariable";
import { ActionsRepositoryOidcSubjectClaimCustomizationTemplate } from "@pulumi/github/actionsRepositoryOidcSubjectClaimCustomizationTemplate";
import { RepositoryCollaborator } from "@pulumi/github/repositoryCollaborator";
import { RepositoryEnvironment } from "@pulumi/github/repositoryEnvironment";
import { RepositoryEnvironmentDeploymentPolicy } from "@pulumi/github/repositoryEnvironmentDeploymentPolicy";
import { RepositoryRuleset, type RepositoryRulesetArgs } from "@pulumi/github/repositoryRuleset";
import { TeamRepository } from "@pulumi/github/teamRepository";
import { ComponentResource, type ComponentResourceOptions, type Input, type Resource } from "@pulumi/pulumi";
import type { HostVariable, IdentityVariable, RefPolicy } from "../../domain/identity/environments";
import type { BypassActor, RefRules, RulesetPlan } from "../../domain/identity/rulesets";
import type { ImageClass } from "../../domain/image/imageClass";
import { PACKAGE } from "../options";

/** A stage's gates on GitHub. */
export interface ReleaseGatesArgs {
  /** Name of the repository, without its owner. A change replaces everything, rulesets and subject claims as well. */
  repository: Input<string>;
  /** Environments, in the order of the release workflow. */
  environments: readonly EnvironmentArgs[];
  /**
   * Reviewers that get read access to the repository.
   *
   * @default none: another stage gives it
   */
  access?: readonly ReviewerArgs[];
  /**
   * Rulesets of the repository's branches and tags.
   *
   * @default none: another stage makes them
   */
  rulesets?: readonly RulesetArgs[];
  /**
   * Claims in the subject of the repository's workflow tokens, in this order.
   *
   * @default none: GitHub's own, or those of another stage
   */
  subjectClaims?: readonly string[];
  /** The hosts that variables of environments hold. */
  hosts: Readonly<Record<ImageClass, { login: Input<string>; vanity: Input<string> }>>;
  /**
   * By the identity's name, what variables of environments hold about it.
   *
   * @default none: no variable names an identity
   */
  identities?: Readonly<Record<string, Readonly<Record<IdentityVariable["value"], Input<string>>>>>;
}

/**
 * A stage's GitHub environments with their reviewers, refs and variables.
 * Access of the reviewers comes first: GitHub silently drops a reviewer without access to the repository.
 *
 * @example
 * new ReleaseGates("orders-gates", {
 *   repository: "orders",
 *   environments: [
 *     {
 *       name: "qa-signoff-qa",
 *       reviewers: [{ team: "qa-managers", id: 1 }],
 *       refs: [{ on: "branch", pattern: "release/*" }],
 *       variables: [],
 *     },
 *   ],
 *   hosts: { secure: { login, vanity }, standard: { login, vanity } },
 * });
 */
export class ReleaseGates extends ComponentResource {
  constructor(name: string, args: ReleaseGatesArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:ReleaseGates`, name, undefined, options);
    const access: Resource[] = makeAccess(name, args.access ?? [], args.repository, this);
    for (const environment of args.environments) {
      makeEnvironment(name, environment, { ...args, access, parent: this });
    }
    makeRulesets(name, args.rulesets ?? [], args.repository, this);
    if (args.subjectClaims?.length) makeSubject(name, args.subjectClaims, args.repository, this);
    this.registerOutputs({});
  }
}

/** One GitHub environment. */
interface EnvironmentArgs {
  /** Plain text, since it is part of resource names. A change replaces the environment and what is in it. */
  name: string;
  /** At most six; one approval is enough. */
  reviewers: readonly ReviewerArgs[];
  /** Branches and tags that may deploy here. */
  refs: readonly RefPolicy[];
  /** What a workflow in this environment reads. */
  variables: readonly (HostVariable | IdentityVariable)[];
}

/** What all environments of a repository share. */
interface EnvironmentPlace extends Pick<ReleaseGatesArgs, "repository" | "hosts" | "identities"> {
  /** What gives the reviewers access; it is made before the environment. */
  access: Resource[];
  parent: Resource;
}

/** GitHub keeps "no self review" with the reviewers. Without any it is not sent, since GitHub would not keep it. */
function review(reviewers: readonly ReviewerArgs[]) {
  if (reviewers.length === 0) return {};
  const teams = reviewers.flatMap((reviewer) => ("team" in reviewer ? [reviewer.id] : []));
  const users = reviewers.flatMap((reviewer) => ("user" in reviewer ? [reviewer.id] : []));
  const named = { ...(teams.length > 0 ? { teams } : {}), ...(users.length > 0 ? { users } : {}) };
  return { reviewers: [named], preventSelfReview: true };
}

const patternOf = ({ on, pattern }: RefPolicy) =>
  on === "branch" ? { branchPattern: pattern } : { tagPattern: pattern };

function makePolicies(name: string, args: EnvironmentArgs, repository: Input<string>, options: Options): void {
  for (const ref of args.refs) {
    new RepositoryEnvironmentDeploymentPolicy(
      `${name}-${ref.on}-${ref.pattern}`,
      { repository, environment: args.name, ...patternOf(ref) },
      options,
    );
  }
}

/** Of what is inside an environment: GitHub deletes it with the environment, and then knows it no more. */
interface Options {
  parent: Resource;
  replaceWith: Resource[];
  deletedWith: Resource;
}

/** The host of a registry, or an id of an identity. */
function valueOf(variable: HostVariable | IdentityVariable, { hosts, identities }: EnvironmentPlace): Input<string> {
  if ("of" in variable) return hosts[variable.of][variable.host];
  const identity = identities?.[variable.identity];
  if (identity) return identity[variable.value];
  throw new Error(`ReleaseGates: variable ${variable.name} names ${variable.identity}, which is not in identities`);
}

/** Makes one environment: administrators cannot bypass it, and only the named refs deploy to it. */
function makeEnvironment(name: string, args: EnvironmentArgs, place: EnvironmentPlace): RepositoryEnvironment {
  const { repository, access, parent } = place;
  const environmentName = `${name}-${args.name}`;
  const environment = new RepositoryEnvironment(
    environmentName,
    {
      repository,
      environment: args.name,
      canAdminsBypass: false,
      deploymentBranchPolicy: { protectedBranches: false, customBranchPolicies: true },
      ...review(args.reviewers),
    },
    { parent, dependsOn: access },
  );
  const inside: Options = { parent, replaceWith: [environment], deletedWith: environment };
  makePolicies(environmentName, args, repository, inside);
  for (const variable of args.variables) {
    const value = valueOf(variable, place);
    new ActionsEnvironmentVariable(
      `${environmentName}-${variable.name}`,
      { repository, environment: args.name, variableName: variable.name, value },
      inside,
    );
  }
  return environment;
}

/** A team by slug or a user by login; plain text, since both are part of resource names. */
type ReviewerArgs = { team: string; id: Input<number> } | { user: string; id: Input<number> };

/**
 * Gives reviewers the least access with which they can review: read. It is given once: GitHub answers the role that
 * somebody has by whatever way, and a role that is higher than read would otherwise be taken away at every update.
 */
function makeAccess(
  name: string,
  reviewers: readonly ReviewerArgs[],
  repository: Input<string>,
  parent: Resource,
): Resource[] {
  const options = { parent, ignoreChanges: ["permission"] };
  return reviewers.map((reviewer) =>
    "team" in reviewer
      ? new TeamRepository(
          `${name}-team-${reviewer.team}`,
          { repository, teamId: reviewer.team, permission: "pull" },
          options,
        )
      : new RepositoryCollaborator(
          `${name}-user-${reviewer.user}`,
          { repository, username: reviewer.user, permission: "pull" },
          options,
        ),
  );
}

/** A ruleset; its name is plain text, since it is part of the resource's. */
type RulesetArgs = RulesetPlan;

const actorOf = (actor: BypassActor) =>
  "app" in actor
    ? { actorId: actor.app, actorType: "Integration", bypassMode: "always" }
    : { actorId: actor.id, actorType: "Team", bypassMode: "always" };

function rulesOf({ pullRequest, checks, ...switches }: RefRules): RepositoryRulesetArgs["rules"] {
  return {
    ...switches,
    ...(pullRequest === undefined
      ? {}
      : {
          pullRequest: {
            requiredApprovingReviewCount: pullRequest.approvals,
            dismissStaleReviewsOnPush: true,
            requireLastPushApproval: true,
            requiredReviewThreadResolution: true,
          },
        }),
    ...(checks === undefined
      ? {}
      : {
          requiredStatusChecks: {
            requiredChecks: checks.map((context) => ({ context })),
            strictRequiredStatusChecksPolicy: true,
            // A branch that begins at a commit of main begins with its checks.
            doNotEnforceOnCreate: true,
          },
        }),
  };
}

/**
 * Makes a repository's rulesets, as children of a component. The provider would look for a ruleset under its id in another
 * repository: there it is made anew. The old one goes first, since a repository that was only renamed takes no two of a name.
 */
function makeRulesets(
  name: string,
  rulesets: readonly RulesetArgs[],
  repository: Input<string>,
  parent: Resource,
): void {
  for (const ruleset of rulesets) {
    const { target, include, enforcement, bypass, rules } = ruleset;
    new RepositoryRuleset(
      `${name}-ruleset-${ruleset.name}`,
      {
        repository,
        name: ruleset.name,
        target,
        enforcement,
        conditions: { refName: { includes: [...include], excludes: [] } },
        ...(bypass.length === 0 ? {} : { bypassActors: bypass.map(actorOf) }),
        rules: rulesOf(rules),
      },
      { parent, replaceOnChanges: ["repository"], deleteBeforeReplace: true },
    );
  }
}

/**
 * Sets the claims that make the subject of the repository's tokens. A federated credential that names environment and
 * workflow accepts only a reviewed workflow in that environment: a token of another workflow has another subject.
 * A repository that is left gets its default back, which the provider does where it deletes.
 */
function makeSubject(name: string, claims: readonly string[], repository: Input<string>, parent: Resource): Resource {
  return new ActionsRepositoryOidcSubjectClaimCustomizationTemplate(
    `${name}-subject`,
    { repository, useDefault: false, includeClaimKeys: [...claims] },
    { parent, replaceOnChanges: ["repository"] },
  );
}
