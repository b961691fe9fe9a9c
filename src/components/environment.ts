import type { Input, Resource } from "@pulumi/pulumi";
import { ActionsEnvironmentVariable } from "@pulumi/github/actionsEnvironmentVariable";
import { RepositoryEnvironment } from "@pulumi/github/repositoryEnvironment";
import { RepositoryEnvironmentDeploymentPolicy } from "@pulumi/github/repositoryEnvironmentDeploymentPolicy";
import type { HostVariable, RefPolicy } from "../domain/gates";
import type { IdentityVariable } from "../domain/identityVariables";
import type { ReleaseGatesArgs } from "./releaseGates";
import type { ReviewerArgs } from "./reviewerAccess";

/** One GitHub environment. Its name is part of resource names, so plain text. */
export interface EnvironmentArgs {
  name: string;
  /** At most six, of whom one approval is enough. */
  reviewers: readonly ReviewerArgs[];
  /** Branches and tags that may deploy here. */
  refs: readonly RefPolicy[];
  variables: readonly (HostVariable | IdentityVariable)[];
}

/** What all environments of a repository share. */
export interface EnvironmentPlace extends Pick<ReleaseGatesArgs, "repository" | "hosts" | "identities"> {
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
export function makeEnvironment(name: string, args: EnvironmentArgs, place: EnvironmentPlace): RepositoryEnvironment {
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
