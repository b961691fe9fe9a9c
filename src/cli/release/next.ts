import type { Command } from "@commander-js/extra-typings";
import { defined } from "../../base/defined";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import { quoted } from "../../base/text/quote";
import { checkStageName, readVersionScheme } from "../../config";
import { nextCandidate, nextMove } from "../../domain/flow/nextMove";
import type { Step } from "../../domain/flow/step";
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
  withFlowOptions(
    command
      .requiredOption("--stage <stage>", "the stage")
      .option("--candidate", "on the way of a candidate, such as v0.0.1-rc1")
      .option("--branch <name>", "the release branch (default: the newest)"),
  ).addOption(formatOption("text", "json"));

/** The first stage of several has no gates, and so no move. */
function checkGatedStage(named: string, stages: Stages): Stage {
  const stage = checkStageName(named, stages);
  const gated = gatedStages(stages);
  if (gated.includes(stage)) return stage;
  throw new DualRegistryError("USAGE", `Nothing is released to ${stage}; allowed: ${gated.join(", ")}`);
}

const nameOf = (approver: Approver): string => ("team" in approver ? `team ${approver.team}` : `user ${approver.user}`);

/** The options that say which step of a tag is meant, where the tag leaves it open. */
function choiceOf({ to, entry, core }: Step, tag: string, version: string | undefined): string[] {
  if (version !== undefined) return ["--version", version];
  return !entry && tag !== core && tag !== `${core}-${to}` ? ["--to", to] : [];
}

/** Says which move is next for a stage, who may do it, and what still stands against it. @returns 0 */
async function run(options: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const { format } = options;
  const scheme = readVersionScheme(readProjectFile(options.project));
  const stage = checkGatedStage(options.stage, scheme.stages);
  const { rules, github } = openFlow(stage, options, io);
  const [branches, refs] = await Promise.all([readReleaseBranches(github), readVersionTags(github, scheme)]);
  const tags = await Promise.all(refs.map(async (ref) => ({ name: ref.name, commit: await commitOfTag(github, ref) })));
  const named = branches.filter(({ name }) => options.branch === undefined || name === options.branch);
  if (named.length === 0 && options.branch !== undefined) {
    throw new DualRegistryError("NOT_FOUND", `${github.name} has no release branch ${quoted(options.branch)}`);
  }
  const heads = named.map(({ name, sha }) => ({ name, head: sha }));
  const next = (options.candidate === true ? nextCandidate : nextMove)(stage, { branches: heads, tags }, scheme);
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
  const { tag, version } = next;
  const step = stepFrom(tag, scheme, { to: stage, ...defined({ version }) });
  const flow = next.branch === undefined ? options : { ...options, branch: next.branch };
  const read = await readStep(github, questionOf(step, rules, flow));
  const { legal, reasons, takenAt } = read.verdict;
  if (takenAt !== undefined)
    return say({ move: "none", why: `${tag} is in ${stage}` }, `Nothing to do for ${stage}: ${tag} is there\n`);
  const chain = (rules.chains[stage] ?? []).map(({ role, approvers }) => ({ role, approvers: approvers.map(nameOf) }));
  const roles = chain.map(({ role, approvers }) => `${role} (${approvers.join(", ")})`);
  const { commit, branch } = read.facts;
  const by = roles.length === 0 ? "nobody" : roles.join(", then ");
  const words = [legal || chain.length === 0 ? "tag" : "request", tag, ...choiceOf(step, tag, version)];
  return say(
    { ...next, version: step.version, branch: branch?.name ?? null, commit, ready: legal, approvals: chain, reasons },
    `Tag ${tag}: dualreg release ${words.join(" ")}\n  signed off by: ${by}\n  ${stepText(read)}`,
  );
}

export const next = defineCommand(declare, run);
