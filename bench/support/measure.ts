import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What one whole process took. */
export interface Sample {
  /** Seconds from start to exit. */
  seconds: number;
  /** Peak resident memory of the process itself, in MB. */
  megabytes: number;
}

function sampleOf(file: string, seconds: number): Sample {
  const { maxRSS } = JSON.parse(readFileSync(file, "utf8")) as { maxRSS: number };
  return { seconds, megabytes: maxRSS / 1024 };
}

/**
 * Runs a Node program to its end and says what it took.
 *
 * @throws Error when it ends with anything but 0, with the end of what it wrote to stderr
 */
export async function measure(
  args: readonly string[],
  options: { cwd: string; env: Record<string, string> },
): Promise<Sample> {
  const folder = mkdtempSync(join(tmpdir(), "dualreg-bench-"));
  const peak = join(folder, "peak");
  const start = process.hrtime.bigint();
  const child = spawn(process.execPath, ["--require", join(__dirname, "peak.cjs"), ...args], {
    cwd: options.cwd,
    env: { ...options.env, DUALREG_BENCH_PEAK: peak },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors = (errors + text).slice(-2000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", resolve);
  });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  try {
    if (code !== 0) throw new Error(`The measured program ended with ${String(code)}: ${args.join(" ")}\n${errors}`);
    return sampleOf(peak, seconds);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The middle of an odd number of values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The middle of each figure on its own. */
export function middle(samples: readonly Sample[]): Sample {
  return {
    seconds: median(samples.map((sample) => sample.seconds)),
    megabytes: median(samples.map((sample) => sample.megabytes)),
  };
}
