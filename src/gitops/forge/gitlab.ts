import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { DualRegistryError } from "../../base/errors";
import { parseJson } from "../../base/json";
import { retry } from "../../base/retry";
import { displayUrl, quoted } from "../../base/text/quote";
import { escapeUnsafe } from "../../base/text/unsafe";
import { type GitOpsRepository, parseGitAddress } from "../../domain/gitops";
import type { CommitStatus } from "../../github/commitStatus";
import { secretsOfRepository, tokenOf, tokenVariables, type Variables } from "../git/access";
import { apiAddress } from "./apiAddress";
import type { ForgeApi, ForgeRequest, MergeRules } from "./types";

const text = z.string().max(1_000);

/** Source: GitLab REST API, "Merge requests API": list project merge requests. */
const mergeRequest = z.object({
  iid: z.int(),
  web_url: text,
  title: text,
  description: z.string().nullish(),
  source_branch: text,
  project_id: z.int(),
  source_project_id: z.int().nullish(),
});

/** Source: GitLab REST API, "Merge request approvals API": list all approval rules for a project. */
const approvalRule = z.object({
  name: text,
  rule_type: text.optional(),
  approvals_required: z.int(),
  eligible_approvers: z.array(z.object({ username: text })).optional(),
  groups: z.array(z.object({ full_path: text.optional(), name: text })).optional(),
  protected_branches: z.array(z.object({ name: text })).optional(),
  applies_to_all_protected_branches: z.boolean().optional(),
});

/** Source: GitLab REST API, "Protected branches API": get a single protected branch. */
const protectedBranch = z.object({ code_owner_approval_required: z.boolean().optional() });

/** Milliseconds for an answer; pages of a list, and bytes of one. */
const LIMITS = { time: 30_000, pages: 50, bytes: 16 * 1024 * 1024 } as const;

interface Asked {
  method?: "GET" | "POST" | "PUT";
  body?: Readonly<Record<string, unknown>>;
}

/** GitLab's interface for one project. What is sent goes to its address alone, and no redirect is followed. */
class Gitlab {
  private readonly root: string;

  constructor(
    private readonly repository: GitOpsRepository,
    private readonly env: Variables,
    private readonly token: string,
  ) {
    const address = parseGitAddress(repository.address);
    this.root = `${apiAddress(repository)}/projects/${encodeURIComponent(repository.project ?? address?.path ?? "")}`;
  }

  /** @returns undefined for 404 of something that need not be there */
  async call<T>(path: string, schema: z.ZodType<T>, asked: Asked = {}): Promise<{ value: T; next: string }> {
    const { method = "GET", body } = asked;
    const what = `GitLab: ${method} ${displayUrl(new URL(`${this.root}${path}`))}`;
    const secrets = secretsOfRepository(this.repository, this.env);
    const send = async () => {
      const response = await fetch(`${this.root}${path}`, {
        method,
        redirect: "manual",
        signal: AbortSignal.timeout(LIMITS.time),
        headers: { "private-token": this.token, "content-type": "application/json", accept: "application/json" },
        ...(body && { body: JSON.stringify(body) }),
      });
      const answer = Buffer.from(await response.arrayBuffer());
      if (response.status >= 500 || response.status === 429) throw new Error(`answered with ${response.status}`);
      return { response, answer };
    };
    const { response, answer } = await retry(send, {
      attempts: method === "POST" ? 1 : 3,
      retryable: (error) => error instanceof Error,
      pause: (failures) => 500 * failures,
    }).catch((cause: unknown) => {
      const why = secrets.scrub(cause instanceof Error ? cause.message : String(cause));
      throw new DualRegistryError("GIT_UNAVAILABLE", `${what}: ${quoted(why)}; try again`, {
        cause: secrets.scrubError(cause),
      });
    });
    if (response.status >= 300)
      throw refusal(what, response.status, secrets.scrub(answer.toString("utf8")), this.repository);
    if (answer.length > LIMITS.bytes)
      throw new DualRegistryError("GIT_UNAVAILABLE", `${what}: the answer is too large`);
    const read = decode(schema, parseJson(answer, what));
    if (read.success) return { value: read.data, next: response.headers.get("x-next-page") ?? "" };
    const [issue] = read.error.issues;
    const where = issue?.path.map(String).join(".") ?? "";
    throw new DualRegistryError("GIT_UNAVAILABLE", `${what}: another form: ${where}: ${issue?.message ?? ""}`);
  }

  async list<T>(path: string, row: z.ZodType<T>): Promise<T[]> {
    const rows: T[] = [];
    let page = "1";
    for (let count = 0; page !== ""; count++) {
      if (count >= LIMITS.pages) throw new DualRegistryError("GIT_REFUSED", `GitLab: ${path} has too many pages`);
      const joint = path.includes("?") ? "&" : "?";
      const { value, next } = await this.call(`${path}${joint}per_page=100&page=${page}`, z.array(row));
      rows.push(...value);
      page = /^\d{1,6}$/.test(next) ? next : "";
    }
    return rows;
  }
}

