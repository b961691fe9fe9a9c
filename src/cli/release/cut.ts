import type { Command } from "@commander-js/extra-typings";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { readStageList } from "../../config";
import { judgeCut } from "../../domain/flow/nextMove";
import { MAIN, nextReleaseBranch } from "../../domain/flow/step";
import { entryStage } from "../../domain/stage";
import { People } from "../../github/people";
import { contains, cutBranch, headOfMain, readReleaseBranches } from "../../github/refs";
import { readProjectFile } from "../../project";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption, printResult } from "../options";
import { openFlow } from "./context";
import { withFlowOptions } from "./options";

const declare = (command: Command) =>
  withFlowOptions(
    command
      .argument("[branch]", "release/N, to be sure of it (default: the next)")
      .option("--by <login>", "who cuts (default: whoever started this workflow)")
      .option("--commit <sha>", "a commit of main (default: its newest)"),
  ).addOption(formatOption("text", "json"));

export type CutOptions = OptionsOf<typeof declare>;

/** Cuts the next release branch from main. @returns 0 @throws DualRegistryError GATE_REFUSED with the reasons */
async function run(asked: string | undefined, options: CutOptions, io: Io): Promise<ExitCode> {
  const { stages } = readStageList(readProjectFile(options.project));
  const { rules, github } = openFlow(entryStage(stages), options, io);
  const by = options.by ?? io.env["GITHUB_TRIGGERING_ACTOR"] ?? io.env["GITHUB_ACTOR"];
  if (by === undefined) throw new DualRegistryError("USAGE", "Nobody is named who cuts: give --by login");
  const people = new People(github);
  const others = (await readReleaseBranches(github)).map(({ name }) => name);
  const head = await headOfMain(github);
  const commit = options.commit ?? head;
  const branch = asked ?? nextReleaseBranch(others);
  // Where no role signs the entry stage off, nobody is named who cuts: whoever may start the workflow does.
  const entitled =
    rules.cutters.length === 0 || (await people.isApp(by, rules.app)) || (await people.isOneOf(by, rules.cutters));
  const { legal, reasons } = judgeCut({
    ...{ branch, from: options.commit === undefined ? MAIN : "that commit", commit, others },
    onMain: await contains(github, commit, head),
    by: { login: by, entitled },
    entitled: rules.cutters.map((each) => ("team" in each ? `team ${each.team}` : `user ${each.user}`)),
  });
  if (!legal) throw new DualRegistryError("GATE_REFUSED", reasons.map(({ why }) => why).join("\n"));
  await cutBranch(github, branch, commit);
  printResult(io, options.format, { branch, commit, by }, () => `CUT ${branch} at ${commit}\n`);
  return 0;
}

export const cut = defineCommand(declare, run);
