import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleConsole } from "../../../src/console/bundle";
import type { BuiltSettings } from "../../../src/console/settings";

/** A line of the console's log. */
type LogLine = Readonly<Record<string, unknown>>;

/** A console that runs as a process of its own. */
export interface RunningConsole {
  readonly address: string;
  readonly lines: readonly LogLine[];
  /** Asks it to end. @returns the code it ended with */
  readonly stop: () => Promise<number | null>;
}

/** How the process of a built console is started. */
export interface ConsoleStart {
  env?: Readonly<Record<string, string>>;
  args?: readonly string[];
  execArgs?: readonly string[];
}

/** Writes the bundle into a folder. @returns its file */
export async function buildConsole(dir: string, settings: BuiltSettings): Promise<string> {
  const { text } = await bundleConsole(settings, "1.0.0");
  mkdirSync(dir, { recursive: true });
  const file = join(dir, "console.cjs");
  writeFileSync(file, text);
  return file;
}

/** A console's process, what it has logged, and the code it ends with. */
export interface StartedConsole {
  readonly child: ChildProcess;
  readonly lines: readonly LogLine[];
  readonly ended: Promise<number | null>;
}

/** Starts the bundle with nothing of this process's environment. */
export const startConsole = (file: string, { env = {}, args = [], execArgs = [] }: ConsoleStart = {}): StartedConsole =>
  startCommand(process.execPath, [...execArgs, file, ...args], { HOME: "/nonexistent", ...env });

/** Starts whatever command starts a console, and reads its log. */
export function startCommand(command: string, args: readonly string[], env: NodeJS.ProcessEnv): StartedConsole {
  const child = spawn(command, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  const lines: LogLine[] = [];
  let rest = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) lines.push(part.startsWith("{") ? (JSON.parse(part) as LogLine) : { plain: part });
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, lines, ended };
}

/** Starts the bundle and waits until it listens. @throws what it logged where it ends instead */
export const runConsole = (file: string, start: ConsoleStart = {}): Promise<RunningConsole> =>
  untilListening(startConsole(file, start));

/** Waits until a console listens. @throws what it logged where it ends instead */
export async function untilListening({ child, lines, ended }: StartedConsole): Promise<RunningConsole> {
  for (;;) {
    const listening = lines.find(({ msg }) => msg === "listening");
    if (listening !== undefined) {
      const stop = () => {
        child.kill("SIGTERM");
        return ended;
      };
      return { address: `http://127.0.0.1:${String(listening["port"])}`, lines, stop };
    }
    if (child.exitCode !== null) throw new Error(`the console ended: ${JSON.stringify(lines)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
