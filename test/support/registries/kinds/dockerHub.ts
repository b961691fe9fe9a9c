import { type ApiStandIn, startApi } from "./apiStandIn";

/** What Docker Hub holds: one repository. Source: Docker Hub API reference, `repository_info`, `immutable_tags_settings`. */
export interface HubState {
  isPrivate: boolean;
  immutable?: { enabled: boolean; rules: string[] };
  /** Whether the login is good. */
  known: boolean;
}

/** Docker Hub's interface of the repository company/web. */
export const startHub = (state: HubState): Promise<ApiStandIn> =>
  startApi(({ method, path, headers }) => {
    if (method === "POST" && path === "/v2/auth/token") {
      return state.known
        ? { status: 200, body: { access_token: "jwt-of-a-test" } }
        : { status: 401, body: { detail: "Incorrect authentication credentials" } };
    }
    const known = headers.authorization === "Bearer jwt-of-a-test";
    if (path !== "/v2/namespaces/company/repositories/web" || (state.isPrivate && !known)) {
      return { status: 404, body: { message: "httperror 404: object not found" } };
    }
    const { isPrivate, immutable } = state;
    const body = { name: "web", namespace: "company", repository_type: "image", is_private: isPrivate };
    return { status: 200, body: { ...body, ...(immutable && { immutable_tags_settings: immutable }) } };
  });
