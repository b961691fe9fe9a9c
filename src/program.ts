import { getOrganization, getProject, type Inputs, StackReference } from "@pulumi/pulumi";
import { defined } from "./base/defined";
import { DualRegistryError } from "./base/errors";
import { messageOnlyError } from "./base/messageOnlyError";
import {
  gateArgs,
  makeIdentities,
  makeLocks,
  makePasswords,
  makePullAccess,
  makeWatch,
  pairArgs,
  secretsOf,
} from "./components/fromPlan";
import { ReleaseGates } from "./components/gates/releaseGates";
import { DualRegistry } from "./components/registry/dualRegistry";
import { removeVersionAliases } from "./components/versionAliases";
import { loadStageConfig } from "./config/load";
import { beginCompliance } from "./controls/adapters/program";
import { planStage } from "./domain/plan/planStage";
import type { StagePlan } from "./domain/plan/stagePlan";
import { makeOutputs } from "./outputs/makeOutputs";
import type { StageOutputs } from "./outputs/stageOutputs";

/** Reads the configuration; what is wrong with it is the whole message, since a stack trace would bury it. */
function load() {
  try {
    return loadStageConfig();
  } catch (error) {
    if (error instanceof DualRegistryError) throw messageOnlyError(error.message);
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
      throw messageOnlyError(
        `Stack "${name}" says nothing of its registries: run \`pulumi up\` for ${before.stage}, or leave before out`,
      );
    });
  return { stageBefore: { stage: before.stage, registries } };
}

/** Plans the stage whose stack runs, makes it, and says what it made. */
export = function program(): Inputs {
  const { config, secrets } = load();
  const plan = planStage(config);
  const compliance = beginCompliance(plan, new Date());
  const warnOfAliases = removeVersionAliases();
  const before = readStageBefore(plan.before);
  const pair = new DualRegistry(plan.product, pairArgs(plan, secrets));
  const passwords = makePasswords(plan, pair);
  const identities = makeIdentities(plan, pair, {
    ...(before.stageBefore ? { before: before.stageBefore.registries } : {}),
    ...(passwords ? { vaultId: passwords.vaultId, secrets: secretsOf(plan, passwords) } : {}),
  });
  makePullAccess(plan, pair, identities, passwords);
  new ReleaseGates(`${plan.product}-gates`, gateArgs(plan, pair.registries, identities));
  const logging = makeWatch(plan, pair, { secrets, ...(passwords ? { vaultId: passwords.vaultId } : {}) });
  makeLocks(plan, pair);
  warnOfAliases();
  return makeOutputs(plan, {
    registries: pair.registries,
    identities,
    logging,
    ...defined({ passwords }),
    compliance: compliance(),
    ...before,
  });
};
