import { z } from "zod";
import { DualRegistryError } from "../../base/errors";
import { type GitOpsRepository, parseGitAddress } from "../../domain/gitops";
import { Github, readRepositoryName } from "../../github/client";
import { setCommitStatus } from "../../github/commitStatus";
import { tokenOf, tokenVariables, type Variables } from "../git/access";
import { apiAddress } from "./apiAddress";
import type { ForgeApi, ForgeRequest, MergeRules, RequestText } from "./types";

const text = z.string().max(1_000);

/** Source: GitHub REST API, "Pulls": the head's repository is null where a fork is gone. */
const pull = z.object({
  number: z.int(),
  html_url: text,
  title: text,
  body: z.string().nullable(),
  head: z.object({ ref: text, repo: z.object({ full_name: text }).nullish() }),
});

/** Source: GitHub REST API, "Repository rules": get rules for a branch, of which one type is read. */
const rule = z.object({
  type: text,
  parameters: z
    .object({
      required_approving_review_count: z.int().optional(),
      require_code_owner_review: z.boolean().optional(),
    })
    .optional(),
});

/** Source: GitHub REST API, "Branch protection", which only administrators may read. */
const protection = z.object({
  required_pull_request_reviews: z
    .object({
      required_approving_review_count: z.int().optional(),
      require_code_owner_reviews: z.boolean().optional(),
    })
    .optional(),
});

/**
 * GitHub's pull requests of a repository.
 *
 * @throws DualRegistryError GITHUB_AUTH without a token, USAGE where the address is of no repository of GitHub's
 */
export function githubForge(repository: GitOpsRepository, env: Variables, onWait: (line: string) => void): ForgeApi {
  const token = tokenOf(repository, env);
  if (token === undefined) {
    const names = tokenVariables(repository).join(" or ");
    throw new DualRegistryError("GITHUB_AUTH", `No login to GitHub for ${repository.address}; put a token in ${names}`);
  }
  const path = repository.project ?? parseGitAddress(repository.address)?.path ?? "";
  const name = readRepositoryName(path, `gitops: ${repository.address}: project`);
  const github = new Github({ repository: name, token, onWait, url: apiAddress(repository) });
  const requestOf = ({ number, html_url: url, title, body, head }: z.infer<typeof pull>): ForgeRequest => ({
    ...{ number, url, title, body: body ?? "", branch: head.ref },
  });
  const own = ({ head }: z.infer<typeof pull>) => head.repo?.full_name.toLowerCase() === github.name.toLowerCase();
  const list = async (base: string, more: Readonly<Record<string, string>> = {}) => {
    const query = { state: "open", base, ...more };
    return (await github.list("GET /repos/{owner}/{repo}/pulls", query, pull)).filter(own).map(requestOf);
  };
  return {
    ownerFiles: [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"],
    openRequests: async (base, prefix) => (await list(base)).filter(({ branch }) => branch.startsWith(prefix)),
    open: async (branch, base, { title, body }) => {
      try {
        const made = { head: branch, base, title, body, maintainer_can_modify: false };
        return requestOf(await github.call("POST /repos/{owner}/{repo}/pulls", made, pull));
      } catch (error) {
        if (!(error instanceof DualRegistryError) || error.code !== "GITHUB_REFUSED") throw error;
        // The answer to an earlier try may have got lost.
        const there = await list(base, { head: `${github.repository.owner}:${branch}` });
        const request = there.find((each) => each.branch === branch);
        if (request === undefined) throw error;
        return request;
      }
    },
    update: async ({ number }, { title, body }: RequestText) => {
      const route = "PATCH /repos/{owner}/{repo}/pulls/{pull_number}";
      await github.call(route, { pull_number: number, title, body }, z.unknown());
    },
    close: async ({ number }, comment) => {
      const comments = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
      await github.call(comments, { issue_number: number, body: comment }, z.unknown());
      const route = "PATCH /repos/{owner}/{repo}/pulls/{pull_number}";
      await github.call(route, { pull_number: number, state: "closed" }, z.unknown());
    },
    mergeRules: (base) => mergeRules(github, base),
    setStatus: (status) => setCommitStatus(github, status),
  };
}

async function mergeRules(github: Github, branch: string): Promise<MergeRules> {
  try {
    const rules = await github.list("GET /repos/{owner}/{repo}/rules/branches/{branch}", { branch }, rule);
    const reviews = rules.flatMap(({ type, parameters }) =>
      type === "pull_request" && parameters ? [parameters] : [],
    );
    const approvals = Math.max(0, ...reviews.map((each) => each.required_approving_review_count ?? 0));
    const codeOwners = reviews.some((each) => each.require_code_owner_review === true);
    if (approvals > 0 || codeOwners) return { approvals: Math.max(1, approvals), codeOwners, by: [] };
  } catch (error) {
    if (!(error instanceof DualRegistryError)) throw error;
    return { unread: error.message };
  }
  return classicRules(github, branch);
}

async function classicRules(github: Github, branch: string): Promise<MergeRules> {
  try {
    const route = "GET /repos/{owner}/{repo}/branches/{branch}/protection";
    const found = await github.find(route, { branch }, protection);
    const reviews = found?.required_pull_request_reviews;
    const codeOwners = reviews?.require_code_owner_reviews ?? false;
    const approvals = reviews?.required_approving_review_count ?? 0;
    return { approvals: codeOwners ? Math.max(1, approvals) : approvals, codeOwners, by: [] };
  } catch (error) {
    if (!(error instanceof DualRegistryError)) throw error;
    return { unread: `no ruleset asks for an approval, and ${error.message}` };
  }
}
