import { createHash } from "node:crypto";
import type { EnvironmentPlan } from "../../../src/domain/identity/environments";
import type { RulesetPlan } from "../../../src/domain/identity/rulesets";
import type { IssueState } from "./issues";
import type { SettingsState } from "./settings";

/** A person, or an App by the login of its bot. */
export interface Account {
  login: string;
  type: "User" | "Bot";
  /** Number of the App behind a bot. */
  app?: number;
}

/** What a token may do: permission to level. */
export interface Token {
  account: Account;
  permissions: Readonly<Record<string, "read" | "write">>;
}

export interface Commit {
  sha: string;
  parents: readonly string[];
  message: string;
  /** Absent where the address belongs to no account. */
  login?: string;
  email: string;
  committer: string;
  /** Login of whoever opened the pull request it came by. */
  pull?: string;
}

export interface AnnotatedTag {
  tag: string;
  object: string;
  tagger: { name: string; email: string; date: string };
}

export interface Activity {
  id: number;
  ref: string;
  activity_type: string;
  timestamp: string;
  before: string;
  after: string;
  actor: Account;
}

export interface DeploymentState {
  id: number;
  sha: string;
  ref: string;
  task: string;
  environment: string;
  payload: unknown;
  creator: Account;
  created_at: string;
  statuses: { id: number; state: string; created_at: string; log_url: string }[];
}

/** A job of a run: GitHub alone says when it began, and how it ended. */
interface Job {
  id: number;
  name: string;
  attempt: number;
  conclusion: string | null;
  startedAt: string;
}

export interface Run {
  id: number;
  workflow: string;
  title: string;
  event: string;
  branch: string;
  sha: string;
  /** `owner/name` of the repository that the run's commit is of. */
  repository: string;
  /** Who started each attempt. */
  starters: Account[];
  /** Of a run that was dispatched. */
  inputs?: Readonly<Record<string, string>>;
  /** When each attempt began, and how it ended; null while it runs. */
  attempts: { startedAt: string; conclusion: string | null }[];
  jobs: Job[];
  approvals: { state: "approved" | "rejected"; environment: string; user: Account }[];
}

/** A pull request. */
export interface PullState {
  number: number;
  author: Account;
  base: string;
  /** Its branch and newest commit; with a fork's owner where it lives in a fork. */
  head: { ref: string; sha: string; fork?: Account };
  updatedAt: string;
  mergedAt?: string;
  mergeCommit?: string;
  /** The oldest first. */
  reviews: { user: Account; state: string; commit: string }[];
}

export interface ReleasePage {
  id: number;
  tag_name: string;
  draft: boolean;
  prerelease: boolean;
  body: string;
}

/** Zeros stand for "nothing" where GitHub names the commit before or after. */
export const NOTHING = "0".repeat(40);

/** All that the stand-in knows of one repository and its organisation. */
export class State {
  readonly owner = "company";
  readonly name = "orders";
  readonly commits = new Map<string, Commit>();
  /** Full names, such as refs/heads/main, to commits and annotated tags. */
  readonly refs = new Map<string, { type: "commit" | "tag"; sha: string }>();
  readonly tagObjects = new Map<string, AnnotatedTag>();
  readonly activity: Activity[] = [];
  readonly deployments: DeploymentState[] = [];
  readonly runs: Run[] = [];
  readonly pulls: PullState[] = [];
  readonly checks: {
    sha: string;
    name: string;
    app: number;
    conclusion: string | null;
    completed_at: string | null;
  }[] = [];
  readonly releases: ReleasePage[] = [];
  readonly issues: IssueState[] = [];
  readonly environments = new Map<string, EnvironmentPlan>();
  /** Present where a test is about what guards the repository: then routes answer it whole. */
  settings?: SettingsState;
  readonly teams = new Map<string, Set<string>>();
  readonly tokens = new Map<string, Token>();
  readonly workflows = new Set(["tag.yml", "e2e.yml"]);
  rulesets: readonly RulesetPlan[] = [];
  private time = Date.parse("2026-11-02T08:00:00Z");
  private ids = 1000;

  nextId(): number {
    return ++this.ids;
  }

  /** The time of what happens now; a minute passes with everything that happens. */
  tick(): string {
    this.time += 60_000;
    return new Date(this.time).toISOString().replace(".000Z", "Z");
  }

  hash(...parts: readonly string[]): string {
    return createHash("sha1")
      .update(`${this.nextId()} ${parts.join(" ")}`)
      .digest("hex");
  }

  /** The commit behind a branch, a tag or a commit; undefined where there is none. */
  resolve(name: string): string | undefined {
    const ref = this.refs.get(`refs/heads/${name}`) ?? this.refs.get(`refs/tags/${name}`) ?? this.refs.get(name);
    if (!ref) return this.commits.has(name) ? name : undefined;
    return ref.type === "tag" ? this.tagObjects.get(ref.sha)?.object : ref.sha;
  }

  /** A commit and everything before it, the newest first. */
  history(sha: string): string[] {
    const seen = new Set<string>();
    const open = [sha];
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(...(this.commits.get(next)?.parents ?? []));
    }
    return [...seen];
  }

  /** What keeps an account from creating, changing or deleting a ref; undefined where nothing does. */
  violation(ref: string, rule: "creation" | "update" | "deletion", { login, app }: Account): string | undefined {
    const broken = this.rulesets.find(
      ({ include, rules, enforcement, bypass }) =>
        enforcement === "active" &&
        rules[rule] === true &&
        include.some((pattern) => matches(pattern, ref)) &&
        !bypass.some((actor) => ("app" in actor ? actor.app === app : this.teams.get(actor.team)?.has(login))),
    );
    return broken && `Repository rule violations found\n\n${broken.name}`;
  }
}

/**
 * fnmatch as GitHub's rulesets use it: `*` does not cross a slash, and brackets hold a set of characters.
 * Source: GitHub documentation, "Creating rulesets for a repository".
 */
function matches(pattern: string, ref: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+^${}()|\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^/]*")}$`).test(ref);
}
