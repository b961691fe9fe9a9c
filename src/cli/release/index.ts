import { createRequire } from "node:module";
import { type Command, Option } from "commander";
import { signerOptions } from "../image/options";
import type * as CheckRun from "./check";
import type * as MoveRuns from "./moves";
import type * as NextRun from "./next";
import { addFlowOptions, addStepOptions, type StepOptions } from "./options";
import type * as RequestRun from "./request";
import type * as SignOffsRun from "./signOffs";

/** Loads a module when it is needed; `import()` would go past the loader that reads TypeScript. */
const load = createRequire(__filename);

/** The workflow in which candidates are signed off, unless another one is named. */
const WORKFLOW = "tag.yml";

/** Adds `dualreg release` and its commands. */
export function addRelease(program: Command): void {
  const release = program
    .command("release")
    .description("the release flow on GitHub: what is next, what holds, who signed off");
  addNext(release);
  addCheck(release);
  addSignOffs(release);
  addRequest(release);
  addMoves(release);
}

const outputsOption = (): Option =>
  new Option("--outputs <file>", "the outputs of the stage before: compare with what is in its registries now");

const imageOption = (): Option =>
  new Option("--image <image...>", "just these images: repository@digest").conflicts("outputs");

function addNext(release: Command): void {
  const command = release
    .command("next")
    .description("say which move is next for a stage, who may do it, and what stands against it")
    .addOption(new Option("--stage <stage>", "the stage").choices(["qa", "uat", "prod"]).makeOptionMandatory());
  addFlowOptions(command, WORKFLOW).action(async (options: NextRun.NextOptions) => {
    const { runNext } = load("./next") as typeof NextRun;
    process.exitCode = await runNext(options, process);
  });
}

function addCheck(release: Command): void {
  const command = release
    .command("check")
    .description("say of a tag whether it may be placed or, where it stands, was rightly placed, and why not")
    .argument("<tag>", "v0.0.1-qa, v0.0.1-uat, v0.0.1, or a candidate such as v0.0.1-rc1")
    .addOption(outputsOption())
    .addOption(imageOption());
  addFlowOptions(addStepOptions(command), WORKFLOW).action(async (tag: string, options: CheckRun.CheckOptions) => {
    const { runCheck } = load("./check") as typeof CheckRun;
    process.exitCode = await runCheck(tag, options, process);
  });
}

function addSignOffs(release: Command): void {
  const command = release
    .command("sign-offs")
    .description("print who signed a tag off, when, for which commit and digests; sign that for promotions")
    .argument("<tag>", "such as v0.0.1-uat")
    .option("--out <folder>", "write a signed file for each image there, for dualreg image promote --sign-offs");
  for (const option of signerOptions()) command.addOption(option);
  addFlowOptions(addStepOptions(command), WORKFLOW, ["text", "json", "markdown"]).action(
    async (tag: string, options: SignOffsRun.SignOffsOptions) => {
      const { runSignOffs } = load("./signOffs") as typeof SignOffsRun;
      process.exitCode = await runSignOffs(tag, options, process);
    },
  );
}

function addRequest(release: Command): void {
  const command = release
    .command("request")
    .description("put a release before a stage's approvers: keep commit and digests, and start the sign-off workflow")
    .argument("<tag>", "the tag it is to get")
    .option("--asked-by <login>", "who asks, and so may not approve (default: whoever dispatched this workflow)")
    .option("--confirm <digest>", "ask nobody: compare the candidate of this digest with what is there now")
    .addOption(outputsOption())
    .addOption(imageOption());
  addFlowOptions(addStepOptions(command), WORKFLOW).action(async (tag: string, options: RequestRun.RequestOptions) => {
    const { runRequest } = load("./request") as typeof RequestRun;
    process.exitCode = await runRequest(tag, options, process);
  });
}

function addMoves(release: Command): void {
  const cut = release
    .command("cut")
    .description("cut the next release branch from main")
    .argument("[branch]", "release/N, to be sure of it (default: the next)")
    .option("--by <login>", "who cuts (default: whoever started this workflow)")
    .option("--commit <sha>", "a commit of main (default: its newest)");
  addFlowOptions(cut, WORKFLOW).action(async (branch: string | undefined, options: MoveRuns.CutOptions) => {
    const { runCut } = load("./moves") as typeof MoveRuns;
    process.exitCode = await runCut(branch, options, process);
  });
  const tag = release
    .command("tag")
    .description("place a tag, where dualreg release check finds nothing against it")
    .argument("<tag>", "such as v0.0.1-uat");
  addFlowOptions(addStepOptions(tag), WORKFLOW).action(async (name: string, options: StepOptions) => {
    const { runTag } = load("./moves") as typeof MoveRuns;
    process.exitCode = await runTag(name, options, process);
  });
}
