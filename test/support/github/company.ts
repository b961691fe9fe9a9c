import { defined } from "../../../src/base/defined";
import { automationEnvironments, type GatesConfig, planEnvironments } from "../../../src/domain/identity/environments";
import { planRulesets } from "../../../src/domain/identity/rulesets";
import type { VersionPrefix } from "../../../src/domain/image/version";
import { DEFAULT_STAGES, type Stages } from "../../../src/domain/stage";
import { type GithubStandIn, startGithub } from ".";
import { type Account, NOTHING, type Run } from "./state";
import { review } from "./workflow";

/** The App by which workflows create branches and tags. */
export const APP = 778899;

/** Who signs off, as the project's Pulumi.yaml has it, with the automation's App. */
const GATES: GatesConfig = {
  roles: {
    qa: [{ team: "qa-managers", id: 4100101 }],
    uat: [{ team: "uat-managers", id: 4100102 }],
    dev: [{ team: "dev-managers", id: 4100103 }],
  },
  signOffs: { qa: ["qa"], uat: ["qa", "uat"], prod: ["qa", "uat", "dev"] },
  automation: { app: APP },
};

const person = (login: string): Account => ({ login, type: "User" });

/** The people of the story by what they do, and the automation. */
export const PEOPLE = {
  developer: person("developer"),
  reviewer: person("reviewer"),
  /** Asks for the sign-offs of a release, and so gives none. */
  releaser: person("releaser"),
  qaManager: person("qa-manager"),
  otherQaManager: person("other-qa-manager"),
  uatManager: person("uat-manager"),
  devManager: person("dev-manager"),
  /** Belongs to two teams, which nobody meant to happen. */
  twoHats: person("two-hats"),
  automation: { login: "release-automation[bot]", type: "Bot", app: APP } satisfies Account,
  /** Who a workflow is by its own token (GITHUB_TOKEN), whoever wrote it on whichever branch. */
  workflowToken: { login: "github-actions[bot]", type: "Bot", app: 15368 } satisfies Account,
  /** Another App, which reports as itself alone. */
  dependabot: { login: "dependabot[bot]", type: "Bot", app: 29110 } satisfies Account,
} as const;

const ALL = {
  contents: "write",
  deployments: "write",
  issues: "write",
  actions: "write",
  members: "read",
  pull_requests: "read",
  checks: "read",
} as const;

/** How a pull request is merged. */
interface Merge {
  /** Default: main. */
  into?: string;
  /** Who approves its last state. Default: the reviewer. */
  reviewers?: readonly Account[];
  /** Owner of the fork that it comes from; absent for a branch of the repository. */
  fork?: Account;
}

/** The company of the story on a GitHub of its own: what people and workflows do there. */
export class Company {
  private constructor(readonly github: GithubStandIn) {}

  /** @param people logins by team, beside those of the story */
  static async begin(
    gates: GatesConfig = GATES,
    stages: Stages = DEFAULT_STAGES,
    people: Readonly<Record<string, Account>> = {},
    versionPrefix: VersionPrefix = "v",
  ): Promise<Company> {
    const github = await startGithub();
    const { state } = github;
    const environments = stages.flatMap((stage) => planEnvironments(stage, stages, gates));
    for (const environment of [...environments, ...automationEnvironments(stages, gates)])
      state.environments.set(environment.name, environment);
    state.rulesets = planRulesets(gates, { versionPrefix });
    state.teams.set("qa-managers", new Set(["qa-manager", "other-qa-manager", "two-hats"]));
    state.teams.set("uat-managers", new Set(["uat-manager", "two-hats"]));
    state.teams.set("dev-managers", new Set(["dev-manager"]));
    for (const [team, { login }] of Object.entries(people)) state.teams.set(team, new Set([login]));
    for (const account of [...Object.values(PEOPLE), ...Object.values(people)])
      state.tokens.set(this.tokenOf(account), { account, permissions: ALL });
    const company = new Company(github);
    company.push("main", PEOPLE.developer, "The application, as it was");
    return company;
  }

  static tokenOf({ login }: Account): string {
    return `ghs_${login.replace(/\W/g, "")}`;
  }

  /** What a command's environment says for an account. */
  envOf(account: Account): Record<string, string> {
    return { GITHUB_TOKEN: Company.tokenOf(account), GITHUB_API_URL: this.github.url };
  }

  /** The commit behind a branch or tag. */
  at(name: string): string {
    const commit = this.github.state.resolve(name);
    if (commit === undefined) throw new Error(`there is no ${name}`);
    return commit;
  }

