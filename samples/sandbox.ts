import { Command } from "@commander-js/extra-typings";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { defined } from "../src/base/defined";
import { DualRegistryError, type ExitCode } from "../src/base/errors";
import { type Io, processIo } from "../src/cli/io";
import { formatOption, portOf, projectOption } from "../src/cli/options";
import { followPhases } from "../src/cli/progress";
import { findTool } from "../test/support/registries";
import { explainedFullDisk, makeSandboxFolder, removeLeftovers } from "./sandbox/folder";
import { printedSandbox, sandboxReport } from "./sandbox/report";
import { sandboxWalk } from "./sandbox/walk";
import { Cleanup } from "./stage/cleanup";
import { runProgram, sayTo } from "./stage/program";

const MORE = `
Starts a stage of Pulumi.yaml on this computer: two registries with the plan's tokens and scopes, images through the real
publish path, their audit log and pull log, and the console. Nothing of it leaves this computer, and Ctrl-C ends all of it.
Exit codes: 0 it ran and was ended, 1 it did not get ready, 2 wrong usage or configuration, a missing tool or a full disk`;

const declare = () =>
  new Command("sandbox")
    .description("A whole stage on this computer")
    .option("--stage <name>", "which stage (default: the one in which gates begin)")
    .option("--promote", "walk from the first stage to this one, or to the last, with made-up sign-offs")
    .option("--fault", "pull a secure image from the wrong registry, and show who notices")
    .option("--no-wait", "end as soon as it is ready")
    .option("--port <number>", "of the console (default: one that is free)")
    .addOption(projectOption())
    .addOption(formatOption("text", "json"))
    .addHelpText("after", MORE);
type Options = ReturnType<ReturnType<typeof declare>["opts"]>;

const TOOLS = ["docker-registry", "skopeo", "openssl"] as const;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Hears what ends a sandbox. Whoever insists ends the process at once; what it started is then ended by its watchers.
 */
function endSignal(): { told: Promise<void>; isTold: () => boolean; forget: () => void } {
  let count = 0;
  let onSignal = (): void => undefined;
  const told = new Promise<void>((done) => {
    onSignal = () => {
      // A recording ends its programs and hands the signal on to its own process, so that one Ctrl-C may come twice.
      count += 1;
      done();
      if (count > 2) process.exit(1);
    };
  });
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const forget = () => {
    for (const signal of SIGNALS) process.removeListener(signal, onSignal);
  };
  return { told, isTold: () => count > 0, forget };
}

async function run(options: Options, io: Io): Promise<ExitCode> {
  const { stage, promote, fault, wait, port, project, format } = options;
  const missing = TOOLS.filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0) {
    throw new DualRegistryError("USAGE", `A stage on this computer needs ${missing.join(", ")}: run npm run setup`);
  }
  const begun = performance.now();
  const end = endSignal();
  const cleanup = new Cleanup();
  const temporary = process.env["TMPDIR"];
  cleanup.add(() => {
    if (temporary === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = temporary;
  });
  let dir = tmpdir();
  try {
    const wish = {
      project: resolve(io.cwd, project),
      ...defined({ stage, promote, fault, port: port === undefined ? undefined : portOf(port) }),
    };
    for (const left of await removeLeftovers()) sayTo(io)(`Removed ${left}, which a sandbox left that was killed`);
    dir = await makeSandboxFolder(cleanup);
    // Whatever writes temporary files from here on writes them below this folder, which goes as a whole.
    process.env["TMPDIR"] = dir;
    const { result } = await followPhases(sandboxWalk(wish, { dir, cleanup, isEnding: end.isTold }), io);
    io.stdout.write(printedSandbox(sandboxReport(result, performance.now() - begun), format));
    if (wait) await end.told;
    return 0;
  } catch (error) {
    throw end.isTold() ? new Error("Ended before it was ready") : explainedFullDisk(error, dir);
  } finally {
    await cleanup.run();
    end.forget();
  }
}

/** `npm run sandbox [-- --stage NAME ...]`: prints what runs and where on standard output, what it does on standard error. */
export const sandbox = (args: readonly string[], io: Io): Promise<ExitCode> =>
  runProgram(declare(), args, io, (options) => run(options, io));

if (require.main === module) {
  void sandbox(process.argv.slice(2), processIo()).then((code) => (process.exitCode = code));
}
