import { z } from "zod";
import { answerJson, readBody, startHttp } from "../registries/httpServer";
import type { BareRepository } from "./bareRepository";
import { hasCommit, type KeptStatus, setGitlabStatus, statusOf } from "./commitStatuses";

/** A request as its forge keeps it. */
interface KeptRequest {
  number: number;
  branch: string;
  base: string;
  title: string;
  body: string;
  state: "open" | "closed" | "merged";
  comments: string[];
}

/** A forge on this machine, for one repository on disk: company/deploy. */
export interface ForgeStandIn {
  /** What `api` of the configuration is. */
  url: string;
  token: string;
  requests: KeptRequest[];
  /** What was said of commits, the newest last: of GitLab's each job as it is now. */
  statuses: KeptStatus[];
  /** Method and path of everything that was asked. */
  asked: string[];
  /** What the branch main demands of a request. */
  rules: { approvals: number; codeOwners: boolean; groups?: readonly string[] };
  /** Requests whose path matches are answered with that status, so many times. */
  faults: { path: RegExp; status: number; times: number }[];
  /** Merges an open request, as whoever may does. */
  merge(number: number): void;
  stop(): Promise<void>;
}

interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Readonly<Record<string, unknown>>;
}

type Reply = { status?: number; value: unknown; headers?: Record<string, string> } | undefined;

const fields = z.record(z.string(), z.unknown());
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** What both forges do alike: a request of a branch that was deleted is closed. */
function refresh(requests: KeptRequest[], repository: BareRepository): void {
  const branches = repository.branches();
  for (const each of requests) if (each.state === "open" && !branches.has(each.branch)) each.state = "closed";
}

async function start(
  repository: BareRepository,
  token: string,
  header: (headers: Record<string, string | string[] | undefined>) => string | undefined,
  reply: (standIn: ForgeStandIn, asked: Asked) => Reply,
): Promise<ForgeStandIn> {
  const standIn: ForgeStandIn = {
    ...{ url: "", token, requests: [], statuses: [], asked: [], rules: { approvals: 1, codeOwners: true }, faults: [] },
    merge: (number) => {
      const found = standIn.requests.find((each) => each.number === number);
      if (found === undefined) throw new Error(`no request ${number}`);
      repository.merge(found.branch);
      found.state = "merged";
    },
    stop: () => server.stop(),
  };
  const server = await startHttp(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const path = url.pathname;
    const method = request.method ?? "GET";
    standIn.asked.push(`${method} ${decodeURIComponent(path)}`);
    const fault = standIn.faults.find((each) => each.times > 0 && each.path.test(`${method} ${path}`));
    if (fault) {
      fault.times--;
      answerJson(response, fault.status, { message: "a fault" });
      return;
    }
    if (header(request.headers) !== token) {
      answerJson(response, 401, { message: "Bad credentials" });
      return;
    }
    refresh(standIn.requests, repository);
    const body = method === "GET" ? {} : fields.parse(JSON.parse((await readBody(request)).toString() || "{}"));
    const given = reply(standIn, { method, path, query: url.searchParams, body });
    answerJson(
      response,
      given?.status ?? (given ? 200 : 404),
      given?.value ?? { message: "Not Found" },
      given?.headers,
    );
  });
  standIn.url = `http://${server.host}`;
  return standIn;
}

/** Every nth row, in pages of the forge's size. */
function paged(rows: readonly unknown[], query: URLSearchParams): { page: unknown[]; next: string } {
  const size = Math.min(100, Number(query.get("per_page") ?? 30));
  const at = Number(query.get("page") ?? 1);
  return { page: rows.slice((at - 1) * size, at * size), next: at * size < rows.length ? String(at + 1) : "" };
}

const isMissing = (repository: BareRepository, branch: string) => !repository.branches().has(branch);

function openOne(standIn: ForgeStandIn, given: Pick<KeptRequest, "branch" | "base" | "title" | "body">): KeptRequest {
  const made: KeptRequest = { number: standIn.requests.length + 1, state: "open", comments: [], ...given };
  standIn.requests.push(made);
  return made;
}

/**
 * GitHub. Sources: GitHub REST API 2022-11-28, "Pulls", "Issue comments", "Repository rules", "Branch protection"; a second
 * pull request of a branch is answered with 422 and "A pull request already exists for OWNER:BRANCH.".
 */
