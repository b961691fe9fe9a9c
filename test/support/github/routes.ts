import { z } from "zod";
import { commitOf, compared, deploymentOf, GithubError, jobsOf, notFound, pullOf, runOf, userOf } from "./answers";
import { changeIssue, commentIssue, listIssues, openIssue } from "./issues";
import type { Account, State } from "./state";
import { createRef, createTag, dispatch, keepDeployment } from "./writes";

/** A request as a route sees it. */
export interface Asked {
  state: State;
  account: Account;
  /** The parts of the path, decoded. */
  path: readonly string[];
  query: URLSearchParams;
  body: unknown;
}

/** What a route answers: a list is paged, under a name where GitHub has one. */
export type Answer =
  | { list: readonly unknown[]; under?: string; cursor?: true }
  | { commits: ReturnType<typeof compared> }
  | { status?: number; value: unknown };

/** One route: method, pattern, the permission it needs, and what it does. */
export interface Route {
  method: string;
  pattern: RegExp;
  needs: readonly [string, "read" | "write"];
  handle: (asked: Asked) => Answer;
}

/** The path of the stand-in's repository. */
export const REPO = "/repos/company/orders";
const PART = "([^/]+)";

/** Makes a route; each `:` of its path is a part of it. */
export function route(method: string, path: string, needs: Route["needs"], handle: Route["handle"]): Route {
  return { method, pattern: new RegExp(`^${path.replaceAll(":", PART)}$`), needs, handle };
}

const refOf = ([ref, object]: readonly [string, { type: string; sha: string }]) => ({ ref, object });

const wanted = <T>(value: T | undefined): T => {
  if (value === undefined) throw notFound();
  return value;
};

/** True where a row has what the query asks of these of its fields. */
const fits = (query: URLSearchParams, row: Readonly<Record<string, unknown>>, ...names: readonly string[]): boolean =>
  names.every((name) => !query.has(name) || query.get(name) === row[name]);

const READ = ["contents", "read"] as const;
const DEPLOYMENTS = ["deployments", "read"] as const;
const ACTIONS = ["actions", "read"] as const;
const MEMBERS = ["members", "read"] as const;

const runIn = ({ state, path }: Asked) => wanted(state.runs.find(({ id }) => id === Number(path[0])));

