import { type BranchRule, matchesBranch } from "./branchVersion";
import { isStage, stageOfAlias, type Stages } from "../stage";
import type { RegistryKind } from "./registryKind";

/** A line of the table: images of the branches that a pattern matches go to the registry of a kind. */
interface BranchRegistry extends Pick<BranchRule, "branch"> {
  registry: RegistryKind;
}

/** Which kind of registry each environment and branch has, where a stage has several. */
export interface RegistryTypes {
  /** By a stage's name, or another name of it. */
  environments: Readonly<Record<string, RegistryKind>>;
  /** The first line that matches decides. */
  branches: readonly BranchRegistry[];
}

/** GHCR while something is developed, ECR for what is released. */
const DEFAULT_REGISTRY_TYPES: RegistryTypes = {
  environments: { local: "ghcr", dev: "ghcr", prd: "ecr" },
  branches: [
    { branch: "main", registry: "ecr" },
    { branch: "develop", registry: "ghcr" },
    { branch: "**", registry: "ghcr" },
  ],
};

/** What asks for a kind. */
export interface WantedKind {
  kind: RegistryKind;
  /** What named it, such as `REGISTRY_TYPE` or `branches: main`. */
  why: string;
  /** False for the table that holds where a project has none: a stage need not have its kinds. */
  binding: boolean;
}

/**
 * The kind that a table names for an environment or a branch; undefined where no line is for it. An environment is a stage by
 * any of its names: the word that was said decides, then the stage's own, then another name of it.
 *
 * @param own the project's table; absent: {@link DEFAULT_REGISTRY_TYPES}
 */
export function wantedKind(
  own: RegistryTypes | undefined,
  of: { environment: string; stages: Stages } | { branch: string },
): WantedKind | undefined {
  const { environments, branches } = own ?? DEFAULT_REGISTRY_TYPES;
  const binding = own !== undefined;
  const from = binding ? "registryTypes" : "the default of registryTypes";
  if ("environment" in of) {
    const { environment, stages } = of;
    const stageOf = (name: string) => (isStage(name, stages) ? name : stageOfAlias(name, stages));
    const stage = stageOf(environment);
    const names = [environment, ...(stage === undefined ? [] : [stage, ...Object.keys(environments)])];
    const name = names.find(
      (one) => Object.hasOwn(environments, one) && (one === environment || stageOf(one) === stage),
    );
    const kind = name === undefined ? undefined : environments[name];
    return kind && { kind, why: `${from}.environments.${name ?? ""}`, binding };
  }
  const line = branches.find((each) => matchesBranch(each, of.branch));
  return line && { kind: line.registry, why: `${from}.branches: ${line.branch}`, binding };
}

/** The registry that was chosen and what decided, or why there is none. */
export type RegistryChoice<Registry> = { registry: Registry; why: string } | { problem: string };

/**
 * Chooses among the registries that one stage has for a class, and never one of another stage. What was asked for by name
 * must be there. A project without a table of its own gets the stage's own registry where the default names another kind.
 *
 * @param registries the stage's own first; each is of another kind
 */
export function chooseRegistry<Registry extends { kind: RegistryKind }>(
  registries: readonly [Registry, ...Registry[]],
  wanted: WantedKind | undefined,
): RegistryChoice<Registry> {
  const [own] = registries;
  if (wanted === undefined) return { registry: own, why: "the stage's own registry" };
  const registry = registries.find(({ kind }) => kind === wanted.kind);
  if (registry !== undefined) return { registry, why: wanted.why };
  if (!wanted.binding) return { registry: own, why: `the stage's own registry: there is no ${wanted.kind}` };
  const kinds = registries.map(({ kind }) => kind).join(", ");
  return { problem: `there is no registry of kind ${wanted.kind}, which ${wanted.why} names; allowed: ${kinds}` };
}
