import { z } from "zod";
import { closed, orForm } from "../base/decode/decode";
import type { Problem } from "../base/decode/problems";
import { quotedValue } from "../base/text/quote";
import type { RegistryTypes } from "../domain/image/registryChoice";
import { isStage, stageOfAlias, type Stages } from "../domain/stage";
import { SHARED_FILE } from "../project";
import { branchPattern, checkBranches } from "./branches";
import { registryKind } from "./registries";

const FORM = "{ branch: main, registry: ecr }";

/** Which kind of registry an environment or a branch has, where a stage has several. */
export const registryTypes = closed(
  {
    environments: z.record(z.string(), registryKind, orForm("names with kinds, such as { dev: ghcr }")).default({}),
    branches: z
      .array(closed({ branch: branchPattern, registry: registryKind }, FORM), orForm(`a list, such as [${FORM}]`))
      .default([]),
  },
  `{ branches: [${FORM}] }`,
) satisfies z.ZodType<RegistryTypes>;

/** Each environment is a stage, by its name or another; each line of branches can decide. */
export function checkRegistryTypes(types: RegistryTypes | undefined, stages: Stages): Problem[] {
  if (types === undefined) return [];
  const unknown = Object.keys(types.environments)
    .filter((name) => !isStage(name, stages) && stageOfAlias(name, stages) === undefined)
    .map((name) => ({
      ...{ file: SHARED_FILE, path: `registryTypes.environments.${name}` },
      what: `${quotedValue(name)} is not a stage, nor another name of one`,
      allowed: `allowed: ${stages.join(", ")}`,
    }));
  return [...unknown, ...checkBranches(types.branches, "registryTypes.branches")];
}
