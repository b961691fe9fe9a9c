import { resolve } from "node:path";
import { hasGates, readBranchRules, readVersionScheme } from "../../config";
import type { BranchRule } from "../../domain/image/branchVersion";
import type { VersionScheme } from "../../domain/image/version";
import { readProjectFile } from "../../project";
import { type Clone, openClone } from "../../versions/repository";
import type { Io } from "../io";

/** What these commands know of the product, from Pulumi.yaml alone. */
export interface VersionContext {
  scheme: VersionScheme;
  branches: readonly BranchRule[];
  /** Whether releases are signed off on GitHub. */
  gated: boolean;
}

/** @throws DualRegistryError CONFIG_INVALID, also where there is no Pulumi.yaml */
export function readVersionContext({ project }: { project: string }, { cwd }: Pick<Io, "cwd">): VersionContext {
  const file = readProjectFile(resolve(cwd, project));
  return { scheme: readVersionScheme(file), branches: readBranchRules(file), gated: hasGates(file) };
}

/** The clone that the project stands in. @throws DualRegistryError USAGE */
export const cloneOf = ({ project }: { project: string }, { cwd }: Pick<Io, "cwd">): Promise<Clone> =>
  openClone(resolve(cwd, project));
