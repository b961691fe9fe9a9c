import { z } from "zod";
import { isDigest } from "../../../src/base/digest";
import { runTitle } from "../../../src/github/candidate";
import { deploymentOf, GithubError } from "./answers";
import type { Answer, Asked } from "./routes";
import { NOTHING, type Run } from "./state";
import { beginRun } from "./workflow";

/** A body, or the answer that GitHub gives one of another form. */
function bodyOf<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  throw new GithubError(422, `Invalid request. ${read.error.issues[0]?.path.join(".") ?? ""}`);
}

const sha = z.string().regex(/^[0-9a-f]{40}$/);
const tagBody = z.object({ tag: z.string().min(1), message: z.string(), object: sha, type: z.literal("commit") });
const refBody = z.object({ ref: z.string().regex(/^refs\/(?:heads|tags)\/.+/), sha });
const deploymentBody = z.object({
  ref: z.string(),
  task: z.string().default("deploy"),
  environment: z.string(),
  payload: z.unknown(),
  required_contexts: z.array(z.string()),
  auto_merge: z.literal(false),
});
const dispatchBody = z.object({ ref: z.string(), inputs: z.record(z.string(), z.string()) });

export function createTag({ state, account, body }: Asked): Answer {
  const { tag, object } = bodyOf(tagBody, body);
  const id = state.hash("tag", tag);
  const email = `${state.nextId()}+${account.login}@users.noreply.github.com`;
  state.tagObjects.set(id, { tag, object, tagger: { name: account.login, email, date: state.tick() } });
  return { status: 201, value: { sha: id, tag } };
}

export function createRef({ state, account, body }: Asked): Answer {
  const { ref, sha: target } = bodyOf(refBody, body);
  if (state.refs.has(ref)) throw new GithubError(422, "Reference already exists");
  const isTag = state.tagObjects.has(target);
  if (!isTag && !state.commits.has(target)) throw new GithubError(422, "Object does not exist");
  const violation = state.violation(ref, "creation", account);
  if (violation !== undefined) throw new GithubError(422, violation);
  state.refs.set(ref, { type: isTag ? "tag" : "commit", sha: target });
  if (ref.startsWith("refs/heads/")) {
    const row = { id: state.nextId(), ref, timestamp: state.tick(), before: NOTHING, after: target, actor: account };
    state.activity.push({ ...row, activity_type: "branch_creation" });
  }
  return { status: 201, value: { ref, object: state.refs.get(ref) } };
}

export function keepDeployment({ state, account, body }: Asked): Answer {
  const { ref, task, environment, payload } = bodyOf(deploymentBody, body);
  const commit = state.resolve(ref);
  if (commit === undefined) throw new GithubError(422, `No ref found for: ${ref}`);
  if (!state.environments.has(environment)) throw new GithubError(422, `the plan has no environment ${environment}`);
  const deployment = {
    id: state.nextId(),
    sha: commit,
    ref,
    task,
    environment,
    payload,
    creator: account,
    created_at: state.tick(),
    statuses: [],
  };
  state.deployments.push(deployment);
  return { status: 201, value: deploymentOf(deployment) };
}

/** The inputs that the workflow of sign-offs declares. */
const INPUTS: readonly string[] = ["tag", "to", "candidate", "version", "break-glass"];

/** Starts a workflow as its file says: its title from its inputs, and the first gate of the stage. */
export function dispatch({ state, account, path: [workflow = ""], body }: Asked): Answer {
  const { ref, inputs } = bodyOf(dispatchBody, body);
  const head = state.refs.get(`refs/heads/${ref}`);
  if (!head) throw new GithubError(422, `No ref found for: ${ref}`);
  if (!state.workflows.has(workflow)) throw new GithubError(404, "Not Found");
  const unexpected = Object.keys(inputs).filter((name) => !INPUTS.includes(name));
  if (unexpected.length > 0) throw new GithubError(422, `Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  const { tag = "", to = "", candidate = "" } = inputs;
  const run: Run = {
    ...{ id: state.nextId(), workflow, event: "workflow_dispatch", branch: ref, sha: head.sha },
    title: isDigest(candidate) ? runTitle(tag, to, candidate) : "",
    ...{ repository: `${state.owner}/${state.name}`, starters: [account], approvals: [], jobs: [], inputs },
    attempts: [{ startedAt: state.tick(), conclusion: null }],
  };
  state.runs.push(run);
  beginRun(state, run, to);
  return { status: 204, value: undefined };
}
