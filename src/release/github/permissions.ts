/**
 * The permission that each route needs, as an App or a fine-grained token names it; the first pattern that fits.
 * Source: GitHub documentation, permissions required for GitHub Apps.
 */
const PERMISSIONS: readonly (readonly [RegExp, string])[] = [
  [/^POST \/repos\/\{owner\}\/\{repo\}\/actions\//, "Actions: write"],
  [/^GET \/repos\/\{owner\}\/\{repo\}\/actions\//, "Actions: read"],
  [/^POST \/repos\/\{owner\}\/\{repo\}\/deployments/, "Deployments: write"],
  [/^GET \/repos\/\{owner\}\/\{repo\}\/deployments/, "Deployments: read"],
  [/^GET \/repos\/\{owner\}\/\{repo\}\/commits\/\{ref\}\/pulls/, "Pull requests: read"],
  [/^GET \/repos\/\{owner\}\/\{repo\}\/commits\/\{ref\}\/check-runs/, "Checks: read"],
  [/^POST \/repos\/\{owner\}\/\{repo\}\/git\//, "Contents: write, and the rulesets must let its App through"],
  [/^(?:POST|PATCH) \/repos\/\{owner\}\/\{repo\}\/issues/, "Issues: write"],
  [/^GET \/repos\/\{owner\}\/\{repo\}\/issues/, "Issues: read"],
  [/^GET \/orgs\//, "Members: read, of the organisation; the GITHUB_TOKEN of a workflow never has it, an App's can"],
  [/^GET \/apps\//, "Metadata: read"],
  [/./, "Contents: read"],
];

/** The permission that a token needs for a route. */
export const permissionFor = (route: string): string =>
  PERMISSIONS.find(([pattern]) => pattern.test(route))?.[1] ?? "Contents: read";
