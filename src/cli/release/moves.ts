import { DualRegistryError, type ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import { judgeCut } from "../../domain/flow/nextMove";
import { MAIN, nextReleaseBranch, placesTag } from "../../domain/flow/step";
import { People } from "../../github/people";
import { readStep } from "../../github/readStep";
import { contains, cutBranch, headOfMain, placeTag, readReleaseBranches } from "../../github/refs";
import type { Surroundings } from "../previewRun";
import type { FlowOptions, StepOptions } from "./options";
import { questionOf, readFlowFacts, signOffsMarkdown, stepFrom, stepJson, stepText } from "./stepReport";

/** What the user asked for. */
export interface CutOptions extends FlowOptions {
  /** Login of whoever cuts. */
  by?: string;
  /** Default: the newest of main. */
  commit?: string;
}

/**
 * Places a tag, where the check says that it may be.
 *
 * @returns 0, also where the tag stands already and rightly so; 1 where something stands against it
 */
export async function runTag(tag: string, options: StepOptions, around: Surroundings): Promise<ExitCode> {
  const step = stepFrom(tag, options);
  const { rules, github } = readFlowFacts(step.to, options, around);
  const read = await readStep(github, questionOf(step, rules, options));
  const { facts, verdict } = read;
  const places = verdict.legal && facts.placed === undefined && placesTag(step);
  if (places) await placeTag(github, tag, facts.commit, `${tag}\n\n${signOffsMarkdown(read)}`);
  const shown = options.format === "json" ? formatJson({ ...stepJson(read), placedNow: places }) : "";
  around.stdout.write(shown || (places ? stepText(read).replace(/^MAY BE TAGGED/, "TAGGED") : stepText(read)));
  return verdict.legal ? 0 : 1;
}

/** Cuts the next release branch from main. @returns 0 @throws DualRegistryError GATE_REFUSED with the reasons */
export async function runCut(asked: string | undefined, options: CutOptions, around: Surroundings): Promise<ExitCode> {
  const { rules, github } = readFlowFacts("qa", options, around);
  const by = options.by ?? around.env["GITHUB_TRIGGERING_ACTOR"] ?? around.env["GITHUB_ACTOR"];
  if (by === undefined) throw new DualRegistryError("USAGE", "Nobody is named who cuts: give --by login");
  const people = new People(github);
  const others = (await readReleaseBranches(github)).map(({ name }) => name);
  const head = await headOfMain(github);
  const commit = options.commit ?? head;
  const branch = asked ?? nextReleaseBranch(others);
  const entitled = (await people.isApp(by, rules.app)) || (await people.isOneOf(by, rules.cutters));
  const { legal, reasons } = judgeCut({
    ...{ branch, from: options.commit === undefined ? MAIN : "that commit", commit, others },
    onMain: await contains(github, commit, head),
    by: { login: by, entitled },
    entitled: rules.cutters.map((each) => ("team" in each ? `team ${each.team}` : `user ${each.user}`)),
  });
  if (!legal) throw new DualRegistryError("GATE_REFUSED", reasons.map(({ why }) => why).join("\n"));
  await cutBranch(github, branch, commit);
  const json = options.format === "json";
  around.stdout.write(json ? formatJson({ branch, commit, by }) : `CUT ${branch} at ${commit}\n`);
  return 0;
}
