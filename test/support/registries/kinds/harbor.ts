import { type ApiStandIn, startApi } from "./apiStandIn";

interface Selector {
  kind: "doublestar";
  decoration: string;
  pattern: string;
  extras?: string;
}

/** A rule of a project. Source: goharbor/harbor, api/v2.0/swagger.yaml, ImmutableRule. */
export interface HarborRule {
  id: number;
  disabled: boolean;
  action: string;
  template: string;
  tag_selectors: Selector[];
  scope_selectors: { repository: Selector[] };
  params?: Record<string, number>;
}

/** What a Harbor holds, of one project. */
export interface HarborState {
  login: string;
  project: string;
  public: boolean;
  immutable: HarborRule[];
  retention?: { cron: string; rules: HarborRule[] };
  /** Whether the robot may look at rules. */
  rules: boolean;
}

export const newHarborState = (): HarborState => ({
  ...{ login: "robot$company+check:secret-of-a-test", project: "company", public: false, immutable: [], rules: true },
});

/** A rule for these tags of these repositories. */
export const harborRule = (
  pattern: string,
  {
    id = 1,
    template = "immutable_template",
    repositories = "**",
    ...rest
  }: Partial<HarborRule> & { repositories?: string } = {},
): HarborRule => ({
  ...{ id, disabled: false, action: "immutable", template },
  tag_selectors: [{ kind: "doublestar", decoration: "matches", pattern }],
  scope_selectors: { repository: [{ kind: "doublestar", decoration: "repoMatches", pattern: repositories }] },
  ...rest,
});

const error = (status: number, code: string) => ({ status, body: { errors: [{ code, message: code.toLowerCase() }] } });

/** Harbor's interface of projects. Source: goharbor/harbor, api/v2.0/swagger.yaml. A page holds at most 100 rows. */
export async function startHarbor(state: HarborState): Promise<ApiStandIn> {
  const basic = `Basic ${Buffer.from(state.login).toString("base64")}`;
  return startApi(({ path, query, headers }) => {
    if (path.startsWith("/v2/")) {
      return { ...error(401, "UNAUTHORIZED"), headers: { "www-authenticate": 'Basic realm="harbor"' } };
    }
    const known = headers.authorization === basic;
    if (headers.authorization !== undefined && !known) return error(401, "UNAUTHORIZED");
    const named = headers["x-is-resource-name"] === "true";
    if (path === `/api/v2.0/projects/${state.project}` && named) {
      if (!known && !state.public) return error(401, "UNAUTHORIZED");
      const metadata = {
        ...{ public: String(state.public), auto_scan: "true" },
        ...(state.retention && { retention_id: "4" }),
      };
      return { status: 200, body: { project_id: 7, name: state.project, owner_name: "platform", metadata } };
    }
    if (path.startsWith("/api/v2.0/projects/7/") || path.startsWith("/api/v2.0/retentions/")) {
      if (!known) return error(401, "UNAUTHORIZED");
      if (!state.rules) return error(403, "FORBIDDEN");
    }
    if (path === "/api/v2.0/projects/7/immutabletagrules") {
      const size = Math.min(Number(query.get("page_size") ?? 10), 100);
      const first = (Number(query.get("page") ?? 1) - 1) * size;
      const body = state.immutable.slice(first, first + size);
      return { status: 200, body, headers: { "x-total-count": String(state.immutable.length) } };
    }
    if (path === "/api/v2.0/retentions/4" && state.retention !== undefined) {
      const { cron, rules } = state.retention;
      const trigger = { kind: "Schedule", settings: { cron } };
      return { status: 200, body: { id: 4, algorithm: "or", rules, trigger, scope: { level: "project", ref: 7 } } };
    }
    return error(known ? 404 : 401, known ? "NOT_FOUND" : "UNAUTHORIZED");
  });
}
