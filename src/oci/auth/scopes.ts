/**
 * What a token may do: `type:name:action[,action]`, such as `repository:orders/api:pull,push`.
 * Source: distribution's token scope documentation.
 */
export type Scope = string;

const FORM = /^[a-z][a-z0-9-]*(?:\([a-z0-9-]+\))?:[A-Za-z0-9][\w./:-]{0,300}:(?:\*|[a-z_]+)(?:,(?:\*|[a-z_]+))*$/;

/** The scope of a repository. */
export const repositoryScope = (path: string, ...actions: readonly string[]): Scope =>
  `repository:${path}:${actions.join(",")}`;

/** The scopes a server names, those of a readable form; at most 20. */
export function parseScopes(text: string | undefined): Scope[] {
  return (text ?? "")
    .split(" ")
    .filter((scope) => FORM.test(scope))
    .slice(0, 20);
}

/** One scope for each resource with the actions of all, sorted: equal wishes give equal texts. */
export function mergeScopes(...lists: readonly (readonly Scope[])[]): Scope[] {
  const actions = new Map<string, Set<string>>();
  for (const scope of lists.flat()) {
    const cut = scope.lastIndexOf(":");
    const known = actions.get(scope.slice(0, cut)) ?? new Set();
    for (const action of scope.slice(cut + 1).split(",")) known.add(action);
    actions.set(scope.slice(0, cut), known);
  }
  return [...actions].map(([resource, set]) => `${resource}:${[...set].sort().join(",")}`).sort();
}

/** True where a token for `granted` does for `wanted`. */
export function covers(granted: readonly Scope[], wanted: readonly Scope[]): boolean {
  const both = mergeScopes(granted, wanted);
  const had = mergeScopes(granted);
  return both.length === had.length && both.every((scope, index) => scope === had[index]);
}
