import { reportProblems } from "../base/decode/problems";
import { salvage } from "../base/decode/salvage";
import { DualRegistryError } from "../base/errors";
import { fieldAt } from "../base/json";
import { type BranchRule, DEFAULT_BRANCHES } from "../domain/image/branchVersion";
import type { VersionScheme } from "../domain/image/version";
import { type ProjectFile, projectValue, SHARED_FILE } from "../project";
import { branches, checkBranches } from "./branches";
import { versionPrefix } from "./images";
import { readStageList } from "./stages";

/**
 * How the product writes its versions: the stages, and the prefix that Pulumi.yaml names.
 *
 * @throws DualRegistryError CONFIG_INVALID for stages or a prefix that are none
 */
export function readVersionScheme(project: ProjectFile): VersionScheme {
  const raw = fieldAt(projectValue(project, "product"), "versionPrefix");
  const { value, problems } = salvage(versionPrefix, raw, "product.versionPrefix", SHARED_FILE);
  if (value === undefined) throw new DualRegistryError("CONFIG_INVALID", reportProblems(problems));
  return { stages: readStageList(project).stages, versionPrefix: value };
}

/**
 * Which form the versions of each branch have, as Pulumi.yaml says alone: no stage file need be there.
 *
 * @throws DualRegistryError CONFIG_INVALID for a table that is none
 */
export function readBranchRules(project: ProjectFile): readonly BranchRule[] {
  const raw = projectValue(project, "branches");
  if (raw === undefined) return DEFAULT_BRANCHES;
  const { value, problems } = salvage(branches, raw, "branches", SHARED_FILE);
  const wrong = [...problems, ...checkBranches(value ?? [])];
  if (value === undefined || wrong.length > 0) throw new DualRegistryError("CONFIG_INVALID", reportProblems(wrong));
  return value;
}

/** Whether releases are signed off on GitHub, as they are unless `gates.off` says where else. */
export const hasGates = (project: ProjectFile): boolean => fieldAt(projectValue(project, "gates"), "off") === undefined;
