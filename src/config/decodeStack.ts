import { DualRegistryError } from "../errors";
import { isStage, STAGES, stageBefore, stageOfAlias, type Stage } from "../domain/stage";
import { showValue } from "./problem";

/**
 * The stage a stack is: its name, and nothing else.
 *
 * @throws DualRegistryError CONFIG_INVALID, naming the stage where the stack has one of its aliases
 */
export function decodeStack(stack: string): Stage {
  if (isStage(stack)) return stack;
  const stage = stageOfAlias(stack);
  const advice = stage
    ? `it is an alias of stage ${stage}: run \`pulumi stack select ${stage}\` and keep its facts in Pulumi.${stage}.yaml`
    : `allowed: ${STAGES.join(", ")}`;
  throw new DualRegistryError("CONFIG_INVALID", `Stack ${showValue(stack)} is no stage; ${advice}`);
}

/** True where a reference names the stack of the stage before: alone, or behind organisation and project. */
export function namesStageBefore(stage: Stage, reference: string): boolean {
  return reference.split("/").at(-1) === stageBefore(stage);
}
