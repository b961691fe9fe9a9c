import type { Command } from "@commander-js/extra-typings";
import { defined } from "../../base/defined";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { formatJson } from "../../base/json";
import { quoted } from "../../base/text/quote";
import { type BreakGlassRequest, reasonProblem, sourceProblem } from "../../domain/flow/breakGlass";
import type { Candidate, ImageDigest } from "../../domain/flow/stepFacts";
import { isAutomation, type ReasonCode, samePerson } from "../../domain/flow/verdict";
import { runTitle } from "../../github/candidate";
import { People } from "../../github/people";
import { readStep } from "../../github/readStep";
import { confirmCandidate, keptCandidate, requestSignOffs } from "../../github/requests";
import { defineCommand, type OptionsOf } from "../command";
import type { Io } from "../io";
import { formatOption } from "../options";
import { openAskedStep, questionOf, type StepContext } from "./context";
import { imagesBefore } from "./images";
import { imageOption, imagesFileOption, imagesOutputsOption, withFlowOptions, withStepOptions } from "./options";

const declare = (command: Command) =>
  withFlowOptions(
    withStepOptions(
      command
        .argument("<tag>", "the tag it is to get")
        .option(
          "--asked-by <login>",
          "who asks, and so may not approve (default: GITHUB_ACTOR, whoever started this workflow)",
        )
        .option("--confirm <digest>", "ask nobody: compare the candidate of this digest with what is there now")
        .option(
          "--break-glass <reason>",
          "past the stages before: a sentence that says why, for approvers and for ever",
        )
        .option("--from <stage>", "with --break-glass: the stage whose registries hold the images that are named")
        .addOption(imagesOutputsOption())
        .addOption(imageOption())
        .addOption(imagesFileOption()),
    ),
  ).addOption(formatOption("text", "json"));

export type RequestOptions = OptionsOf<typeof declare>;

