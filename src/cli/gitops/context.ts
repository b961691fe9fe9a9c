import { DualRegistryError } from "../../base/errors";
import { checkStageName, readGitOps } from "../../config";
import type { GitOpsConfig } from "../../domain/gitops";
import { type Stage, stageOfAlias, type Stages } from "../../domain/stage";
import { readProjectFile } from "../../project";
import { REGISTRY_EXITS } from "../options";

/** Where tokens come from, behind the words on registries. */
export const GIT_EXITS = `${REGISTRY_EXITS}
GitHub: GITHUB_TOKEN or GH_TOKEN; GitLab: GITLAB_TOKEN, without which push options open the request; or the variable
that gitops.repositories names. git's own login serves where there is none.`;

/**
 * What Pulumi.yaml says in `gitops`.
 *
 * @throws DualRegistryError CONFIG_INVALID, also where it says nothing of it
 */
export function requireGitOps(folder: string): GitOpsConfig {
  const config = readGitOps(readProjectFile(folder));
  if (config !== undefined) return config;
  throw new DualRegistryError(
    "CONFIG_INVALID",
    "Pulumi.yaml: gitops: missing; name the repositories and releases that are deployed from, as README.md says",
  );
}

/** A stage by its name, or another name of it, such as `staging`. @throws DualRegistryError USAGE */
export const namedStage = (name: string, stages: Stages): Stage =>
  stageOfAlias(name, stages) ?? checkStageName(name, stages);
