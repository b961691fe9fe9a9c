import { z } from "zod";
import { commit } from "../base/decode/decode";
import { utcTime } from "../base/time";

/*
 * The parts of GitHub's answers that are read. Sources: GitHub REST API, version 2022-11-28; each schema names its page.
 * Fields that nobody reads are not in them, and new ones do no harm.
 */

const time = z.string().transform((text, context) => {
  const utc = utcTime(text);
  if (utc !== undefined) return utc;
  context.addIssue({ code: "custom", message: "allowed: a time" });
  return z.NEVER;
});
const login = z.string().min(1).max(200);
const user = z.object({ login, type: z.string().optional() });
const name = z.string().max(1_000);

/** Git database, references. */
export const refSchema = z.object({ ref: name, object: z.object({ type: z.string(), sha: commit }) });

/** Git database, annotated tags. */
export const tagSchema = z.object({
  tag: name,
  object: z.object({ type: z.string(), sha: commit }),
  tagger: z.object({ name, email: name, date: time }).nullish(),
});

/** Commits; the login is null where the address belongs to no account. */
export const commitSchema = z.object({
  sha: commit,
  commit: z.object({ message: z.string(), author: z.object({ email: name }).nullish() }),
  author: z.object({ login: login.optional() }).nullish(),
  committer: z.object({ login: login.optional() }).nullish(),
});

/** Commits, compare. */
export const compareSchema = z.object({
  status: z.enum(["ahead", "behind", "identical", "diverged"]),
  total_commits: z.number().int().nonnegative(),
  commits: z.array(commitSchema),
});

/** Commits, pull requests of a commit. */
export const pullSchema = z.object({ user: user.nullable() });

/** A repository as others name it. */
const repository = z.object({ full_name: name });

/** Pulls, list: closed ones too. The head's repository is null where a fork is gone. */
export const closedPullSchema = z.object({
  number: z.number().int(),
  user: user.nullable(),
  updated_at: time,
  merged_at: time.nullish(),
  merge_commit_sha: z.string().nullish(),
  base: z.object({ ref: name }),
  head: z.object({ ref: name, sha: commit, user: user.nullish(), repo: repository.nullish() }),
});

/** Pulls, reviews, the oldest first: a review that was dismissed says so in its state. */
export const pullReviewSchema = z.object({ user: user.nullish(), state: z.string(), commit_id: z.string().nullish() });

/** Repositories, activities. */
export const activitySchema = z.object({
  activity_type: z.string(),
  timestamp: time,
  before: z.string(),
  after: z.string(),
  actor: user.nullable(),
});

/** Deployments. The payload is an object or, from older clients, its JSON. */
export const deploymentSchema = z.object({
  id: z.number().int(),
  sha: commit,
  ref: name,
  task: z.string(),
  environment: name,
  payload: z.unknown(),
  created_at: time,
  creator: user.nullish(),
});

/** Checks, a run of a check: it has no conclusion until it has ended. */
export const checkRunSchema = z.object({
  name,
  status: z.string(),
  conclusion: z.string().nullish(),
  completed_at: time.nullish(),
  app: z.object({ id: z.number().int() }).nullish(),
});

/** Deployments, statuses; `waiting` is one that the documentation of this route leaves out. */
export const statusSchema = z.object({
  id: z.number().int(),
  state: z.string(),
  created_at: time,
  log_url: z.string().nullish(),
  target_url: z.string().nullish(),
});

/** Actions, workflow runs. */
export const runSchema = z.object({
  id: z.number().int(),
  run_attempt: z.number().int().positive().default(1),
  display_title: z.string(),
  path: z.string(),
  event: z.string(),
  head_branch: z.string().nullable(),
  head_sha: commit,
  head_repository: repository.nullish(),
  html_url: z.string().optional(),
  status: z.string().nullish(),
  conclusion: z.string().nullish(),
  /** When the attempt began. */
  run_started_at: time.nullish(),
  actor: user.nullish(),
  triggering_actor: user.nullish(),
});

/** Actions, jobs of a run. */
export const jobSchema = z.object({
  id: z.number().int(),
  name,
  status: z.string(),
  conclusion: z.string().nullish(),
  started_at: time.nullish(),
});

/** Actions, the review history of a run's environments. It says who and what, and not when. */
export const reviewSchema = z.object({
  state: z.string(),
  environments: z.array(z.object({ name })),
  user: user.nullable(),
});

/** Teams, membership of a user. */
export const membershipSchema = z.object({ state: z.string() });

/** Apps. */
export const appSchema = z.object({ id: z.number().int() });

/** What nobody reads. */
export const anythingSchema = z.unknown();
