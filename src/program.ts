import { getOrganization, getProject, type Inputs, log, StackReference } from "@pulumi/pulumi";
import { DualRegistryError } from "./base/errors";
import { messageOnlyError } from "./base/messageOnlyError";
import { makeStage, removeVersionAliases } from "./components";
import { loadStageConfig } from "./config/load";
import { beginCompliance } from "./controls/adapters/program";
import { planStage } from "./domain/plan/planStage";
import type { StagePlan } from "./domain/plan/stagePlan";
import { makeOutputs } from "./outputs/makeOutputs";
import type { StageOutputs } from "./outputs";

/** Reads the configuration. What is wrong with it is the whole message: a stack trace would bury it. */
function load() {
  try {
    return loadStageConfig();
  } catch (error) {
    if (error instanceof DualRegistryError) throw messageOnlyError(error.message);
    throw error;
  }
}

/** Reads what the stage before says of its registries, where the stage file names its stack. */
function readStageBefore({ before }: StagePlan) {
  if (before === undefined) return undefined;
  const name = before.stack.includes("/") ? before.stack : `${getOrganization()}/${getProject()}/${before.stack}`;
  const stack = new StackReference(before.stage, { name });
  const registries = stack.getOutput("registries").apply((output?: StageOutputs["registries"]) => {
    if (output !== undefined) return output;
    throw messageOnlyError(
      `Stack "${name}" says nothing of its registries: run \`pulumi up\` for ${before.stage}, or leave before out`,
    );
  });
  // Most stages have none, and then the field is left out.
  return { stage: before.stage, registries, alternatives: stack.getOutput("alternatives") };
}

/** Plans the stage whose stack runs, makes it, and says what it made. */
export = function program(): Inputs {
  const { config, secrets, warnings } = load();
  for (const warning of warnings) void log.warn(warning);
  const plan = planStage(config);
  const now = new Date();
  const compliance = beginCompliance(plan, now);
  const warnOfAliases = removeVersionAliases();
  const stageBefore = readStageBefore(plan);
  const resources = makeStage(plan, {
    secrets,
    today: now.toISOString().slice(0, 10),
    ...(stageBefore && { registriesBefore: stageBefore.registries }),
  });
  warnOfAliases();
  return makeOutputs(plan, { ...resources, compliance: compliance(), ...(stageBefore && { stageBefore }) });
};
