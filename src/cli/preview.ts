import { type Command, Option } from "@commander-js/extra-typings";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { defined } from "../base/defined";
import { DualRegistryError, type ExitCode } from "../base/errors";
import { credentialsIn } from "../base/text/redact";
import {
  exampleWarning,
  findExampleValues,
  missingText,
  type ProjectStages,
  selectStages,
  unlistedText,
} from "../config";
import { reviewAgainst } from "../preview/base/base";
import { recordStages, type StageFailure, type StageProgress, warningsOf } from "../preview/record/recordStages";
import { readProjectFile } from "../project";
import { type Format, RENDERERS } from "../preview/render";
import type { Recordings, RenderOptions } from "../preview/render/render";
import { findReviewChanges } from "../reports/reviewFindings";
import { summariseStage } from "../reports/stageSummary";
import { defineCommand, type OptionsOf } from "./command";
import { columnsOf, type Io, showsColors } from "./io";
import { formatOption, projectOption } from "./options";

const EXITS = `
Exit codes: 0 fine, 1 a change that is refused or must be looked at, 2 wrong usage, configuration or base`;

const declare = (command: Command) =>
  command
    .option("--stage <name...>", "only these stages (default: every stage that has a file)")
    .addOption(formatOption("summary", "tree", "json", "markdown", "html", "outputs"))
    .option("--details", "show each resource with all that is sent for it, as --format tree does")
    .option("--out <dir>", "write one file for each stage there and print their names")
    .option("--base <ref>", "show what changes against this branch, tag or commit")
    .option("--base-or-empty", "take a base that cannot be used for empty, with a warning")
    .option(
      "--allow-replace",
      "accept that an unprotected registry or token is replaced or deleted, and another list of stages",
    )
    .addOption(projectOption())
    .addOption(
      new Option("--color <when>", "colours").choices(["auto", "always", "never"] as const).default("auto" as const),
    )
    .addHelpText("after", EXITS);

type PreviewOptions = OptionsOf<typeof declare>;

/**
 * Records the stages and shows them in short or whole, or what changes in them.
 *
 * @returns 0, or 1 when a change is refused or must be looked at
 * @throws DualRegistryError for wrong usage, configuration or base, and for a program that fails
 */
async function run(options: PreviewOptions, io: Io): Promise<ExitCode> {
  checkUsage(options);
  const warnings: string[] = [];
  try {
    return await showStages(options, io, (warning) => warnings.push(warning));
  } finally {
    // The answer comes first, also where both go to one terminal.
    for (const warning of warnings) io.stderr.write(`Warning: ${warning}\n`);
  }
}

async function showStages(options: PreviewOptions, io: Io, onWarning: (warning: string) => void): Promise<ExitCode> {
  const projectDir = resolve(io.cwd, options.project);
  const project = readProjectFile(projectDir);
  const listed = selectStages(project, options.stage);
  const stages = { stages: listed.selected };
  const example = exampleWarning(findExampleValues(project, stages.stages));
  if (example !== undefined) onWarning(example);
  warnOfCredentials(io, onWarning);
  const head = await recordStages({ projectDir, ...stages, onProgress: progress(io, "") });
  if (head.failures.length > 0) throw new DualRegistryError("PREVIEW_FAILED", failureLines(head.failures).join("\n"));
  const recordings = requested(head.recordings, options.stage);
  for (const warning of warningsFor(recordings, listed, options)) onWarning(warning);
  const show: RenderOptions = {
    color: wantsColor(options, io),
    summariser: summariseStage,
    ...defined({ width: options.out === undefined ? columnsOf(io) : undefined }),
  };
  if (options.base !== undefined) {
    show.review = await reviewAgainst({
      ...{ projectDir, ref: options.base, head: recordings, ...stages },
      findings: (base, side) => findReviewChanges(base, side, io.now()),
      ...{ orEmpty: options.baseOrEmpty === true, allowReplace: options.allowReplace === true },
      onWarning,
      onProgress: progress(io, "base: "),
    });
  }
  const format = options.details === true ? "tree" : options.format;
  if (options.out === undefined) io.stdout.write(RENDERERS[format].render(recordings, show));
  else {
    const files = await writeFiles(options.out, format, recordings, show);
    io.stdout.write(files.map((file) => `${file}\n`).join(""));
  }
  return show.review?.verdict.exitCode ?? 0;
}

