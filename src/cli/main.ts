import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { DualRegistryError } from "../errors";
import { addAccess } from "./access/declare";
import { addAdopt } from "./adopt";
import { addCompliance } from "./compliance/declare";
import { addDoctor } from "./doctor";
import { addImage } from "./image/declare";
import { addPreview } from "./preview";
import { addRegistry } from "./registry/declare";
import { addRelease } from "./release/declare";

/** Exit code for what was asked in a way that cannot be answered. */
const USAGE = 2;

/** The whole command line. A command's module only declares it; what it does is loaded when it runs. */
function makeProgram(): Command {
  const program = new Command("dualreg")
    .description("Two container registries for each stage, a secure one beside the standard one")
    .version(version(), "--version", "print the version")
    .helpOption("--help", "print help")
    .showSuggestionAfterError(true)
    .exitOverride();
  addPreview(program);
  addDoctor(program);
  addAdopt(program);
  addImage(program);
  addRegistry(program);
  addRelease(program);
  addAccess(program);
  addCompliance(program);
  return program;
}

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

function version(): string {
  const file: unknown = JSON.parse(readFileSync(join(__dirname, "..", "..", "package.json"), "utf8"));
  return typeof file === "object" && file !== null && "version" in file ? String(file.version) : "unknown";
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
