import { versionGlob, type VersionScheme } from "../image/version";
import type { GatesConfig } from "./environments";

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
  /** Patterns of full names, such as `refs/heads/release/*`; `*` does not cross a slash. */
  include: readonly string[];
  enforcement: Enforcement;
  bypass: readonly BypassActor[];
  rules: RefRules;
}

/** The claims that GitHub puts into the subject of a workflow's token, in their order: who asks, where, from which ref, by which code. */
export const SUBJECT_CLAIMS = ["repo", "context", "ref", "job_workflow_ref"] as const;

/**
 * What guards the release flow in the repository. Main and the release branches change by reviewed pull requests alone.
 * Release branches and version tags are created by the automation's App alone, whose key only environments of main hold,
 * and nobody moves them. Without an App nobody could be let through, so their creation is then free; who lists sign-offs
 * names an App.
 */
export function planRulesets(gates: GatesConfig, scheme: Pick<VersionScheme, "versionPrefix">): RulesetPlan[] {
  const { enforcement = "active", automation, checks = [], approvals = 1 } = gates;
  const apps: BypassActor[] = automation === undefined ? [] : [{ app: automation.app }];
  const branch = { target: "branch", include: ["refs/heads/release/*"], enforcement } as const;
  const tag = { target: "tag", include: [`refs/tags/${versionGlob(scheme)}`], enforcement } as const;
  const kept = { deletion: true, nonFastForward: true } as const;
  const reviewed = { ...kept, pullRequest: { approvals }, ...(checks.length === 0 ? {} : { checks }) } as const;
  const creation = { creation: true } as const;
  return [
    { name: "main", target: "branch", include: ["~DEFAULT_BRANCH"], enforcement, bypass: [], rules: reviewed },
    ...(apps.length === 0 ? [] : [{ name: "release branches: creation", ...branch, bypass: apps, rules: creation }]),
    { name: "release branches: history", ...branch, bypass: [], rules: reviewed },
    ...(apps.length === 0 ? [] : [{ name: "version tags: creation", ...tag, bypass: apps, rules: creation }]),
    { name: "version tags: update and deletion", ...tag, bypass: [], rules: { update: true, deletion: true } },
  ];
}
