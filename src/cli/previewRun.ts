import { resolve } from "node:path";
import { stageOfAlias } from "../domain/stage";
import { DualRegistryError, type ExitCode } from "../errors";
import { reviewAgainst } from "../preview/base/baseReview";
import { recordStages, type StageFailure, type StageProgress } from "../preview/record/recordStages";
import type { Recordings, RenderOptions } from "../preview/render/render";
import { RENDERERS } from "../preview/render/renderers";
import type { PreviewOptions } from "./preview";
import { writeFiles } from "./previewFiles";

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
