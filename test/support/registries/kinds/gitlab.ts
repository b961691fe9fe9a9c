import { type ApiStandIn, startApi } from "./apiStandIn";

/** What a GitLab holds: one project. Source: GitLab, "Projects API". */
export interface GitlabState {
  token: string;
  path: string;
  visibility: "private" | "internal" | "public";
  access: "disabled" | "private" | "enabled";
  cleanup: Record<string, unknown>;
  /** Source: GitLab, "Container registry protection tag rules API". */
  rules: {
    id: number;
    tag_name_pattern: string;
    minimum_access_level_for_push: string | null;
    minimum_access_level_for_delete: string | null;
  }[];
}

export const newGitlabState = (): GitlabState => ({
  ...{ token: "token-of-a-test", path: "company/orders", visibility: "private", access: "enabled" },
  ...{ cleanup: { enabled: false, cadence: "1d", keep_n: 10, older_than: "90d", name_regex: ".*" }, rules: [] },
});

const NOT_FOUND = { status: 404, body: { message: "404 Project Not Found" } };

/** GitLab's interface of one project: what one may not see is not found. */
export const startGitlab = (state: GitlabState): Promise<ApiStandIn> =>
  startApi(({ path, headers }) => {
    if (path.startsWith("/v2/")) return { status: 401, body: { errors: [] } };
    const member = headers["private-token"] === state.token;
    if (headers["private-token"] !== undefined && !member)
      return { status: 401, body: { message: "401 Unauthorized" } };
    if (path === "/api/v4/personal_access_tokens/self" && member) {
      return { status: 200, body: { id: 1, scopes: ["read_api"], active: true, expires_at: "2027-06-30" } };
    }
    if (path === "/api/v4/projects/9/registry/protection/tag/rules" && member)
      return { status: 200, body: state.rules };
    const named = path === `/api/v4/projects/${encodeURIComponent(state.path)}`;
    if (!named || (!member && state.visibility !== "public")) return NOT_FOUND;
    const namespace = { id: 2, kind: "group", full_path: "company" };
    const seen = { id: 9, path_with_namespace: state.path, visibility: state.visibility, namespace };
    // Who is no member is not told of the cleanup.
    const own = { container_registry_access_level: state.access, container_expiration_policy: state.cleanup };
    return { status: 200, body: member ? { ...seen, ...own } : seen };
  });
