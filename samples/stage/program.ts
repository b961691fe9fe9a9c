import { type Command, CommanderError, type OptionValues } from "@commander-js/extra-typings";
import { DualRegistryError, type ExitCode } from "../../src/base/errors";
import { escapeUnsafeLines } from "../../src/base/text/unsafe";
import type { Io } from "../../src/cli/io";

/** Tells people something meanwhile, a line at a time. */
export type Say = (text: string) => void;

/** Says it on standard error. */
export const sayTo =
  ({ stderr }: Io): Say =>
  (text) => {
    stderr.write(`${escapeUnsafeLines(text)}\n`);
  };

/**
 * Runs a program of the samples as `dualreg` runs a command: help on standard output, all that is wrong on standard error.
 *
 * @returns what `run` says; 2 for wrong usage and what a DualRegistryError says, 1 for all else that is thrown
 */
export async function runProgram<Options extends OptionValues>(
  command: Command<[], Options>,
  args: readonly string[],
  io: Io,
  run: (options: Options) => Promise<ExitCode>,
): Promise<ExitCode> {
  const say = sayTo(io);
  command.exitOverride().configureOutput({
    writeOut: (text) => {
      io.stdout.write(text);
    },
    writeErr: (text) => {
      io.stderr.write(escapeUnsafeLines(text));
    },
  });
  try {
    return await run(command.parse([...args], { from: "user" }).opts());
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    say(error instanceof Error ? error.message : String(error));
    return error instanceof DualRegistryError ? 2 : 1;
  }
}
