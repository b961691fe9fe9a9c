import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { allowedEnvironment } from "../../src/preview/record/runProgram";
import { findPulumi } from "../../test/support/engine/findPulumi";
import { startProviders } from "../../test/support/providers/startProviders";
import { watchTree } from "./treePeak";

/** What one run of the CLI took: wall time, and the peak memory of the engine and all that it started, added up. */
export interface EngineSample {
  seconds: number;
  megabytes: number;
}

/** Runs of the Pulumi CLI over a project in a folder, with stand-ins for the providers. */
export interface EngineBench {
  run: (...args: readonly string[]) => Promise<EngineSample>;
  /** How many resources stand in the cloud. */
  standing: () => number;
}

/** Whether there is a CLI to measure. */
export const hasEngine = (): boolean => findPulumi() !== undefined;

/** Opens an empty stack `qa` of the project in `folder`, whose state and home are below `room`. */
export async function withEngine(folder: string, room: string, use: (bench: EngineBench) => Promise<void>) {
  const providers = await startProviders();
  const root = findPulumi()?.root;
  for (const name of ["home", "state"]) mkdirSync(join(room, name));
  const environment = allowedEnvironment(process.env);
  const env = {
    ...environment,
    PATH: [...(root === undefined ? [] : [join(root, "bin")]), environment["PATH"]].join(delimiter),
    PULUMI_HOME: join(room, "home"),
    PULUMI_BACKEND_URL: `file://${join(room, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "a passphrase of a bench",
    PULUMI_DEBUG_PROVIDERS: providers.debugProviders,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    TMPDIR: room,
  };
  try {
    await runPulumi(["stack", "init", "qa", "--non-interactive"], { cwd: folder, env });
    await use({
      run: (...args) => runPulumi([...args, "--stack", "qa", "--non-interactive"], { cwd: folder, env }),
      standing: () => providers.cloud.all().length,
    });
  } finally {
    await providers.close();
  }
}

async function runPulumi(args: readonly string[], options: { cwd: string; env: Record<string, string> }) {
  const start = process.hrtime.bigint();
  const child = spawn("pulumi", args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const ended = child.pid === undefined ? () => 0 : watchTree(child.pid);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2000)));
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const sample = { seconds: Number(process.hrtime.bigint() - start) / 1e9, megabytes: ended() };
  if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${String(code)}:\n${said}`);
  return sample;
}
