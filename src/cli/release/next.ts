import type { ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import { nextMove } from "../../domain/flow/nextMove";
import type { ReleaseStage } from "../../domain/flow/step";
import type { Approver } from "../../github/releaseRules";
import { readStep } from "../../github/readStep";
import { readReleaseBranches, readTag, readVersionTags } from "../../github/refs";
import type { Surroundings } from "../previewRun";
import type { FlowOptions } from "./options";
import { questionOf, readFlowFacts, stepFrom, stepText } from "./stepReport";

/** What the user asked for. */
export interface NextOptions extends FlowOptions {
  stage: ReleaseStage;
}

const nameOf = (approver: Approver): string => ("team" in approver ? `team ${approver.team}` : `user ${approver.user}`);

/** Says which move is next for a stage, who may do it, and what still stands against it. @returns 0 */
export async function runNext(options: NextOptions, around: Surroundings): Promise<ExitCode> {
  const { stage, format } = options;
  const { rules, github } = readFlowFacts(stage, options, around);
  const [branches, refs] = await Promise.all([readReleaseBranches(github), readVersionTags(github)]);
  const tags = await Promise.all(
    refs.map(async (ref) => ({ name: ref.name, commit: (await readTag(github, ref)).commit })),
  );
  const next = nextMove(stage, { branches: branches.map(({ name, sha }) => ({ name, head: sha })), tags });
  const say = (data: object, text: string): ExitCode => {
    around.stdout.write(format === "json" ? formatJson({ stage, ...data }) : text);
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
  const step = stepFrom(next.tag, {});
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
