import type { Input, Resource } from "@pulumi/pulumi";
import { RepositoryCollaborator } from "@pulumi/github/repositoryCollaborator";
import { TeamRepository } from "@pulumi/github/teamRepository";

/** A team by slug or a user by login; both are part of resource names, so plain text. */
export type ReviewerArgs = { team: string; id: Input<number> } | { user: string; id: Input<number> };

/**
 * Gives reviewers the least access that lets them review: read.
 * A team or user that has more keeps it only if this project does not hold the access; see docs/bootstrap.md.
 */
export function makeAccess(
  name: string,
  reviewers: readonly ReviewerArgs[],
  repository: Input<string>,
  parent: Resource,
): Resource[] {
  return reviewers.map((reviewer) =>
    "team" in reviewer
      ? new TeamRepository(
          `${name}-team-${reviewer.team}`,
          { repository, teamId: reviewer.team, permission: "pull" },
          { parent },
        )
      : new RepositoryCollaborator(
          `${name}-user-${reviewer.user}`,
          { repository, username: reviewer.user, permission: "pull" },
          { parent },
        ),
  );
}
