import { z } from "zod";
import { escapeUnsafe } from "../base/text/unsafe";
import type { Github } from "./client";

/** What is said of a commit, under a name that a branch rule or a promoter asks for. */
export interface CommitStatus {
  /** The whole commit. */
  commit: string;
  context: string;
  state: "pending" | "success" | "failure" | "error";
  /** One line; what is longer than GitHub takes is cut. */
  description: string;
}

/** Source: GitHub documentation, REST API, "Create a commit status". */
const MAX_DESCRIPTION = 140;

/** Says it, over what was said under that name before. @throws DualRegistryError as {@link Github} does */
export async function setCommitStatus(github: Github, status: CommitStatus): Promise<void> {
  const { commit: sha, context, state } = status;
  const description = escapeUnsafe(status.description).slice(0, MAX_DESCRIPTION);
  await github.call("POST /repos/{owner}/{repo}/statuses/{sha}", { sha, context, state, description }, z.unknown());
}
