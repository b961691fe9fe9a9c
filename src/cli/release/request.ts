import type { Command } from "@commander-js/extra-typings";
import { defined } from "../../base/defined";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import type { Candidate } from "../../domain/flow/stepFacts";
import type { ReasonCode } from "../../domain/flow/verdict";
import { runTitle } from "../../github/candidate";
import { readStep } from "../../github/readStep";
import { confirmCandidate, requestSignOffs } from "../../github/requests";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption } from "../options";
import { openStep, questionOf } from "./context";
import { imagesBefore } from "./images";
import { imageOption, imagesOutputsOption, withFlowOptions, withStepOptions } from "./options";

const declare = (command: Command) =>
  withFlowOptions(
    withStepOptions(
      command
        .argument("<tag>", "the tag it is to get")
        .option("--asked-by <login>", "who asks, and so may not approve (default: whoever dispatched this workflow)")
        .option("--confirm <digest>", "ask nobody: compare the candidate of this digest with what is there now")
        .addOption(imagesOutputsOption())
        .addOption(imageOption()),
    ),
  ).addOption(formatOption("text", "json"));

export type RequestOptions = OptionsOf<typeof declare>;

/** What the approvals themselves are lacking, which is what is asked for. */
const ASKED_FOR: readonly ReasonCode[] = [
  "not-asked",
  "approval-missing",
  "approval-rejected",
  "approval-other-release",
  "approval-other-commit",
  "approval-other-digest",
  "approval-other-branch",
  "approval-stale",
  "approval-not-timed",
  "approval-in-future",
  "approval-by-author",
  "approval-by-tagger",
  "approval-by-nobody-entitled",
  "approval-twice",
  "approval-out-of-order",
  "one-person-two-gates",
  "stage-other-digest",
];

/** Who asked by hand: whoever dispatched the workflow. What an event started was asked by nobody. */
const askerIn = (env: Io["env"]): string | undefined =>
  env["GITHUB_EVENT_NAME"] === "workflow_dispatch"
    ? (env["GITHUB_TRIGGERING_ACTOR"] ?? env["GITHUB_ACTOR"])
    : undefined;

/**
 * Puts a release before a stage's approvers, or confirms that what they are asked is what is there.
 *
 * @returns 0, or 1 where even with all approvals the tag could not be placed
 */
async function run(tag: string, options: RequestOptions, io: Io): Promise<ExitCode> {
  const { step, rules, github } = openStep(tag, options, io);
  const { workflow, format } = options;
  const [environment] = rules.chains[step.to] ?? [];
  if (!environment) {
    throw new DualRegistryError(
      "USAGE",
      `Nobody signs off ${step.to}: gates.signOffs.${step.to} of Pulumi.yaml is empty`,
    );
  }
  const { facts, verdict } = await readStep(github, questionOf(step, rules, options));
  const against = verdict.reasons.filter(({ code }) => !ASKED_FOR.includes(code));
  if (against.length > 0 || !facts.branch) {
    const why = against.map((each) => `  ${each.why} [${each.code}]`);
    throw new DualRegistryError("GATE_REFUSED", [`${tag} cannot be asked for:`, ...why].join("\n"));
  }
  const images = (await imagesBefore(step, facts.commit, options, io)) ?? [];
  if (images.length === 0 && !step.entry) {
    throw new DualRegistryError(
      "USAGE",
      `No image named: give --outputs of ${step.from ?? step.to}, or --image repository@digest`,
    );
  }
  const { version, from, to } = step;
  const asker = options.askedBy ?? askerIn(io.env);
  const candidate: Candidate = {
    ...{ tag, version, to, commit: facts.commit, branch: facts.branch.name, images },
    ...defined({ from, askedBy: asker }),
  };
  const done =
    options.confirm === undefined
      ? await requestSignOffs(github, candidate, { environment, workflow })
      : await confirmCandidate(github, candidate, {
          digest: options.confirm,
          environment,
          workflow,
        });
  const title = runTitle(tag, to, done.digest);
  const word = options.confirm === undefined ? "Asked for" : "Confirmed";
  const lines = done.candidate.images.map(({ repository, digest }) => `  ${repository}@${digest}`);
  io.stdout.write(
    format === "json"
      ? formatJson({ ...done, run: title, roles: facts.roles ?? [] })
      : `${word}: ${title}\n  commit ${facts.commit} of ${facts.branch.name}\n${lines.map((line) => `${line}\n`).join("")}`,
  );
  return 0;
}

export const request = defineCommand(declare, run);
