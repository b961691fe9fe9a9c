import type { EnvironmentPlan } from "../../../src/domain/identity/environments";
import type { RulesetPlan } from "../../../src/domain/identity/rulesets";
import type { StagePlan } from "../../../src/domain/plan/stagePlan";
import { GithubError, notFound } from "./answers";
import { type Asked, REPO, type Route, route } from "./routes";

/** An environment as GitHub's interface answers it. */
interface EnvironmentState {
  name: string;
  can_admins_bypass?: boolean;
  protection_rules: Record<string, unknown>[];
  deployment_branch_policy: { protected_branches: boolean; custom_branch_policies: boolean } | null;
  policies: { id: number; name: string; type?: string }[];
  variables: Map<string, string>;
}

/** A ruleset as GitHub's interface answers it to whoever may write to it. */
interface RulesetState {
  id: number;
  name: string;
  target: string;
  enforcement: string;
  source_type: string;
  conditions: { ref_name: { include: string[]; exclude: string[] } };
  rules: { type: string; parameters?: Record<string, unknown> }[];
  bypass_actors: { actor_id: number | null; actor_type: string; bypass_mode: string }[];
}

/** What guards the repository. */
export interface SettingsState {
  defaultBranch: string;
  visibility: "public" | "private";
  environments: EnvironmentState[];
  rulesets: RulesetState[];
  subject: { use_default: boolean; include_claim_keys?: string[] };
  teams: { id: number; slug: string; permission: string }[];
  collaborators: { login: string; role_name: string }[];
}

const environmentOf = ({ name, reviewers, refs, variables }: EnvironmentPlan, first: number): EnvironmentState => ({
  name,
  can_admins_bypass: false,
  protection_rules: [
    ...(reviewers.length === 0
      ? []
      : [
          {
            type: "required_reviewers",
            prevent_self_review: true,
            reviewers: reviewers.map((one) => {
              const reviewer = "team" in one ? { id: one.id, slug: one.team } : { id: one.id, login: one.user };
              return { type: "team" in one ? "Team" : "User", reviewer };
            }),
          },
        ]),
    { type: "branch_policy" },
  ],
  deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  policies: refs.map(({ on, pattern }, at) => ({ id: first + at, name: pattern, type: on })),
  variables: new Map(variables.map((variable) => [variable.name, `value of ${variable.name}`])),
});

/** The parameters as GitHub's provider sends them, with those that GitHub adds. */
const rulesetOf = ({ name, target, include, enforcement, bypass, rules }: RulesetPlan, id: number): RulesetState => {
  const { pullRequest, checks, nonFastForward, ...switches } = rules;
  return {
    ...{ id, name, target, enforcement, source_type: "Repository" },
    conditions: { ref_name: { include: [...include], exclude: [] } },
    rules: [
      ...Object.keys(switches).map((type) => ({ type })),
      ...(nonFastForward ? [{ type: "non_fast_forward" }] : []),
      ...(pullRequest === undefined
        ? []
        : [
            {
              type: "pull_request",
              parameters: {
                required_approving_review_count: pullRequest.approvals,
                ...{ dismiss_stale_reviews_on_push: true, require_last_push_approval: true },
                ...{ required_review_thread_resolution: true, require_code_owner_review: false },
              },
            },
          ]),
      ...(checks === undefined
        ? []
        : [
            {
              type: "required_status_checks",
              parameters: {
                strict_required_status_checks_policy: true,
                required_status_checks: checks.map((context) => ({ context })),
              },
            },
          ]),
    ],
    bypass_actors: bypass.map((actor) => ({
      actor_id: "app" in actor ? actor.app : actor.id,
      actor_type: "app" in actor ? "Integration" : "Team",
      bypass_mode: "always",
    })),
  };
};

/** Everything as the plans have it. */
export function settingsOf(plans: readonly StagePlan[]): SettingsState {
  const gates = plans.map((plan) => plan.gates);
  const claims = gates.flatMap(({ subjectClaims }) => subjectClaims);
  return {
    ...{ defaultBranch: "main", visibility: "private" },
    environments: gates.flatMap(({ environments }) => environments).map((one, at) => environmentOf(one, 100 * at + 1)),
    rulesets: gates.flatMap(({ rulesets }) => rulesets).map((one, at) => rulesetOf(one, at + 1)),
    subject: { use_default: false, include_claim_keys: claims },
    teams: [],
    collaborators: [],
  };
}

const settingsIn = ({ state }: Asked): SettingsState => {
  if (state.settings === undefined) throw notFound();
  return state.settings;
};

function environmentIn(asked: Asked): EnvironmentState {
  const name = (asked.path[0] ?? "").toLowerCase();
  const found = settingsIn(asked).environments.find((one) => one.name.toLowerCase() === name);
  if (found === undefined) throw notFound();
  return found;
}

/** What the list says of an environment; its policies and variables are asked one by one. */
const shown = ({ name, can_admins_bypass, protection_rules, deployment_branch_policy }: EnvironmentState) => ({
  ...{ name, can_admins_bypass, protection_rules, deployment_branch_policy },
});

/** What GitHub answers of a repository's settings; each with the permission it needs. */
export const SETTINGS_ROUTES: readonly Route[] = [
  route("GET", REPO, ["metadata", "read"], (asked) => {
    const { defaultBranch, visibility } = settingsIn(asked);
    return { value: { full_name: "company/orders", default_branch: defaultBranch, visibility } };
  }),
  route("GET", `${REPO}/environments`, ["actions", "read"], (asked) => ({
    list: settingsIn(asked).environments.map(shown),
    under: "environments",
  })),
  route("GET", `${REPO}/environments/:/deployment-branch-policies`, ["actions", "read"], (asked) => {
    const { deployment_branch_policy: policy, policies } = environmentIn(asked);
    if (policy?.custom_branch_policies !== true) throw new GithubError(404, "Not Found");
    return { list: policies, under: "branch_policies" };
  }),
  route("GET", `${REPO}/environments/:/variables`, ["environments", "read"], (asked) => ({
    list: [...environmentIn(asked).variables].map(([name, value]) => ({ name, value })),
    under: "variables",
  })),
  route("GET", `${REPO}/rulesets`, ["metadata", "read"], (asked) => ({
    list: settingsIn(asked).rulesets.map(({ id, name, source_type }) => ({ id, name, source_type })),
  })),
  route("GET", `${REPO}/rulesets/:`, ["metadata", "read"], (asked) => {
    const found = settingsIn(asked).rulesets.find(({ id }) => id === Number(asked.path[0]));
    if (found === undefined) throw notFound();
    const token = [...asked.state.tokens.values()].find(({ account }) => account === asked.account);
    const { bypass_actors, ...others } = found;
    return { value: token?.permissions["administration"] === "write" ? { ...others, bypass_actors } : others };
  }),
  route("GET", `${REPO}/teams`, ["administration", "read"], (asked) => ({ list: settingsIn(asked).teams })),
  route("GET", `${REPO}/collaborators`, ["metadata", "read"], (asked) => ({ list: settingsIn(asked).collaborators })),
  route("GET", `${REPO}/actions/oidc/customization/sub`, ["actions", "read"], (asked) => ({
    value: settingsIn(asked).subject,
  })),
];
