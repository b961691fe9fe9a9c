import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { DualRegistryError } from "../../base/errors";
import { tempFolder } from "../../base/file";
import type { ProjectFile, StackConfig } from "../../project";
import type { StageRecord } from "./stageRecord";

/** The organization that a backend without accounts has. */
export const ORGANIZATION = "organization";

/** The exit code with which Pulumi's runtime says that the error has been logged already (Pulumi SDK, cmd/run). */
const EXIT_LOGGED = 32;

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
  const home = await tempFolder();
  try {
    return await runIn(home.path, run);
  } finally {
    await home.remove();
  }
}

/** @param home an empty folder: the user's own holds logins of many tools */
function runIn(home: string, run: ProgramRun): Promise<ProgramExit> {
  const child = spawn(process.execPath, programArguments(run), {
    cwd: run.project.programDir,
    env: childEnvironment(run.project, run.config, home),
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

/** Why a stage could not be recorded. */
export interface StageFailure {
  stack: string;
  message: string;
  /** True when it failed only because a stage it refers to failed. */
  consequence: boolean;
}

/**
 * Decides whether a stage failed, and says why in the fewest words that are known: what the recorder refused, else what
 * the program logged as errors, else how its process ended and the end of what it wrote.
 *
 * @param passedSeconds the time limit, when that ended the program
 * @returns `undefined` when the program ended well, gave the stack's outputs, which is the last that Pulumi's runtime
 *   does, and nothing was refused
 */
export function explainFailure(
  record: StageRecord,
  exit: ProgramExit,
  passedSeconds: number | undefined,
): StageFailure | undefined {
  const { stack, refusals, consequences } = record;
  if (passedSeconds !== undefined) {
    const message = `The program registered nothing for ${passedSeconds} s and was ended: what does it wait for?`;
    return { stack, message: withOutput(message, exit), consequence: false };
  }
  if (exit.code === 0 && refusals.length === 0 && record.stackOutputs !== undefined) return undefined;
  const known = [...refusals, ...consequences];
  const errors = record.logs.filter((log) => log.severity === "error").map((log) => log.message);
  const others = errors.filter((error) => !known.some((message) => error.includes(message)));
  const consequence = consequences.length > 0 && refusals.length === 0 && others.length === 0;
  const messages = [...new Set([...known, ...others])];
  const told = messages.length > 0 && (exit.code === EXIT_LOGGED || exit.code === 0 || known.length > 0);
  if (told) return { stack, message: messages.join("\n"), consequence };
  const halfway = exit.code === 0 ? ", before it had given the stack's outputs" : "";
  const ending =
    exit.code === null ? "The program was ended by a signal" : `The program ended with code ${exit.code}${halfway}`;
  return { stack, message: withOutput([...messages, ending].join("\n"), exit), consequence };
}

function withOutput(message: string, exit: ProgramExit): string {
  const output = exit.output.trim();
  return output === "" ? message : `${message}\nIts last output:\n${output}`;
}

/** What a process needs to start and to find its folders; nothing else is handed on, so no credential is. */
const ALLOWED: readonly string[] = [
  ...["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TERM"],
  ...["SystemRoot", "SystemDrive", "windir", "ComSpec", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA"],
];

/** The allowed part of an environment, with further names where a tool needs them. */
export function allowedEnvironment(from: NodeJS.ProcessEnv, further: readonly string[] = []): Record<string, string> {
  const named = [...ALLOWED, ...further].flatMap((name): [string, string][] => {
    const value = from[name];
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(named);
}

/** Variables that name the user's own folders. */
const HOMES = ["HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"] as const;

/** The environment of a previewed program: an allow-list, an empty home, and what Pulumi's runtime reads its configuration from. */
export function childEnvironment(
  project: ProjectFile,
  config: StackConfig,
  home: string,
  from: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const environment: Record<string, string> = {
    ...allowedEnvironment(from),
    ...Object.fromEntries(HOMES.filter((name) => from[name] !== undefined).map((name) => [name, home])),
    PULUMI_CONFIG: config.config,
    PULUMI_CONFIG_SECRET_KEYS: config.secretKeys,
  };
  if (project.typescript) environment["PULUMI_NODEJS_TYPESCRIPT"] = "true";
  if (project.tsconfig !== undefined) environment["PULUMI_NODEJS_TSCONFIG_PATH"] = project.tsconfig;
  return environment;
}
