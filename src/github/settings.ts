import { z } from "zod";
import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import type { Github } from "./client";

/*
 * What guards a repository, as GitHub answers it: environments, rulesets, the subject of workflow tokens. Sources: GitHub
 * REST API, version 2022-11-28; each schema names its page. Nothing is written.
 */

const text = z.string().max(1_000);
const id = z.number().int();

/** Repositories. */
const repositorySchema = z.object({
  full_name: text,
  default_branch: text,
  visibility: text.optional(),
  private: z.boolean().optional(),
});

const reviewerSchema = z.object({
  type: text,
  reviewer: z.object({ id, login: text.nullish(), slug: text.nullish() }),
});

/** Deployments, environments. A type of rule that is not known here is named and not understood. */
const environmentSchema = z.object({
  name: text,
  can_admins_bypass: z.boolean().nullish(),
  protection_rules: z
    .array(
      z.object({
        type: text,
        wait_timer: z.number().nullish(),
        prevent_self_review: z.boolean().nullish(),
        reviewers: z.array(reviewerSchema).max(100).nullish(),
      }),
    )
    .max(100)
    .nullish(),
  deployment_branch_policy: z
    .object({ protected_branches: z.boolean(), custom_branch_policies: z.boolean() })
    .nullish(),
});

/** Deployments, branch policies; one without a type is of branches. */
const policySchema = z.object({ id, name: text, type: z.enum(["branch", "tag"]).nullish() });

/** Actions, variables of an environment. */
const variableSchema = z.object({ name: text, value: z.string().max(100_000) });

/** Repositories, rules, in a list. */
const rulesetRowSchema = z.object({ id, name: text, source_type: text.nullish() });

/** Repositories, one ruleset. GitHub gives `bypass_actors` only to who may write to it. */
const rulesetSchema = z.object({
  id,
  name: text,
  target: text.nullish(),
  enforcement: text,
  conditions: z
    .object({ ref_name: z.object({ include: z.array(text).max(1_000), exclude: z.array(text).max(1_000) }).nullish() })
    .nullish(),
  rules: z
    .array(z.object({ type: text, parameters: z.record(z.string(), z.unknown()).nullish() }))
    .max(1_000)
    .nullish(),
  bypass_actors: z
    .array(z.object({ actor_id: id.nullish(), actor_type: text, bypass_mode: text.nullish() }))
    .max(1_000)
    .nullish(),
});

/** Actions, OIDC. */
const subjectSchema = z.object({ use_default: z.boolean(), include_claim_keys: z.array(text).max(100).nullish() });

/** Repositories, teams. */
const teamSchema = z.object({ id, slug: text, permission: text });

/** Collaborators. */
const collaboratorSchema = z.object({ login: text, role_name: text });

/** Who may approve at an environment. */
export interface DeployedReviewer {
  kind: "team" | "user";
  id: number;
  /** Slug or login. */
  name: string;
}

/** A branch or tag pattern that may deploy. */
export interface DeployedPolicy {
  id: number;
  on: "branch" | "tag";
  pattern: string;
}

/** One environment as GitHub has it. */
export interface DeployedEnvironment {
  name: string;
  /** Absent where GitHub does not say. */
  canAdminsBypass?: boolean;
  /** Minutes. */
  waitTimer: number;
  reviewers: readonly DeployedReviewer[];
  preventSelfReview: boolean;
  /** Which refs may deploy: all, those that a branch protection covers, or the policies that are listed. */
  refs: "all" | "protected" | readonly DeployedPolicy[];
}

/** One ruleset of the repository itself. */
export interface DeployedRuleset {
  id: number;
  name: string;
  target: string;
  enforcement: string;
  include: readonly string[];
  exclude: readonly string[];
  rules: readonly { type: string; parameters: Readonly<Record<string, unknown>> }[];
  /** Such as `Integration 4200001 always`; absent where the caller may not see them, which is not the same as none. */
  bypass?: readonly string[];
}

const ENVIRONMENT = "GET /repos/{owner}/{repo}/environments/{environment_name}";

/** Default branch and visibility of the repository. */
export async function readRepository(
  github: Github,
): Promise<{ name: string; defaultBranch: string; private: boolean }> {
  const read = await github.call("GET /repos/{owner}/{repo}", {}, repositorySchema);
  const isPrivate = read.visibility === undefined ? read.private === true : read.visibility !== "public";
  return { name: read.full_name, defaultBranch: read.default_branch, private: isPrivate };
}

