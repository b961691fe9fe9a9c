import { spawn, type ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { DualRegistryError } from "../../errors";
import { childEnvironment } from "./childEnvironment";
import type { ProjectFile } from "./projectFile";
import type { StackConfig } from "./stackConfig";

/** The organization that a backend without accounts has. */
export const ORGANIZATION = "organization";

/** The exit code with which Pulumi's runtime says that the error has been logged already (Pulumi SDK, cmd/run). */
export const EXIT_LOGGED = 32;

/** How much of a program's own output is kept, from its end, in characters. */
const KEPT_OUTPUT = 8_192;

/** One run of the program for one stack. */
export interface ProgramRun {
  project: ProjectFile;
  stack: string;
  config: StackConfig;
  /** Where the ResourceMonitor and the Engine listen. */
  address: string;
  /** Entry of Pulumi's Node runtime; see {@link findRuntime}. */
  runtime: string;
  /** Whether the runtime is made fit for previews; see childPreload.mjs. */
  preload: boolean;
  /** Ends the child when it aborts. */
  signal: AbortSignal;
}

/** How it ended. */
export interface ProgramExit {
  /** `null` when a signal ended it. */
  code: number | null;
  /** The end of what it wrote to stdout and stderr. */
  output: string;
}

/**
 * The entry of the Pulumi runtime that a project has installed.
 *
 * @throws DualRegistryError PREVIEW_FAILED when there is none
 */
export function findRuntime(projectDir: string): string {
  try {
    return createRequire(resolve(projectDir, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  } catch (error) {
    const message = `Cannot find @pulumi/pulumi from ${projectDir}: install the project's packages (npm ci)`;
    throw new DualRegistryError("PREVIEW_FAILED", message, { cause: error });
  }
}

/** Runs the program under Pulumi's own Node runtime as a dry run, and resolves when it has ended. */
export async function runProgram(run: ProgramRun): Promise<ProgramExit> {
  const child = spawn(process.execPath, programArguments(run), {
    cwd: run.project.programDir,
    env: childEnvironment(run.project, run.config),
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that what the program starts ends with it; only what leaves the group gets away.
    detached: process.platform !== "win32",
    windowsHide: true,
  });
  const end = (): void => endGroup(child);
  run.signal.addEventListener("abort", end, { once: true });
  if (run.signal.aborted) end();
  const output = new Tail();
  output.follow(child.stdout);
  output.follow(child.stderr);
  return new Promise((resolvePromise, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => {
      run.signal.removeEventListener("abort", end);
      end();
      // A grandchild may hold the pipes open: the program has ended when its process has.
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        resolvePromise({ code, output: output.text });
      }, 10);
    });
  });
}

/** Ends a child and its group; a group that is gone already is what was wanted. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch (error) {
    // EPERM: on some systems, for a group of which only zombies are left.
    const gone = error instanceof Error && "code" in error && (error.code === "ESRCH" || error.code === "EPERM");
    if (!gone) throw error;
  }
}

/** The arguments that Pulumi's language host gives, behind the preload of previews. */
function programArguments(run: ProgramRun): string[] {
  const { project } = run;
  const preload = pathToFileURL(join(__dirname, "childPreload.mjs"));
  preload.searchParams.set("sdk", resolve(dirname(run.runtime), "../.."));
  return [
    ...project.nodeArgs,
    ...(run.preload ? [`--import=${preload.href}`] : []),
    run.runtime,
    ...["--monitor", run.address, "--engine", run.address],
    ...["--organization", ORGANIZATION, "--project", project.name, "--stack", run.stack],
    ...["--root-directory", project.root, "--pwd", project.programDir],
    ...["--dry-run", "--parallel", "16"],
    project.entry,
  ];
}

/** Keeps the end of several streams' text. */
class Tail {
  text = "";

  follow(stream: Readable): void {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      this.text = (this.text + chunk).slice(-KEPT_OUTPUT);
    });
  }
}