/** What the approvals themselves are lacking, which is what is asked for. */
const ASKED_FOR: readonly ReasonCode[] = [
  "not-asked",
  "asked-by-nobody",
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

/** What a break-glass leaves out: nothing of the stages before stands against it. */
const LEFT_OUT: readonly ReasonCode[] = [
  ...["stage-skipped", "stage-other-commit", "stage-not-signed-off"],
  ...["stage-check-missing", "stage-check-failed"],
] as const satisfies readonly ReasonCode[];

/**
 * What is asked where a release is to go past the stages before.
 *
 * @throws DualRegistryError USAGE for half of it, GATE_REFUSED for what a break-glass is not for
 */
function breakGlassOf(
  { step, rules }: StepContext,
  { breakGlass: reason, from: source }: Pick<RequestOptions, "breakGlass" | "from">,
): BreakGlassRequest | undefined {
  if (reason === undefined && source === undefined) return undefined;
  if (reason === undefined || source === undefined) {
    throw new DualRegistryError("USAGE", "--break-glass and --from go together: why, and where the images stand");
  }
  const { to, entry, tag } = step;
  const first = entry ? `nothing stands before ${to}, where gates begin; ask for ${tag} without it` : undefined;
  const wrong = first ?? reasonProblem(reason) ?? sourceProblem(source, to, rules.stages);
  if (wrong === undefined) return { reason, source };
  throw new DualRegistryError("GATE_REFUSED", `Break-glass: ${wrong}`);
}

/** Images that are built again for each stage go past none. */
function refuseRebuilt({ rules }: StepContext, images: readonly ImageDigest[]): void {
  const [bound] = images.filter(({ repository }) => rules.rebuilt.includes(repository));
  if (!bound) return;
  const why = `${bound.repository} is built again for each stage, with its sign-offs; name portable images alone`;
  throw new DualRegistryError("GATE_REFUSED", `Break-glass: ${why}`);
}

/**
 * Who asks: whoever is named, else whoever started the workflow. A run that somebody else repeated was asked for by two.
 *
 * @throws DualRegistryError USAGE where nobody is, or two are
 */
function askerOf({ askedBy }: { askedBy?: string }, env: Io["env"]): string {
  const [first, again] = [env["GITHUB_ACTOR"], env["GITHUB_TRIGGERING_ACTOR"]];
  if (askedBy !== undefined) return askedBy;
  if (first === undefined) throw new DualRegistryError("USAGE", "Nobody is named who asks: give --asked-by login");
  if (again === undefined || samePerson(first, again)) return first;
  const what = `${quoted(first)} started this run and ${quoted(again)} repeated it`;
  throw new DualRegistryError("USAGE", `${what}, so it is not clear who asks; start the workflow anew`);
}

/**
 * Who asks for a step. A release's first step may be asked for by the automation's App, when the branch is cut: a person let it
 * cut, and may sign the step off as well. Later steps are asked for by a person, who may not.
 *
 * @throws DualRegistryError GATE_REFUSED where no person asks
 */
async function askerFor({ step, rules, github }: StepContext, options: RequestOptions, { env }: Io): Promise<string> {
  const asker = askerOf(options, env);
  if (!isAutomation(asker) || (step.entry && (await new People(github).isApp(asker, rules.app)))) return asker;
  const why = `${quoted(asker)} is no person, and whoever asks for ${step.tag} may not approve it`;
  throw new DualRegistryError("GATE_REFUSED", `${why}; name who asks: --asked-by login`);
}

/**
 * Puts a release before a stage's approvers, or confirms that what they are asked is what is there.
 *
 * @returns 0, or 1 where even with all approvals the tag could not be placed
 */
async function run(tag: string, options: RequestOptions, io: Io): Promise<ExitCode> {
  const context = await openAskedStep(tag, options, io);
  const { step, rules, github } = context;
  const { workflow, format } = options;
  const [environment] = rules.chains[step.to] ?? [];
  if (!environment) {
    throw new DualRegistryError(
      "USAGE",
      `Nobody signs off ${step.to}: gates.signOffs.${step.to} of Pulumi.yaml names no role; place the tag: ` +
        `dualreg release tag ${tag}`,
    );
  }
  const kept =
    options.confirm === undefined
      ? undefined
      : await keptCandidate(github, { digest: options.confirm, environment, app: rules.app });
  // Whoever may push can write a candidate themselves, so what request would not have written is refused here as well.
  const { reason, source } = kept?.candidate.breakGlass ?? {};
  const breakGlass = breakGlassOf(context, kept ? defined({ breakGlass: reason, from: source }) : options);
  const { facts, verdict } = await readStep(github, questionOf(step, rules, options));
  const allowed = breakGlass === undefined ? ASKED_FOR : [...ASKED_FOR, ...LEFT_OUT];
  const against = verdict.reasons.filter(({ code }) => !allowed.includes(code));
  if (against.length > 0 || !facts.branch) {
    const why = against.map((each) => `  ${each.why} [${each.code}]`);
    throw new DualRegistryError("GATE_REFUSED", [`${tag} cannot be asked for:`, ...why].join("\n"));
  }
  // What a first step or a break-glass names is read again where it is taken from, by its digest.
  const asKept = step.entry || breakGlass ? kept?.candidate.images : undefined;
  const image = asKept?.map(({ repository, digest }) => `${repository}@${digest}`);
  const images =
    (await imagesBefore(step, facts.commit, options, io)) ??
    (await imagesBefore(step, facts.commit, { project: options.project, ...defined({ image }) }, io)) ??
    [];
  if (breakGlass) refuseRebuilt(context, images);
  if (images.length === 0 && !step.entry) {
    throw new DualRegistryError(
      "USAGE",
      `No image named: give --outputs of ${step.from ?? step.to}, or its images by --images-file`,
    );
  }
  const { version, from, to } = step;
  const asked: Omit<Candidate, "askedBy"> = {
    ...{ repository: github.name, tag, version, ...defined({ from }), to },
    ...{ commit: facts.commit, branch: facts.branch.name, images, ...defined({ breakGlass }) },
  };
  const done = kept
    ? confirmCandidate(kept, { ...asked, askedBy: kept.candidate.askedBy })
    : await requestSignOffs(
        github,
        { ...asked, askedBy: await askerFor(context, options, io) },
        { environment, workflow, app: rules.app },
      );
  const title = runTitle(tag, to, done.digest);
  const word = options.confirm === undefined ? "Asked for" : "Confirmed";
  const glass = breakGlass ? `  BREAK-GLASS from ${breakGlass.source}: ${breakGlass.reason}\n` : "";
  const lines = done.candidate.images.map(({ repository, digest }) => `  ${repository}@${digest}`);
  io.stdout.write(
    format === "json"
      ? formatJson({ ...done, run: title, roles: facts.roles ?? [] })
      : `${word}: ${title}\n  commit ${facts.commit} of ${facts.branch.name}\n${glass}${lines.map((line) => `${line}\n`).join("")}`,
  );
  return 0;
}

export const request = defineCommand(declare, run);
