import "./quietStacks";
import { getOrganization, getProject, RunError, StackReference, type Inputs } from "@pulumi/pulumi";
import { DualRegistry } from "./components/dualRegistry";
import { gateArgs, pairArgs } from "./components/fromPlan";
import { ReleaseGates } from "./components/releaseGates";
import { loadStageConfig } from "./config/load";
import type { StagePlan } from "./domain/plan";
import { planStage } from "./domain/planStage";
import { DualRegistryError } from "./errors";
import { makeOutputs } from "./outputs/makeOutputs";
import type { StageOutputs } from "./outputs/stageOutputs";

/**
 * An error that is its message alone. It has no stack: Pulumi shows none, yet colours it, over which util.inspect of
 * Node 20.20 spends 20 seconds on the paths in it.
 */
const told = (message: string) => Object.assign(new RunError(message), { stack: "" });

/** Reads the configuration; what is wrong with it is the whole message, since a stack trace would bury it. */
function load() {
  try {
    return loadStageConfig();
  } catch (error) {
    if (error instanceof DualRegistryError) throw told(error.message);
    throw error;
  }
}

/** Reads what the stage before says of its registries, where the stage file names its stack. */
function readStageBefore(before: StagePlan["before"]) {
  if (before === undefined) return {};
  const name = before.stack.includes("/") ? before.stack : `${getOrganization()}/${getProject()}/${before.stack}`;
  const registries = new StackReference(before.stage, { name })
    .getOutput("registries")
    .apply((output?: StageOutputs["registries"]) => {
      if (output !== undefined) return output;
      throw told(
        `Stack "${name}" says nothing of its registries: run \`pulumi up\` for ${before.stage}, or leave before out`,
      );
    });
  return { stageBefore: { stage: before.stage, registries } };
}

/** Plans the stage whose stack runs, makes it, and says what it made. */
export = function program(): Inputs {
  const { config, secrets } = load();
  const plan = planStage(config);
  const before = readStageBefore(plan.before);
  const pair = new DualRegistry(plan.product, pairArgs(plan, secrets));
  new ReleaseGates(`${plan.product}-gates`, gateArgs(plan, pair.registries));
  const workspace = pair.workspaceId === undefined ? {} : { workspaceId: pair.workspaceId };
  return makeOutputs(plan, { registries: pair.registries, ...workspace, ...before });
};
