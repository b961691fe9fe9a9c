import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { findTool } from "../../test/support/registries";
import { watchTree } from "./treePeak";

const PROGRAM = resolve(__dirname, "../programs/mirror/run.cjs");

/** What copying all images took: wall time, and the peak memory of the largest process with all that it started. */
export interface CopySample {
  seconds: number;
  megabytes: number;
}

/** A way to copy all images from one registry to the other: one process, or one an image. */
export type Copier = (from: string, to: string, images: readonly string[]) => readonly (readonly string[])[];

const regctl =
  (...options: readonly string[]): Copier =>
  (from, to, images) =>
    images.map((image) => {
      const hosts = [from, to].flatMap((host) => ["--host", `reg=${host},tls=disabled`]);
      return ["regctl", ...hosts, "image", "copy", ...options, `${from}/${image}`, `${to}/${image}`];
    });

/** The copiers that this project is compared with, each as a script would use it. */
export const COPIERS = {
  dualreg: (from, to, images) => [[process.execPath, PROGRAM, from, to, ...images]],
  skopeo: (from, to, images) =>
    images.map((image) => [
      ...["skopeo", "copy", "--all", "--preserve-digests", "--src-tls-verify=false", "--dest-tls-verify=false"],
      ...[`docker://${from}/${image}`, `docker://${to}/${image}`],
    ]),
  crane: (from, to, images) =>
    images.map((image) => ["crane", "cp", "--insecure", `${from}/${image}`, `${to}/${image}`]),
  regctl: regctl(),
} as const satisfies Readonly<Record<string, Copier>>;

/** regctl, one image after the other, with what refers to each. */
export const REGCTL_WITH_REFERRERS = regctl("--referrers", "--digest-tags");

/** The configuration of one run of regsync over all images, four at a time, with what refers to each. */
export function regsyncConfig(from: string, to: string, images: readonly string[]): string {
  const creds = [from, to].map((registry) => ({ registry, tls: "disabled", reqConcurrent: 100 }));
  const sync = images.map((image) => ({ source: `${from}/${image}`, target: `${to}/${image}`, type: "image" }));
  return JSON.stringify({ version: 1, creds, defaults: { parallel: 4, referrers: true, digestTags: true }, sync });
}

/** Runs the processes one after the other, as a script would. */
export async function timeCopies(commands: readonly (readonly string[])[]): Promise<CopySample> {
  const start = process.hrtime.bigint();
  let megabytes = 0;
  for (const [name = "", ...args] of commands) {
    const child = spawn(findTool(name) ?? name, args, { stdio: ["ignore", "ignore", "pipe"] });
    const peak = child.pid === undefined ? () => 0 : watchTree(child.pid);
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors = (errors + text).slice(-2000)));
    const code = await new Promise<number | null>((done, fail) => child.on("error", fail).on("close", done));
    megabytes = Math.max(megabytes, peak());
    if (code !== 0) throw new Error(`${name} ended with ${String(code)}:\n${errors}`);
  }
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, megabytes };
}