export function startGithubForge(repository: BareRepository): Promise<ForgeStandIn> {
  const token = "a-token-of-github-for-tests";
  const repo = "/repos/company/deploy";
  const rowOf = ({ number, title, body, branch, base, state }: KeptRequest) => ({
    ...{ number, title, body, state: state === "open" ? "open" : "closed", base: { ref: base } },
    html_url: `https://github.example/company/deploy/pull/${number}`,
    head: { ref: branch, repo: { full_name: "company/deploy" } },
  });
  const invalid = (message: string) => ({
    status: 422,
    value: { message: "Validation Failed", errors: [{ resource: "PullRequest", code: "custom", message }] },
  });
  return start(
    repository,
    token,
    ({ authorization }) => /^(?:token|bearer) (.+)$/i.exec(textOf(authorization))?.[1],
    (standIn, { method, path, query, body }) => {
      if (path === `${repo}/pulls` && method === "GET") {
        const head = query.get("head")?.replace(/^company:/, "");
        const rows = standIn.requests
          .filter(({ state }) => (query.get("state") ?? "open") === (state === "open" ? "open" : "closed"))
          .filter(({ base, branch }) => (query.get("base") ?? base) === base && (head ?? branch) === branch);
        return { value: paged(rows.map(rowOf), query).page };
      }
      if (path === `${repo}/pulls` && method === "POST") {
        const [branch, base] = [textOf(body["head"]), textOf(body["base"])];
        if (isMissing(repository, branch)) return invalid("head");
        if (standIn.requests.some((each) => each.branch === branch && each.state === "open")) {
          return invalid(`A pull request already exists for company:${branch}.`);
        }
        const made = openOne(standIn, { branch, base, title: textOf(body["title"]), body: textOf(body["body"]) });
        return { status: 201, value: rowOf(made) };
      }
      const [, number, rest] = /^\/repos\/company\/deploy\/(?:pulls|issues)\/(\d+)(\/comments)?$/.exec(path) ?? [];
      const one = standIn.requests.find((each) => String(each.number) === number);
      if (one !== undefined && rest !== undefined && method === "POST") {
        one.comments.push(textOf(body["body"]));
        return { status: 201, value: { id: one.comments.length } };
      }
      if (one !== undefined && method === "PATCH") {
        if (body["state"] === "closed") one.state = "closed";
        if (typeof body["title"] === "string") one.title = body["title"];
        if (typeof body["body"] === "string") one.body = body["body"];
        return { value: rowOf(one) };
      }
      const sha = /^\/repos\/company\/deploy\/statuses\/([0-9a-f]+)$/.exec(path)?.[1];
      if (sha !== undefined && method === "POST") {
        if (!hasCommit(repository, sha)) return { status: 422, value: { message: `No commit found for SHA: ${sha}` } };
        standIn.statuses.push(statusOf(sha, body["context"], body));
        return { status: 201, value: { id: standIn.statuses.length, state: body["state"] } };
      }
      const { approvals, codeOwners } = standIn.rules;
      if (path === `${repo}/rules/branches/main`) {
        const parameters = { required_approving_review_count: approvals, require_code_owner_review: codeOwners };
        return { value: approvals === 0 ? [{ type: "deletion" }] : [{ type: "pull_request", parameters }] };
      }
      return undefined;
    },
  );
}

/**
 * GitLab. Sources: GitLab REST API, "Merge requests", "Notes", "Merge request approvals", "Protected branches"; a second
 * merge request of a branch is answered with 409 and "Another open merge request already exists for this source branch".
 */
export function startGitlabForge(repository: BareRepository): Promise<ForgeStandIn> {
  const token = "a-token-of-gitlab-for-tests";
  const project = `/projects/${encodeURIComponent("company/deploy")}`;
  const rowOf = ({ number, title, body, branch, base, state }: KeptRequest) => ({
    ...{ id: 1000 + number, iid: number, project_id: 7, source_project_id: 7, title, description: body },
    ...{ source_branch: branch, target_branch: base, state: state === "open" ? "opened" : state },
    web_url: `https://gitlab.example/company/deploy/-/merge_requests/${number}`,
  });
  return start(
    repository,
    token,
    (headers) => textOf(headers["private-token"]),
    (standIn, { method, path, query, body }) => {
      if (!path.startsWith(`${project}/`)) return undefined;
      const route = path.slice(project.length);
      if (route === "/merge_requests" && method === "GET") {
        const rows = standIn.requests
          .filter(({ state }) => query.get("state") !== "opened" || state === "open")
          .filter(({ base }) => (query.get("target_branch") ?? base) === base)
          .filter(({ branch }) => (query.get("source_branch") ?? branch) === branch);
        const { page, next } = paged(rows.map(rowOf), query);
        return { value: page, headers: { "x-next-page": next } };
      }
      if (route === "/merge_requests" && method === "POST") {
        const branch = textOf(body["source_branch"]);
        if (isMissing(repository, branch)) return { status: 400, value: { message: ["Source branch does not exist"] } };
        const there = standIn.requests.find((each) => each.branch === branch && each.state === "open");
        if (there !== undefined) {
          const message = `Another open merge request already exists for this source branch: !${there.number}`;
          return { status: 409, value: { message: [message] } };
        }
        const [base, title] = [textOf(body["target_branch"]), textOf(body["title"])];
        return {
          status: 201,
          value: rowOf(openOne(standIn, { branch, base, title, body: textOf(body["description"]) })),
        };
      }
      const [, number, notes] = /^\/merge_requests\/(\d+)(\/notes)?$/.exec(route) ?? [];
      const one = standIn.requests.find((each) => String(each.number) === number);
      if (one !== undefined && notes !== undefined && method === "POST") {
        one.comments.push(textOf(body["body"]));
        return { status: 201, value: { id: one.comments.length } };
      }
      if (one !== undefined && method === "PUT") {
        if (body["state_event"] === "close") one.state = "closed";
        if (typeof body["title"] === "string") one.title = body["title"];
        if (typeof body["description"] === "string") one.body = body["description"];
        return { value: rowOf(one) };
      }
      const sha = /^\/statuses\/([0-9a-f]+)$/.exec(route)?.[1];
      if (sha !== undefined && method === "POST") return setGitlabStatus(standIn.statuses, repository, sha, body);
      const { approvals, codeOwners, groups = [] } = standIn.rules;
      if (route === "/approval_rules") {
        const rule = {
          id: 1,
          name: "All",
          rule_type: "any_approver",
          approvals_required: approvals,
          eligible_approvers: [],
        };
        return { value: [{ ...rule, groups: groups.map((full_path) => ({ full_path, name: full_path })) }] };
      }
      if (route === "/protected_branches/main")
        return { value: { name: "main", code_owner_approval_required: codeOwners } };
      return undefined;
    },
  );
}
