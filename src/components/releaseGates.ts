import { ComponentResource, type ComponentResourceOptions, type Input, type Resource } from "@pulumi/pulumi";
import type { IdentityVariable } from "../domain/identityVariables";
import type { ImageClass } from "../domain/imageClass";
import { makeEnvironment, type EnvironmentArgs } from "./environment";
import { PACKAGE } from "./names";
import { makeAccess, type ReviewerArgs } from "./reviewerAccess";
import { makeRulesets, makeSubject, type RulesetArgs } from "./rulesets";

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