  /** One commit on a branch by its writer, pushed by them or by `pushedBy`; a branch that is not there begins at `from`. */
  push(
    branch: string,
    by: Account,
    message: string,
    more: { from?: string; email?: string; pull?: string; sha?: string; pushedBy?: Account } = {},
  ): string {
    const { state } = this.github;
    const ref = `refs/heads/${branch}`;
    const parent = state.resolve(branch) ?? (more.from === undefined ? undefined : this.at(more.from));
    const sha = more.sha ?? state.hash(branch, message);
    state.commits.set(sha, {
      ...{ sha, message, parents: parent === undefined ? [] : [parent], committer: "web-flow" },
      ...(more.email === undefined ? { login: by.login } : {}),
      email: more.email ?? `${by.login}@company.com`,
      ...defined({ pull: more.pull }),
    });
    const kind = state.refs.has(ref) ? "push" : "branch_creation";
    const row = {
      id: state.nextId(),
      ref,
      activity_type: kind,
      timestamp: state.tick(),
      actor: more.pushedBy ?? by,
      after: sha,
    };
    state.activity.push({ ...row, before: parent ?? NOTHING });
    state.refs.set(ref, { type: "commit", sha });
    return sha;
  }

  /** A reviewed pull request: its commits come to a branch by a merge. */
  merge(branch: string, by: Account, { into = "main", reviewers = [PEOPLE.reviewer], fork }: Merge = {}): string {
    const { state } = this.github;
    const [base, head] = [this.at(into), this.at(branch)];
    const sha = state.hash(into, `Merge ${branch}`);
    const message = `Merge ${branch}`;
    const author = state.commits.get(head)?.login ?? by.login;
    const written = { login: author, email: `${by.login}@company.com`, committer: "web-flow", pull: by.login };
    state.commits.set(sha, { sha, message, parents: [base, head], ...written });
    const at = state.tick();
    const ref = `refs/heads/${into}`;
    const row = { id: state.nextId(), ref, activity_type: "pr_merge", timestamp: at, before: base, after: sha };
    state.activity.push({ ...row, actor: PEOPLE.reviewer });
    state.pulls.push({
      ...{ number: state.nextId(), author: by, base: into, updatedAt: at, mergedAt: at, mergeCommit: sha },
      head: { ref: branch, sha: head, ...defined({ fork }) },
      reviews: reviewers.map((user) => ({ user, state: "APPROVED", commit: head })),
    });
    state.refs.set(ref, { type: "commit", sha });
    return sha;
  }

  /** A fix on a branch of its own, which comes to a release branch by a reviewed pull request. */
  change(into: string, by: Account, message: string, more: Merge & { email?: string } = {}): string {
    const branch = `fix-${this.github.state.nextId()}`;
    this.push(branch, by, message, { from: into, ...defined({ email: more.email, pull: by.login }) });
    return this.merge(branch, by, { ...more, into });
  }

  /** The newest run, which is the one that was just asked for. */
  get run(): Run {
    const run = this.github.state.runs.at(-1);
    if (!run) throw new Error("nothing was started");
    return run;
  }

  /** Somebody approves the gate at which the newest run waits. */
  approve(by: Account, anybody = false): void {
    review(this.github.state, this.run, by, "approved", anybody);
  }

  reject(by: Account): void {
    review(this.github.state, this.run, by, "rejected");
  }

  /** An administrator moves a tag past all rules. */
  moveTag(tag: string, commit: string): void {
    this.github.state.refs.set(`refs/tags/${tag}`, { type: "commit", sha: commit });
  }

  /** A job deploys a tag to its stage. */
  deploy(tag: string, stage: string): void {
    const { state } = this.github;
    const fields = { id: state.nextId(), sha: this.at(tag), ref: tag, task: "deploy", environment: stage, payload: {} };
    state.deployments.push({ ...fields, creator: PEOPLE.automation, created_at: state.tick(), statuses: [] });
  }

  /** A check of an App says something of a commit; with no conclusion it is still running. */
  checked(ref: string, name: string, app: number, conclusion?: string): void {
    const { state } = this.github;
    const at = state.tick();
    const completed_at = conclusion === undefined ? null : at;
    state.checks.push({ sha: state.resolve(ref) ?? ref, name, app, conclusion: conclusion ?? null, completed_at });
  }

  /** A workflow runs on main, started by hand; with no conclusion it is still running. */
  ran(workflow: string, title: string, conclusion?: string, different: Partial<Run> = {}): Run {
    const { state } = this.github;
    const run: Run = {
      ...{ id: state.nextId(), workflow, title, event: "workflow_dispatch", branch: "main", sha: this.at("main") },
      ...{ repository: "company/orders", starters: [PEOPLE.developer], jobs: [], approvals: [] },
      attempts: [{ startedAt: state.tick(), conclusion: conclusion ?? null }],
      ...different,
    };
    state.runs.push(run);
    return run;
  }

  /** Keeps everything as it is now. @returns what brings it back, as often as wanted */
  keep(): () => void {
    const kept: object = structuredClone(Object.fromEntries(Object.entries(this.github.state)));
    return () => {
      Object.assign(this.github.state, structuredClone(kept));
    };
  }

  stop(): Promise<void> {
    return this.github.stop();
  }
}
