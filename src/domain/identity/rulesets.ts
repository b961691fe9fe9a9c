import type { Stages } from "../stage";
import { cuttersOf, type GatesConfig, type Reviewer } from "./environments";

/** Whether GitHub refuses what breaks a rule, or only notes it for a trial. Source: GitHub REST, rulesets. */
export const ENFORCEMENTS = ["active", "evaluate"] as const;

type Enforcement = (typeof ENFORCEMENTS)[number];

/** Who may do what a ruleset forbids: a team, or an App. */
export type BypassActor = { team: string; id: number } | { app: number };

/** What GitHub refuses for the refs of a ruleset. */
export interface RefRules {
  creation?: true;
  update?: true;
  deletion?: true;
  nonFastForward?: true;
  /** A reviewed pull request; the last push is approved by somebody else. */
  pullRequest?: { approvals: number };
  /** Status checks that must have passed on the newest state of the branch. */
  checks?: readonly string[];
}

/** One ruleset of the repository. A bypass reaches all of a ruleset, so what differs in it is a ruleset of its own. */
export interface RulesetPlan {
  name: string;
  target: "branch" | "tag";
  /** Patterns of full names, such as `refs/tags/v*`; `*` does not cross a slash. */
  include: readonly string[];
  enforcement: Enforcement;
  bypass: readonly BypassActor[];
  rules: RefRules;
}

/** The claims that GitHub puts into the subject of a workflow's token, in their order: who asks, where, by which code. */
export const SUBJECT_CLAIMS = ["repo", "context", "job_workflow_ref"] as const;

const teamsOf = (reviewers: readonly Reviewer[]): BypassActor[] =>
  reviewers.flatMap((reviewer) => ("team" in reviewer ? [{ team: reviewer.team, id: reviewer.id }] : []));

/**
 * What guards the release flow in the repository: main by reviewed pull requests; release branches, which the teams of
 * the first sign-off and the automation alone create; version tags, which the automation alone creates and nobody moves.
 * Without an App nobody could be let through for tags, so their creation is then free: the release check reads them again.
 */
export function planRulesets(stages: Stages, gates: GatesConfig): RulesetPlan[] {
  const { enforcement = "active", automation, checks = [], approvals = 1 } = gates;
  const apps: BypassActor[] = automation === undefined ? [] : [{ app: automation.app }];
  const cutters = teamsOf(cuttersOf(stages, gates));
  const branch = { target: "branch", include: ["refs/heads/release/*"], enforcement } as const;
  const tag = { target: "tag", include: ["refs/tags/v*"], enforcement } as const;
  const kept = { deletion: true, nonFastForward: true } as const;
  return [
    {
      ...{ name: "main", target: "branch", include: ["~DEFAULT_BRANCH"], enforcement, bypass: [] },
      rules: { ...kept, pullRequest: { approvals }, ...(checks.length === 0 ? {} : { checks }) },
    },
    ...(cutters.length + apps.length === 0
      ? []
      : [
          {
            name: "release branches: creation",
            ...branch,
            bypass: [...cutters, ...apps],
            rules: { creation: true } as const,
          },
        ]),
    { name: "release branches: history", ...branch, bypass: [], rules: kept },
    ...(apps.length === 0
      ? []
      : [{ name: "version tags: creation", ...tag, bypass: apps, rules: { creation: true } as const }]),
    { name: "version tags: update and deletion", ...tag, bypass: [], rules: { update: true, deletion: true } },
  ];
}