/** All environments, each with every policy. */
export async function readEnvironments(github: Github): Promise<DeployedEnvironment[]> {
  const rows = await github.list("GET /repos/{owner}/{repo}/environments", {}, environmentSchema, 1_000);
  const environments: DeployedEnvironment[] = [];
  for (const row of rows) {
    const rules = row.protection_rules ?? [];
    const asks = rules.filter(({ type }) => type === "required_reviewers");
    environments.push({
      name: row.name,
      ...defined({ canAdminsBypass: row.can_admins_bypass ?? undefined }),
      waitTimer: Math.max(0, ...rules.map(({ wait_timer: minutes }) => minutes ?? 0)),
      reviewers: asks.flatMap(({ reviewers }) => (reviewers ?? []).map(reviewerOf)),
      preventSelfReview: asks.length > 0 && asks.every((rule) => rule.prevent_self_review === true),
      refs: await readRefs(github, row),
    });
  }
  return environments;
}

type ReviewerRow = z.infer<typeof reviewerSchema>;

function reviewerOf({ type, reviewer }: ReviewerRow): DeployedReviewer {
  const isTeam = type.toLowerCase() === "team";
  const name = (isTeam ? reviewer.slug : reviewer.login) ?? String(reviewer.id);
  return { kind: isTeam ? "team" : "user", id: reviewer.id, name };
}

async function readRefs(
  github: Github,
  { name, deployment_branch_policy: policy }: z.infer<typeof environmentSchema>,
): Promise<DeployedEnvironment["refs"]> {
  if (!policy) return "all";
  if (!policy.custom_branch_policies) return policy.protected_branches ? "protected" : "all";
  const route = `${ENVIRONMENT}/deployment-branch-policies`;
  const policies = await github.list(route, { environment_name: name }, policySchema, 1_000);
  return policies.map((one) => ({ id: one.id, on: one.type ?? "branch", pattern: one.name }));
}

/** The variables of an environment by their names in capitals; undefined where the caller may not see them. */
export async function readVariables(github: Github, environment: string): Promise<Map<string, string> | undefined> {
  try {
    const rows = await github.list(
      `${ENVIRONMENT}/variables`,
      { environment_name: environment },
      variableSchema,
      1_000,
    );
    return new Map(rows.map(({ name, value }) => [name.toUpperCase(), value]));
  } catch (error) {
    if (error instanceof DualRegistryError && UNSEEN.includes(error.code)) return undefined;
    throw error;
  }
}

/** GitHub answers 403 or 404 where a permission is missing. */
const UNSEEN: readonly string[] = ["GITHUB_AUTH", "NOT_FOUND"];

/** The repository's own rulesets; those of its organisation stand beside them and are not read. */
export async function readRulesets(github: Github): Promise<DeployedRuleset[]> {
  const route = "GET /repos/{owner}/{repo}/rulesets";
  const rows = await github.list(route, { includes_parents: false }, rulesetRowSchema, 1_000);
  const own = rows.filter((row) => (row.source_type ?? "Repository") === "Repository");
  const rulesets: DeployedRuleset[] = [];
  for (const row of own) {
    const read = await github.call(`${route}/{ruleset_id}`, { ruleset_id: row.id }, rulesetSchema);
    const { include = [], exclude = [] } = read.conditions?.ref_name ?? {};
    const bypass = read.bypass_actors?.map((actor) =>
      [actor.actor_type, actor.actor_id ?? "", actor.bypass_mode ?? "always"].join(" ").replace("  ", " "),
    );
    rulesets.push({
      ...{ id: read.id, name: read.name, target: read.target ?? "branch", enforcement: read.enforcement },
      ...{ include, exclude },
      rules: (read.rules ?? []).map(({ type, parameters }) => ({ type, parameters: parameters ?? {} })),
      ...defined({ bypass }),
    });
  }
  return rulesets;
}

/** The claims of the subject of the repository's workflow tokens; undefined for GitHub's default. */
export async function readSubjectClaims(github: Github): Promise<readonly string[] | undefined> {
  const read = await github.call("GET /repos/{owner}/{repo}/actions/oidc/customization/sub", {}, subjectSchema);
  return read.use_default ? undefined : (read.include_claim_keys ?? []);
}

/** Who has a role in the repository, by team or as a collaborator. */
export interface DeployedAccess {
  teams: readonly { id: number; slug: string; permission: string }[];
  users: readonly { login: string; role: string }[];
}

/** Teams, and the collaborators that are ones themselves; whoever has a role by the organisation alone is not among them. */
export async function readAccess(github: Github): Promise<DeployedAccess> {
  const teams = await github.list("GET /repos/{owner}/{repo}/teams", {}, teamSchema);
  const route = "GET /repos/{owner}/{repo}/collaborators";
  const users = await github.list(route, { affiliation: "direct" }, collaboratorSchema);
  return { teams, users: users.map(({ login, role_name: role }) => ({ login, role })) };
}
