/** A path of the registry, taken apart. */
export interface AcrAddress {
  /** `v2` the distribution API, `acr` the one of attributes. */
  api: "v2" | "acr";
  repository: string;
  /** `manifests`, `blobs`, `tags`, `referrers`; for `acr`: `_tags`, `_manifests`, or nothing for the repository. */
  kind: string;
  /** A tag, a digest, or what follows; empty for a list. */
  reference: string;
}

/** Reads a path; slashes of a repository may come as `%2F`. `undefined` where it names no repository. */
export function readAddress(pathname: string): AcrAddress | undefined {
  const path = decodeURIComponent(pathname);
  const v2 = /^\/v2\/(.+?)\/(manifests|blobs|tags|referrers)\/(.+)$/.exec(path);
  if (v2) return { api: "v2", repository: v2[1] ?? "", kind: v2[2] ?? "", reference: v2[3] ?? "" };
  const acr = /^\/acr\/v1\/(.+?)(?:\/(_tags|_manifests)(?:\/(.+))?)?$/.exec(path);
  if (acr && acr[1] !== "_catalog")
    return { api: "acr", repository: acr[1] ?? "", kind: acr[2] ?? "", reference: acr[3] ?? "" };
  return undefined;
}

/**
 * The actions that a request needs, each of them. Sources: Microsoft, "Repository-scoped permissions" (actions of scope
 * maps), and for the attributes the challenges recorded by the Azure SDK's tests.
 */
export function neededActions(method: string, { api }: AcrAddress): string[] {
  if (method === "DELETE") return ["delete"];
  if (api === "acr") return [method === "PATCH" ? "metadata_write" : "metadata_read"];
  // Tags are listed for whoever may pull: that is what clients ask for, and they are served.
  return method === "GET" || method === "HEAD" ? ["pull"] : ["pull", "push"];
}
