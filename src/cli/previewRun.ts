import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DualRegistryError, type ExitCode } from "../base/errors";
import { stageOfAlias } from "../domain/stage";
import { reviewAgainst } from "../preview/base/base";
import { recordStages, type StageFailure, type StageProgress } from "../preview/record/recordStages";
import { type Format, RENDERERS } from "../preview/render";
import type { Recordings, RenderOptions } from "../preview/render/render";
import type { PreviewOptions } from "./preview";

/** The streams and variables of the process a command runs in. */
export interface Surroundings {
  stdout: { write: (text: string) => unknown; isTTY?: boolean };
  stderr: { write: (text: string) => unknown; isTTY?: boolean };
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * Records the stages and shows them, or what changes in them.
 *
 * @returns 0, or 1 when a change is refused or must be looked at
 * @throws DualRegistryError for wrong usage, configuration or base, and for a program that fails
 */
export async function runPreview(options: PreviewOptions, around: Surroundings): Promise<ExitCode> {
  checkUsage(options);
  const projectDir = resolve(options.project);
  const stages = options.stage === undefined ? {} : { stages: [...new Set(options.stage)] };
  const head = await recordStages({ projectDir, ...stages, onProgress: progress(around, "") });
  if (head.failures.length > 0) throw new DualRegistryError("PREVIEW_FAILED", failureLines(head.failures).join("\n"));
  const recordings = requested(head.recordings, options.stage);
  const show: RenderOptions = { color: wantsColor(options, around) };
  if (options.base !== undefined) {
    show.review = await reviewAgainst({
      ...{ projectDir, ref: options.base, head: recordings, ...stages },
      ...{ orEmpty: options.baseOrEmpty === true, allowReplace: options.allowReplace === true },
      onWarning: (message) => around.stderr.write(`Warning: ${message}\n`),
      onProgress: progress(around, "base: "),
    });
  }
  const renderer = RENDERERS[options.format];
  if (options.out === undefined) around.stdout.write(renderer.render(recordings, show));
  else {
    const files = await writeFiles(options.out, options.format, recordings, show);
    around.stdout.write(files.map((file) => `${file}\n`).join(""));
  }
  return show.review?.verdict.exitCode ?? 0;
}

/** The lines that say why stages failed, each once; a stage that failed only because of another adds none. */
export function failureLines(failures: readonly StageFailure[]): readonly string[] {
  const own = failures.filter(({ consequence }) => !consequence);
  const told = own.length > 0 ? own : failures;
  return [...new Set(told.flatMap(({ message }) => message.split("\n")))].filter((line) => line.trim() !== "");
}

function checkUsage({ stage = [], base, baseOrEmpty, allowReplace }: PreviewOptions): void {
  const aliases = stage.flatMap((name) => {
    const meant = stageOfAlias(name);
    return meant === undefined ? [] : [`Unknown stage "${name}": the stage is called "${meant}", use --stage ${meant}`];
  });
  const alone =
    base !== undefined
      ? []
      : [
          ...(baseOrEmpty === true ? ["--base-or-empty needs --base"] : []),
          ...(allowReplace === true ? ["--allow-replace needs --base"] : []),
        ];
  const odd = stage
    .filter((name) => !/^[\w.-]+$/.test(name))
    .map((name) => `No stage can be called ${JSON.stringify(name)}`);
  const problems = [...aliases, ...odd, ...alone];
  if (problems.length > 0) throw new DualRegistryError("USAGE", problems.join("\n"));
}

function requested(recordings: Recordings, stages: readonly string[] | undefined): Recordings {
  if (stages === undefined) return recordings;
  return new Map([...recordings].filter(([stack]) => stages.includes(stack)));
}

function wantsColor({ color, out }: PreviewOptions, { stdout, env }: Surroundings): boolean {
  if (color !== "auto") return color === "always";
  return out === undefined && stdout.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

function progress({ stderr }: Surroundings, lead: string): StageProgress {
  if (stderr.isTTY !== true) return () => undefined;
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
export async function writeFiles(
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
    ...(review === undefined ? [] : [["changes", changes(review, options)] as const]),
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
