import { type ApiStandIn, startApi } from "./apiStandIn";

/** What Artifact Registry holds: one repository. Source: Google Cloud, "REST Resource: projects.locations.repositories". */
export interface GarState {
  token: string;
  name: string;
  repository: Record<string, unknown>;
  bindings: { role: string; members: string[] }[];
  /** Whether the identity may read the IAM policy. */
  mayReadPolicy: boolean;
}

export const newGarState = (): GarState => ({
  ...{ token: "ya29.of-a-test", name: "projects/shop/locations/europe-west3/repositories/images", mayReadPolicy: true },
  ...{ repository: { format: "DOCKER", mode: "STANDARD_REPOSITORY" }, bindings: [] },
});

/** Source: Google Cloud, "Errors", HTTP mapping: a status object. */
const error = (code: number, status: string) => ({
  status: code,
  body: { error: { code, message: `Permission denied on resource (or it may not exist): ${status}`, status } },
});

/** Artifact Registry's interface of one repository. */
export const startGar = (state: GarState): Promise<ApiStandIn> =>
  startApi(({ path, headers }) => {
    if (headers.authorization !== `Bearer ${state.token}`) return error(401, "UNAUTHENTICATED");
    const { name } = state;
    if (path === `/v1/${name}`) return { status: 200, body: { name, ...state.repository } };
    if (path === `/v1/${name}:getIamPolicy` && state.mayReadPolicy) {
      return { status: 200, body: { version: 1, etag: "BwXhqDSzJ6c=", bindings: state.bindings } };
    }
    // What one may not see and what is not there are answered alike.
    return error(403, "PERMISSION_DENIED");
  });
