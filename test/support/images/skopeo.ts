import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Runs skopeo and returns what it prints. */
export async function skopeo(...args: readonly string[]): Promise<string> {
  return (await run("skopeo", [...args])).stdout;
}

/** A suite that needs skopeo; without it, it is listed as skipped, under a title that says why. */
export function describeSkopeo(title: string, body: (this: Mocha.Suite) => void): void {
  if (isThere()) describe(title, body);
  else describe.skip(`${title} (skipped: no skopeo on PATH)`, body);
}

function isThere(): boolean {
  try {
    execFileSync("skopeo", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
