/** What a token may do in a repository it may pull from. Source: ACR repository-scoped permissions. */
export const PULL_ACTIONS = ["content/read", "metadata/read"] as const;

/**
 * A repository, or all below a path: `orders/api` or `orders/*`.
 * ACR takes one wildcard, at the end, behind a slash.
 */
export type RepositoryPattern = string;

const WILDCARD = "/*";

/** True where the pattern stands for the repository. */
export function patternMatches(pattern: RepositoryPattern, repository: string): boolean {
  return pattern.endsWith(WILDCARD) ? repository.startsWith(pattern.slice(0, -1)) : pattern === repository;
}

/** True where one pattern takes in all that the other does. */
function covers(wide: RepositoryPattern, narrow: RepositoryPattern): boolean {
  return wide === narrow || (wide.endsWith(WILDCARD) && narrow.startsWith(wide.slice(0, -1)));
}

/** True where one pattern takes in all of the other, so that listing both says less than it seems. */
export function patternsOverlap(a: RepositoryPattern, b: RepositoryPattern): boolean {
  return covers(a, b) || covers(b, a);
}

/** Pairs of overlapping patterns, in the order given. Sorted neighbours suffice: a prefix sorts before its children. */
export function overlappingPatterns(patterns: readonly RepositoryPattern[]): [RepositoryPattern, RepositoryPattern][] {
  const keys = patterns.map((pattern) => ({ pattern, key: pattern.replace(/\*$/, "") }));
  keys.sort((x, y) => (x.key < y.key ? -1 : x.key > y.key ? 1 : 0));
  const found: [RepositoryPattern, RepositoryPattern][] = [];
  let root = keys[0];
  for (const entry of keys.slice(1)) {
    if (root && patternsOverlap(root.pattern, entry.pattern)) found.push([root.pattern, entry.pattern]);
    else root = entry;
  }
  return found;
}

/** The actions of a scope map that lets its token pull from the given repositories, sorted. */
export function pullScope(patterns: readonly RepositoryPattern[]): string[] {
  return patterns.flatMap((pattern) => PULL_ACTIONS.map((action) => `repositories/${pattern}/${action}`)).sort();
}