export const preview = defineCommand(declare, run);

/** What runs as this user can read this process's environment, whatever it is given itself. */
function warnOfCredentials({ env }: Io, onWarning: (warning: string) => void): void {
  const names = credentialsIn(env);
  if ((env["CI"] ?? "") === "" || names.length === 0) return;
  const what = `The program that is previewed can read the environment of this step, which holds ${names.join(", ")}`;
  onWarning(`${what}; give a step that previews somebody else's code no credential`);
}

/** The lines that say why stages failed, each once; a stage that failed only because of another adds none. */
function failureLines(failures: readonly StageFailure[]): readonly string[] {
  const causes = failures.filter(({ consequence }) => !consequence);
  const reported = causes.length > 0 ? causes : failures;
  return [...new Set(reported.flatMap(({ message }) => message.split("\n")))].filter((line) => line.trim() !== "");
}

/** What can be deployed and is probably not meant: files of no stage, and what the programs warned of. */
function warningsFor(
  recordings: Recordings,
  { stages, withFile, unlisted }: ProjectStages,
  { stage }: PreviewOptions,
): readonly string[] {
  const left = stage === undefined ? unlisted.map((stack) => unlistedText(stack, stages)) : [];
  if (stage === undefined && withFile.length < stages.length) left.push(missingText({ stages, withFile }));
  return [...left, ...warningsOf(recordings.values())];
}

function checkUsage({ base, baseOrEmpty, allowReplace, details, format }: PreviewOptions): void {
  const others = format !== "summary" && format !== "tree";
  const problems = [
    ...(details === true && others ? [`--details is for people; leave it out with --format ${format}`] : []),
    ...(base !== undefined && format === "outputs" ? ["--format outputs compares nothing; leave out --base"] : []),
    ...(base === undefined && baseOrEmpty === true ? ["--base-or-empty needs --base"] : []),
    ...(base === undefined && allowReplace === true ? ["--allow-replace needs --base"] : []),
  ];
  if (problems.length > 0) throw new DualRegistryError("USAGE", problems.join("\n"));
}

function requested(recordings: Recordings, stages: readonly string[] | undefined): Recordings {
  if (stages === undefined) return recordings;
  return new Map([...recordings].filter(([stack]) => stages.includes(stack)));
}

function wantsColor({ color, out }: PreviewOptions, io: Io): boolean {
  return color === "auto" ? out === undefined && showsColors(io) : color === "always";
}

function progress({ stderr }: Io, lead: string): StageProgress {
  if (!stderr.isTTY) return () => undefined;
  return (stack, event, resources) => {
    stderr.write(`${lead}${stack}: ${event}${event === "started" ? "" : `, ${resources} resources`}\n`);
  };
}

/**
 * Writes `<stage>.<extension>` for each stage, `index.html` over all of them for HTML, and `changes.<extension>` where
 * there is a review. The folder is made; files of the same names are overwritten, others stay.
 *
 * @returns the names as they were written, in the order of the stages
 * @throws DualRegistryError USAGE when the folder or a file cannot be written
 */
async function writeFiles(
  dir: string,
  format: Format,
  recordings: Recordings,
  { review, ...options }: RenderOptions,
): Promise<readonly string[]> {
  const { extension, render, changes } = RENDERERS[format];
  const all = review === undefined ? options : { ...options, review };
  const files = [
    ...[...recordings].map(([stack, recording]) => [stack, render(new Map([[stack, recording]]), options)] as const),
    ...(format === "html" ? [["index", render(recordings, all)] as const] : []),
    ...(review === undefined ? [] : [["changes", changes(recordings, review, options)] as const]),
  ].map(([name, text]) => ({ file: join(dir, `${name}.${extension}`), text }));
  try {
    await mkdir(dir, { recursive: true });
    for (const { file, text } of files) await writeFile(file, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DualRegistryError("USAGE", `Cannot write to --out "${dir}": ${reason}`, { cause: error });
  }
  return files.map(({ file }) => file);
}