/** Everything that the stand-in answers; anything else is told apart as unknown. */
export const ROUTES: readonly Route[] = [
  route("GET", `${REPO}/git/matching-refs/:`, READ, ({ state, path: [prefix = ""] }) => ({
    list: [...state.refs].filter(([ref]) => ref.startsWith(`refs/${prefix}`)).map(refOf),
  })),
  route("GET", `${REPO}/git/ref/:`, READ, ({ state, path: [name = ""] }) => ({
    value: refOf([`refs/${name}`, wanted(state.refs.get(`refs/${name}`))]),
  })),
  route("GET", `${REPO}/git/tags/:`, READ, ({ state, path: [sha = ""] }) => {
    const { tag, object, tagger } = wanted(state.tagObjects.get(sha));
    return { value: { sha, tag, tagger, object: { type: "commit", sha: object } } };
  }),
  route("POST", `${REPO}/git/tags`, ["contents", "write"], createTag),
  route("POST", `${REPO}/git/refs`, ["contents", "write"], createRef),
  route("GET", `${REPO}/compare/:`, READ, ({ state, path: [basehead = ""] }) => ({
    commits: compared(state, basehead),
  })),
  route("GET", `${REPO}/commits`, READ, ({ state, query }) => {
    const shas = state.history(wanted(state.resolve(query.get("sha") ?? "main")));
    return { list: shas.flatMap((sha) => state.commits.get(sha) ?? []).map(commitOf) };
  }),
  route("GET", `${REPO}/commits/:/pulls`, ["pull_requests", "read"], ({ state, path: [sha = ""] }) => {
    const { pull } = wanted(state.commits.get(sha));
    return { list: pull === undefined ? [] : [{ number: 1, user: { login: pull, type: "User" } }] };
  }),
  route("GET", `${REPO}/commits/:/check-runs`, ["checks", "read"], ({ state, path: [ref = ""], query }) => ({
    list: state.checks
      .filter(({ sha, name, app }) => {
        const asked = Number(query.get("app_id") ?? app);
        return sha === wanted(state.resolve(ref)) && name === query.get("check_name") && app === asked;
      })
      .map(({ sha, app, ...row }, id) => ({
        ...{ id, head_sha: sha, app: { id: app } },
        status: row.conclusion ? "completed" : "in_progress",
        ...row,
      }))
      .reverse(),
    under: "check_runs",
  })),
  route("GET", `${REPO}/activity`, READ, ({ state, query }) => ({
    list: state.activity
      .filter((row) => fits(query, { ...row }, "ref", "activity_type"))
      .map(({ actor, ...row }) => ({ ...row, actor: userOf(actor) }))
      .reverse(),
    cursor: true,
  })),
  route("GET", `${REPO}/deployments`, DEPLOYMENTS, ({ state, query }) => ({
    list: state.deployments
      .map(deploymentOf)
      .filter((row) => fits(query, row, "sha", "ref", "task", "environment"))
      .reverse(),
  })),
  route("POST", `${REPO}/deployments`, ["deployments", "write"], keepDeployment),
  route("GET", `${REPO}/deployments/:/statuses`, DEPLOYMENTS, ({ state, path: [id] }) => ({
    list: [...wanted(state.deployments.find((each) => each.id === Number(id))).statuses].reverse(),
  })),
  route("GET", `${REPO}/actions/workflows/:/runs`, ACTIONS, ({ state, path: [workflow = ""], query }) => {
    if (!state.workflows.has(workflow)) throw notFound();
    const runs = state.runs.filter((run) => run.workflow === workflow).map((run) => runOf(state, run));
    const here = runs.filter((run) => !query.has("branch") || run.head_branch === query.get("branch"));
    return { list: here.filter((run) => fits(query, run, "event", "head_sha")).reverse(), under: "workflow_runs" };
  }),
  route("GET", `${REPO}/actions/runs/:/jobs`, ACTIONS, (asked) => {
    const run = runIn(asked);
    const all = asked.query.get("filter") === "all";
    const latest = jobsOf(run).filter((job) => job.run_attempt === run.starters.length);
    return { list: all ? jobsOf(run) : latest, under: "jobs" };
  }),
  route("GET", `${REPO}/pulls`, ["pull_requests", "read"], ({ state, query }) => ({
    list: state.pulls
      .map((pull) => pullOf(state, pull))
      .filter((pull) => pull.state === (query.get("state") ?? "open"))
      .filter((pull) => !query.has("base") || pull.base.ref === query.get("base"))
      .sort((a, b) => b.updated_at.localeCompare(a.updated_at)),
  })),
  route("GET", `${REPO}/pulls/:/reviews`, ["pull_requests", "read"], ({ state, path: [number] }) => ({
    list: wanted(state.pulls.find((pull) => pull.number === Number(number))).reviews.map((review, id) => ({
      ...{ id, user: userOf(review.user), state: review.state, commit_id: review.commit },
    })),
  })),
  route("POST", `${REPO}/actions/workflows/:/dispatches`, ["actions", "write"], dispatch),
  route("GET", `${REPO}/actions/runs/:/approvals`, ACTIONS, (asked) => ({
    value: runIn(asked).approvals.map(({ state, environment, user }) => ({
      ...{ state, comment: "", user: userOf(user) },
      environments: [{ id: environment.length, name: environment }],
    })),
  })),
  route("GET", `${REPO}/actions/runs/:/attempts/:`, ACTIONS, (asked) => ({
    value: runOf(asked.state, runIn(asked), Number(asked.path[1])),
  })),
  route("GET", `${REPO}/environments`, ACTIONS, ({ state }) => ({
    list: [...state.environments.values()].map(({ name }) => ({ name })),
    under: "environments",
  })),
  route("GET", `${REPO}/environments/:`, ACTIONS, ({ state, path: [name = ""] }) => {
    const { reviewers } = wanted(state.environments.get(name));
    return { value: { name, protection_rules: [{ type: "required_reviewers", reviewers }] } };
  }),
  route("GET", `${REPO}/rulesets`, READ, ({ state }) => ({
    list: state.rulesets.map(({ name, target, enforcement }, index) => ({ id: index + 1, name, target, enforcement })),
  })),
  route("GET", `${REPO}/rulesets/:`, READ, ({ state, path: [id] }) => ({
    value: wanted(state.rulesets[Number(id) - 1]),
  })),
  route("GET", `${REPO}/releases/tags/:`, READ, ({ state, path: [tag] }) => ({
    value: wanted(state.releases.find((each) => each.tag_name === tag && !each.draft)),
  })),
  route("GET", `${REPO}/releases`, READ, ({ state }) => ({ list: [...state.releases].reverse() })),
  route("POST", `${REPO}/releases`, ["contents", "write"], ({ state, body }) => {
    const read = releaseBody.parse(body);
    if (state.releases.some(({ tag_name: tag }) => tag === read.tag_name)) {
      throw new GithubError(422, "Validation Failed: already_exists");
    }
    const page = { id: state.nextId(), ...read };
    state.releases.push(page);
    return { status: 201, value: page };
  }),
  route("GET", `${REPO}/issues`, ["issues", "read"], listIssues),
  route("POST", `${REPO}/issues`, ["issues", "write"], openIssue),
  route("PATCH", `${REPO}/issues/:`, ["issues", "write"], changeIssue),
  route("POST", `${REPO}/issues/:/comments`, ["issues", "write"], commentIssue),
  route("GET", "/orgs/company/teams/:", MEMBERS, ({ state, path: [slug = ""] }) => {
    wanted(state.teams.get(slug));
    return { value: { slug } };
  }),
  route("GET", "/orgs/company/teams/:/memberships/:", MEMBERS, ({ state, path: [slug = "", login = ""] }) => {
    const logins = [...wanted(state.teams.get(slug))].map((each) => each.toLowerCase());
    if (!logins.includes(login.toLowerCase())) throw notFound();
    return { value: { state: "active", role: "member" } };
  }),
  route("GET", "/apps/:", ["metadata", "read"], ({ state, path: [slug = ""] }) => {
    const bot = [...state.tokens.values()].find(({ account }) => account.login === `${slug}[bot]`);
    return { value: { id: wanted(bot?.account.app), slug } };
  }),
];

const releaseBody = z.object({
  tag_name: z.string(),
  body: z.string().default(""),
  draft: z.boolean().default(false),
  prerelease: z.boolean().default(false),
});
