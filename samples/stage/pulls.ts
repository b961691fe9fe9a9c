import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { defined } from "../../src/base/defined";
import { runPullsLog } from "../../src/cli/pulls/log";
import type { ImageClass } from "../../src/domain/image/imageClass";
import { type PullLine, readPullLog } from "../../src/pulls";
import { runCommand } from "../../test/support/io";
import type { PlacedImage } from "./product";
import type { Puller } from "./pullers";
import type { LocalStage } from "./stages";

/**
 * Pulls an image from a registry of the stage, its own or the wrong one, and waits until that registry told of it.
 *
 * @returns what the puller wrote
 */
export async function pullImage(
  puller: Puller,
  { hosts, audit }: LocalStage,
  { repository, class: own, tag, digest }: PlacedImage,
  from: ImageClass = own,
): Promise<string> {
  const image = `${hosts[from]}/${repository}`;
  const lines = await puller.pull(image, tag, digest);
  await audit.told([`${image}@${digest}`]);
  return lines;
}

/**
 * What `dualreg pulls log` says of a puller's lines.
 *
 * @param file to write it to
 * @param by whose login the puller had
 * @returns its file, its lines and its exit code
 */
export async function logPulls(
  stage: LocalStage,
  { source }: Puller,
  lines: string,
  { file, by }: { file: string; by?: string },
): Promise<{ file: string; lines: readonly PullLine[]; code: number }> {
  const options = { outputs: stage.file, source, format: "json", ...defined({ identity: by }) } as const;
  const { code, stdout, stderr } = await runCommand((io) => runPullsLog(options, io, Readable.from([lines])));
  if (stdout === "") throw new Error(`dualreg pulls log wrote no line: ${stderr.trim()}`);
  writeFileSync(file, stdout, { mode: 0o600 });
  return { file, lines: readPullLog(stdout, file, stage.outputs), code };
}

/** Where a stage's pull log is kept. */
export const pullLogFile = (dir: string, { name }: LocalStage): string => join(dir, `${name}-pulls.jsonl`);
