import { type ApiStandIn, startApi } from "./apiStandIn";

/** A policy of immutability. Source: quay/quay, data/model/immutability.py, get_view. */
interface Immutability {
  uuid: string;
  tagPattern: string;
  tagPatternMatches: boolean;
}

/** A policy of auto-pruning. Source: quay/quay, endpoints/api/policy.py. */
interface Prune {
  uuid: string;
  method: "number_of_tags" | "creation_date";
  value: number | string;
  tagPattern: string | null;
  tagPatternMatches: boolean;
}

/** What a Quay holds, of one organization. */
export interface QuayState {
  /** The token that may do everything. */
  token: string;
  organization: string;
  repositories: Record<string, { isPublic: boolean; immutability: Immutability[]; prune: Prune[] }>;
  immutability: Immutability[];
  prune: Prune[];
  /** Whether FEATURE_IMMUTABLE_TAGS is on: without it the interface is not there. */
  immutableTags: boolean;
}

export const newQuayState = (): QuayState => ({
  ...{ token: "oauth-token-of-a-test", organization: "company", immutableTags: true, immutability: [], prune: [] },
  repositories: { "orders/web": { isPublic: false, immutability: [], prune: [] } },
});

const error = (status: number, title: string) => ({
  // Source: quay/quay, endpoints/exception.py, ApiException.
  ...{ status },
  body: { detail: title, error_message: title, error_type: title, title, type: "/api/v1/error/x", status },
});

/** Quay's interface of settings. Sources: quay/quay, endpoints/api: repository.py, policy.py, immutability_policy.py. */
export async function startQuay(state: QuayState): Promise<ApiStandIn> {
  return startApi(({ path, headers }) => {
    const admin = headers.authorization === `Bearer ${state.token}`;
    if (path.startsWith("/v2/")) return { status: 401, body: { errors: [] } };
    const [, organization, what] = /^\/api\/v1\/organization\/([^/]+)\/(\w+)\/$/.exec(path) ?? [];
    const [, namespace, name = "", detail] =
      /^\/api\/v1\/repository\/([^/]+)\/(.+?)(?:\/(immutabilitypolicy|autoprunepolicy)\/)?$/.exec(path) ?? [];
    if ((what ?? detail) === "immutabilitypolicy" && !state.immutableTags)
      return { status: 404, body: "404 page not found" };
    if (organization !== undefined) {
      if (!admin) return error(403, "insufficient_scope");
      if (organization !== state.organization) return error(404, "not_found");
      return { status: 200, body: { policies: what === "autoprunepolicy" ? state.prune : state.immutability } };
    }
    const repository = namespace === state.organization ? state.repositories[name] : undefined;
    if (repository === undefined) return error(admin ? 404 : 401, admin ? "not_found" : "invalid_token");
    if (!admin && (detail !== undefined || !repository.isPublic)) return error(401, "invalid_token");
    if (detail === "immutabilitypolicy") return { status: 200, body: { policies: repository.immutability } };
    if (detail === "autoprunepolicy") return { status: 200, body: { policies: repository.prune } };
    const body = {
      namespace,
      name,
      kind: "image",
      is_public: repository.isPublic,
      is_organization: true,
      state: "NORMAL",
    };
    return { status: 200, body };
  });
}
