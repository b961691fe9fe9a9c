import type { GitOpsRepository } from "../../domain/gitops";
import type { Variables } from "../git/access";
import { githubForge } from "./github";
import { gitlabForge } from "./gitlab";
import type { ForgeApi } from "./types";

export type { ForgeApi, ForgeRequest, MergeRules, RequestText } from "./types";

/**
 * The requests of a repository; undefined for one of GitLab's without a token, where push options open them.
 *
 * @throws DualRegistryError GITHUB_AUTH without a token of GitHub's, USAGE
 */
export const openForge = (
  repository: GitOpsRepository,
  env: Variables,
  onWait: (line: string) => void,
): ForgeApi | undefined =>
  repository.forge === "github" ? githubForge(repository, env, onWait) : gitlabForge(repository, env);
