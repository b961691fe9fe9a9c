import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleConsole } from "../../../src/console/bundle";
import type { BuiltSettings } from "../../../src/console/settings";

/** A line of the console's log. */
export type LogLine = Readonly<Record<string, unknown>>;

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

/** Starts the bundle with nothing of this process's environment. */
export function startConsole(
  file: string,
  { env = {}, args = [], execArgs = [] }: ConsoleStart = {},
): { child: ChildProcess; lines: LogLine[]; ended: Promise<number | null> } {
  const child = spawn(process.execPath, [...execArgs, file, ...args], {
    env: { HOME: "/nonexistent", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
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
export async function runConsole(file: string, start: ConsoleStart = {}): Promise<RunningConsole> {
  const { child, lines, ended } = startConsole(file, start);
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
