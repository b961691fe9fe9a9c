import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describeWith } from "../registries/skipWithout";

const run = promisify(execFile);

/** Runs skopeo and returns what it prints. */
export async function skopeo(...args: readonly string[]): Promise<string> {
  return (await run("skopeo", [...args])).stdout;
}

/** Runs skopeo and returns what it logs. */
export async function skopeoLog(...args: readonly string[]): Promise<string> {
  return (await run("skopeo", [...args], { maxBuffer: 16 * 1024 * 1024 })).stderr;
}

/** A suite that needs skopeo; without it, it is listed as skipped, under a title that says why, and fails in CI. */
export function describeSkopeo(title: string, body: (this: Mocha.Suite) => void): void {
  describeWith(["skopeo"], title, body);
}
