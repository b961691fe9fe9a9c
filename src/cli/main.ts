import { CommanderError } from "commander";
import { DualRegistryError } from "../base/errors";
import { makeProgram } from "./program";

/** Exit code for what was asked in a way that cannot be answered. */
const USAGE = 2;

/** Runs the command line and returns the exit code; what it prints goes to the process's streams. */
async function main(args: readonly string[]): Promise<number> {
  try {
    await makeProgram().parseAsync([...args], { from: "user" });
    return typeof process.exitCode === "number" ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    if (!(error instanceof DualRegistryError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
}

/** A reader that has seen enough, such as `head`, is no error. */
function endQuietlyWithReader(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit();
  throw error;
}

/** Nobody listens to what happens meanwhile: no reason to stop half-way, nor to end differently. */
function goOnUnheard(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

process.stdout.on("error", endQuietlyWithReader);
process.stderr.on("error", goOnUnheard);
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