function refusal(what: string, status: number, said: string, repository: GitOpsRepository): DualRegistryError {
  const words = `${what} was answered with ${status}: ${quoted(said, 300)}`;
  const names = tokenVariables(repository).join(" or ");
  if (status === 401 || status === 403) {
    return new DualRegistryError(
      "GIT_AUTH",
      `${words}; the token in ${names} needs the scope api and the role Developer`,
    );
  }
  if (status === 404)
    return new DualRegistryError("NOT_FOUND", `${words}; it is not there, or the token may not see it`);
  return new DualRegistryError("GIT_REFUSED", words);
}

/** GitLab's merge requests of a project; undefined without a token, since then push options must do. */
export function gitlabForge(repository: GitOpsRepository, env: Variables): ForgeApi | undefined {
  const token = tokenOf(repository, env);
  if (token === undefined) return undefined;
  const gitlab = new Gitlab(repository, env, token);
  const requestOf = (each: z.infer<typeof mergeRequest>): ForgeRequest => ({
    ...{ number: each.iid, url: each.web_url, title: each.title, body: each.description ?? "" },
    branch: each.source_branch,
  });
  const list = async (base: string, more = "") => {
    const query = `?state=opened&target_branch=${encodeURIComponent(base)}${more}`;
    const rows = await gitlab.list(`/merge_requests${query}`, mergeRequest);
    return rows.filter((each) => each.source_project_id === each.project_id).map(requestOf);
  };
  return {
    // Source: GitLab documentation, "Code Owners": the first of these that is there.
    ownerFiles: ["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"],
    openRequests: async (base, prefix) => (await list(base)).filter(({ branch }) => branch.startsWith(prefix)),
    open: async (branch, base, { title, body }) => {
      const made = { source_branch: branch, target_branch: base, title, description: body, remove_source_branch: true };
      try {
        const { value } = await gitlab.call("/merge_requests", mergeRequest, { method: "POST", body: made });
        return requestOf(value);
      } catch (error) {
        if (!(error instanceof DualRegistryError) || error.code === "GIT_AUTH") throw error;
        const there = await list(base, `&source_branch=${encodeURIComponent(branch)}`);
        const request = there.find((each) => each.branch === branch);
        if (request === undefined) throw error;
        return request;
      }
    },
    update: async ({ number }, { title, body }) => {
      const change = { title, description: body };
      await gitlab.call(`/merge_requests/${number}`, z.unknown(), { method: "PUT", body: change });
    },
    close: async ({ number }, comment) => {
      await gitlab.call(`/merge_requests/${number}/notes`, z.unknown(), { method: "POST", body: { body: comment } });
      await gitlab.call(`/merge_requests/${number}`, z.unknown(), { method: "PUT", body: { state_event: "close" } });
    },
    mergeRules: (base) => mergeRules(gitlab, base),
    setStatus: (status) => setStatus(gitlab, status),
  };
}

/** Source: GitLab REST API, "Commits API": set commit pipeline status. It has no word for a check that did not end. */
const STATES = { pending: "pending", success: "success", failure: "failed", error: "failed" } as const;

/** Source: the same; what is longer is refused. */
const MAX_DESCRIPTION = 255;

/**
 * GitLab takes no status twice while its check runs: where a run was killed before it ended, the next one finds it pending.
 * Source: gitlab-org/gitlab-foss#25807.
 */
const PENDING_ALREADY = /Cannot transition status via :enqueue from :(?:pending|running)/;

async function setStatus(gitlab: Gitlab, { commit, context, state, description }: CommitStatus): Promise<void> {
  const body = {
    state: STATES[state],
    name: context,
    description: escapeUnsafe(description).slice(0, MAX_DESCRIPTION),
  };
  try {
    await gitlab.call(`/statuses/${commit}`, z.unknown(), { method: "POST", body });
  } catch (error) {
    const known = error instanceof DualRegistryError && error.code === "GIT_REFUSED" && state === "pending";
    if (!known || !PENDING_ALREADY.test(error.message)) throw error;
  }
}

/** Approval rules are of GitLab's paid plans: elsewhere the question is refused, and nobody must approve. */
async function mergeRules(gitlab: Gitlab, branch: string): Promise<MergeRules> {
  try {
    const rules = (await gitlab.list("/approval_rules", approvalRule)).filter(
      ({ protected_branches: branches = [], applies_to_all_protected_branches: all }) =>
        all === true || branches.length === 0 || branches.some(({ name }) => name === branch),
    );
    const by = rules
      .filter((rule) => rule.approvals_required > 0)
      .flatMap(({ groups = [], eligible_approvers: people = [] }) =>
        groups.length > 0
          ? groups.map((group) => `@${group.full_path ?? group.name}`)
          : people.map(({ username }) => `@${username}`),
      );
    const approvals = rules.reduce((sum, rule) => sum + rule.approvals_required, 0);
    const path = `/protected_branches/${encodeURIComponent(branch)}`;
    const codeOwners = await gitlab
      .call(path, protectedBranch)
      .then(({ value }) => value.code_owner_approval_required === true)
      .catch((error: unknown) => {
        if (error instanceof DualRegistryError && error.code === "NOT_FOUND") return false;
        throw error;
      });
    return { approvals: codeOwners ? Math.max(1, approvals) : approvals, codeOwners, by: [...new Set(by)].sort() };
  } catch (error) {
    if (!(error instanceof DualRegistryError)) throw error;
    return { unread: error.message };
  }
}
