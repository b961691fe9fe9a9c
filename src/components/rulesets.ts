import type { Input, Resource } from "@pulumi/pulumi";
import { ActionsRepositoryOidcSubjectClaimCustomizationTemplate } from "@pulumi/github/actionsRepositoryOidcSubjectClaimCustomizationTemplate";
import { RepositoryRuleset, type RepositoryRulesetArgs } from "@pulumi/github/repositoryRuleset";
import type { BypassActor, RefRules, RulesetPlan } from "../domain/rulesets";

/** A ruleset; its name is part of the resource's, so plain text. */
export type RulesetArgs = RulesetPlan;

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
export function makeRulesets(
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
export function makeSubject(
  name: string,
  claims: readonly string[],
  repository: Input<string>,
  parent: Resource,
): Resource {
  return new ActionsRepositoryOidcSubjectClaimCustomizationTemplate(
    `${name}-subject`,
    { repository, useDefault: false, includeClaimKeys: [...claims] },
    { parent },
  );
}
