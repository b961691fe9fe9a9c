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
  /** Name of the repository, without its owner. A change replaces every environment. */
  repository: Input<string>;
  /** Environments, in the order of the release workflow. */
  environments: readonly EnvironmentArgs[];
  /** Reviewers that are given access to the repository. Default: none, where another stage does it. */
  access?: readonly ReviewerArgs[];
  /** Rules of the repository's branches and tags. Default: none, where another stage makes them. */
  rulesets?: readonly RulesetArgs[];
  /** Claims in the subject of the repository's workflow tokens, in their order. Default: GitHub's own, or another stage's. */
  subjectClaims?: readonly string[];
  /** The hosts that environments' variables name. */
  hosts: Readonly<Record<ImageClass, { login: Input<string>; vanity: Input<string> }>>;
  /** What environments' variables tell of identities, by the identity's name. Default: no variable tells of any. */
  identities?: Readonly<Record<string, Readonly<Record<IdentityVariable["value"], Input<string>>>>>;
}

/**
 * A stage's GitHub environments with their reviewers, refs and variables.
 * Reviewers' access comes first: GitHub drops a reviewer without access to the repository, and says nothing.
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

/** One GitHub environment. Its name is part of resource names, so plain text. */
interface EnvironmentArgs {
  name: string;
  /** At most six, of whom one approval is enough. */
  reviewers: readonly ReviewerArgs[];
  /** Branches and tags that may deploy here. */
  refs: readonly RefPolicy[];
  variables: readonly (HostVariable | IdentityVariable)[];
}

/** What all environments of a repository share. */
interface EnvironmentPlace extends Pick<ReleaseGatesArgs, "repository" | "hosts" | "identities"> {
  /** What grants the reviewers access; it comes before the environment. */
  access: Resource[];
  parent: Resource;
}

/** GitHub keeps "no self review" with the reviewers, so without any it is not sent: it would read back as false. */
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

interface Options {
  parent: Resource;
  replaceWith: Resource[];
}

/** A host of a registry, or what Azure calls an identity. */
function valueOf(variable: HostVariable | IdentityVariable, { hosts, identities }: EnvironmentPlace): Input<string> {
  if ("of" in variable) return hosts[variable.of][variable.host];
  const identity = identities?.[variable.identity];
  if (identity) return identity[variable.value];
  throw new Error(`ReleaseGates: variable ${variable.name} names ${variable.identity}, which is not in identities`);
}

/** Makes one environment: administrators cannot pass it by, and only the refs named deploy to it. */
function makeEnvironment(name: string, args: EnvironmentArgs, place: EnvironmentPlace): RepositoryEnvironment {
  const { repository, access, parent } = place;
  const own = `${name}-${args.name}`;
  const environment = new RepositoryEnvironment(
    own,
    {
      repository,
      environment: args.name,
      canAdminsBypass: false,
      deploymentBranchPolicy: { protectedBranches: false, customBranchPolicies: true },
      ...review(args.reviewers),
    },
    { parent, dependsOn: access },
  );
  const inside: Options = { parent, replaceWith: [environment] };
  makePolicies(own, args, repository, inside);
  for (const variable of args.variables) {
    const value = valueOf(variable, place);
    new ActionsEnvironmentVariable(
      `${own}-${variable.name}`,
      { repository, environment: args.name, variableName: variable.name, value },
      inside,
    );
  }
  return environment;
}

/** A team by slug or a user by login; both are part of resource names, so plain text. */
type ReviewerArgs = { team: string; id: Input<number> } | { user: string; id: Input<number> };

/**
 * Gives reviewers the least access that lets them review: read.
 * A team or user that has more keeps it only if this project does not hold the access; see docs/bootstrap.md.
 */
function makeAccess(
  name: string,
  reviewers: readonly ReviewerArgs[],
  repository: Input<string>,
  parent: Resource,
): Resource[] {
  return reviewers.map((reviewer) =>
    "team" in reviewer
      ? new TeamRepository(
          `${name}-team-${reviewer.team}`,
          { repository, teamId: reviewer.team, permission: "pull" },
          { parent },
        )
      : new RepositoryCollaborator(
          `${name}-user-${reviewer.user}`,
          { repository, username: reviewer.user, permission: "pull" },
          { parent },
        ),
  );
}

/** A ruleset; its name is part of the resource's, so plain text. */
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
          },
        }),
  };
}

/** Makes a repository's rulesets, as children of a component. */
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
      { parent },
    );
  }
}

/**
 * Says which claims make the subject of the repository's tokens. Cloud credentials that name environment and workflow
 * are given only to a reviewed workflow in that environment; a token of another workflow has another subject.
 */
function makeSubject(name: string, claims: readonly string[], repository: Input<string>, parent: Resource): Resource {
  return new ActionsRepositoryOidcSubjectClaimCustomizationTemplate(
    `${name}-subject`,
    { repository, useDefault: false, includeClaimKeys: [...claims] },
    { parent },
  );
}
