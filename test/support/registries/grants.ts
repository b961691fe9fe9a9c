/** What a token may be good for. */
export type Action = "pull" | "push" | "delete" | "metadata_read" | "metadata_write" | "*";

/** Actions on every repository whose whole path matches. */
export interface Grant {
  repository: RegExp;
  actions: readonly Action[];
}

/** One entry of a token's `access` claim. Source: Distribution, "Docker Registry v2 authentication specification". */
export interface Access {
  type: string;
  name: string;
  actions: string[];
}

/** Reads `repository:orders/api:pull,push`; several stand apart by spaces, or in several parameters. */
export function readScopes(scopes: readonly string[]): Access[] {
  return scopes
    .flatMap((scope) => scope.split(" "))
    .filter((scope) => scope !== "")
    .map((scope) => {
      const [type = "", ...rest] = scope.split(":");
      const actions = (rest.pop() ?? "").split(",");
      return { type, name: rest.join(":"), actions };
    });
}

/** What is granted of what is asked for: fewer actions, never an error, as the specification wants it. */
export function grantedOf(asked: readonly Access[], grants: readonly Grant[]): Access[] {
  return asked.map(({ type, name, actions }) => {
    const has = (action: string): boolean =>
      grants.some(
        (grant) => isWhole(grant.repository, name) && grant.actions.some((own) => own === "*" || own === action),
      );
    return { type, name, actions: actions.filter(has) };
  });
}

const isWhole = (pattern: RegExp, name: string): boolean => new RegExp(`^(?:${pattern.source})$`).test(name);
