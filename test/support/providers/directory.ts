import { createHash } from "node:crypto";

/** Who and what GitHub knows by name: ids are GitHub's numbers. Tests add to it. */
export interface Directory {
  /** Team ids by slug. */
  teams: Map<string, number>;
  /** User ids by login, in lower case. */
  users: Map<string, number>;
  /** Roles in the repository by login, in lower case, whatever gave them: an organisation's base permission, a team. */
  roles: Map<string, string>;
  /** Whether the caller may see who passes a ruleset: GitHub tells callers with write access alone. */
  seesBypass: boolean;
  /** Whether the repository's plan has reviewers and the switch against administrators: not so where it is private, without Enterprise. */
  protects: boolean;
  /** Ids of what a creation took over because it stood there: no provider says so. */
  takenOver: string[];
  /** The id of a repository; every repository exists. */
  repositoryId(name: string): number;
}

/** The people and teams that the example projects name. */
export function startDirectory(): Directory {
  return {
    teams: new Map([
      ["qa-managers", 4_100_101],
      ["uat-managers", 4_100_102],
      ["dev-managers", 4_100_103],
      ["platform", 5_100_201],
      ["shop-owners", 5_100_202],
      ["release-managers", 6_100_301],
      ["risk", 6_100_302],
    ]),
    users: new Map([["octo-qa", 5_100_101]]),
    roles: new Map(),
    seesBypass: true,
    protects: true,
    takenOver: [],
    repositoryId: (name) => createHash("sha256").update(name.toLowerCase()).digest().readUInt32BE(0),
  };
}
