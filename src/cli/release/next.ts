import type { Command } from "@commander-js/extra-typings";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import { checkStageName, readStageList } from "../../config";
import { nextMove } from "../../domain/flow/nextMove";
import { gatedStages, type Stage, type Stages } from "../../domain/stage";
import { readStep } from "../../github/readStep";
import { commitOfTag, readReleaseBranches, readVersionTags } from "../../github/refs";
import type { Approver } from "../../github/releaseRules";
import { readProjectFile } from "../../project";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption } from "../options";
import { openFlow, questionOf, stepFrom } from "./context";
import { withFlowOptions } from "./options";
import { stepText } from "./stepReport";

const declare = (command: Command) =>
  withFlowOptions(command.requiredOption("--stage <stage>", "the stage")).addOption(formatOption("text", "json"));

/** The first stage of several has no gates, and so no move. */
function checkGatedStage(named: string, stages: Stages): Stage {
  const stage = checkStageName(named, stages);
  const gated = gatedStages(stages);
  if (gated.includes(stage)) return stage;
  throw new DualRegistryError("USAGE", `Nothing is released to ${stage}; allowed: ${gated.join(", ")}`);
}

const nameOf = (approver: Approver): string => ("team" in approver ? `team ${approver.team}` : `user ${approver.user}`);

/** Says which move is next for a stage, who may do it, and what still stands against it. @returns 0 */
async function run(options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const { format } = options;
  const { stages } = readStageList(readProjectFile(options.project));
  const stage = checkGatedStage(options.stage, stages);
  const { rules, github } = openFlow(stage, options, io);
  const [branches, refs] = await Promise.all([readReleaseBranches(github), readVersionTags(github, stages)]);
  const tags = await Promise.all(refs.map(async (ref) => ({ name: ref.name, commit: await commitOfTag(github, ref) })));
  const heads = branches.map(({ name, sha }) => ({ name, head: sha }));
  const next = nextMove(stage, { branches: heads, tags }, stages);
  const say = (data: object, text: string): ExitCode => {
    io.stdout.write(format === "json" ? formatJson({ stage, ...data }) : text);
    return 0;
  };
  if (next.move === "cut") {
    const by = [...rules.cutters.map(nameOf), ...(rules.app === undefined ? [] : [`App ${rules.app}`])];
    return say(
      { ...next, by },
      `Cut ${next.branch} from main: dualreg release cut ${next.branch}\n  by: ${by.join(", ")}\n`,
    );
  }
  if (next.move !== "tag") return say(next, `Nothing to do for ${stage}: ${next.why}\n`);
  const step = stepFrom(next.tag, stages);
  const flow = next.branch === undefined ? options : { ...options, branch: next.branch };
  const read = await readStep(github, questionOf(step, rules, flow));
  const { legal, reasons } = read.verdict;
  const chain = (rules.chains[stage] ?? []).map(({ role, approvers }) => ({ role, approvers: approvers.map(nameOf) }));
  const roles = chain.map(({ role, approvers }) => `${role} (${approvers.join(", ")})`);
  const { commit, branch } = read.facts;
  return say(
    { ...next, branch: branch?.name ?? null, commit, ready: legal, approvals: chain, reasons },
    `Tag ${next.tag}: dualreg release ${legal ? "tag" : "request"} ${next.tag}\n  signed off by: ${roles.join(", then ")}\n` +
      `  ${stepText(read)}`,
  );
}

export const next = defineCommand(declare, run);
