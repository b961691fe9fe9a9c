import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { mirrorImage } from "../src/images/mirror";
import { Registries } from "../src/images/registries";
import { copyThrottle } from "../src/oci/copy/copyImage";
import { openLayout } from "../src/oci/layout/layoutStore";
import { bigImage, family } from "../test/support/images/family";
import { LayoutBuilder } from "../test/support/images/layoutBuilder";
import { findTool, startDistribution, type TestRegistry } from "../test/support/registries";
import { median } from "./support/measure";
import type { Row } from "./support/table";
import { watchTree } from "./support/treePeak";

const PROGRAM = resolve(__dirname, "programs/mirror/run.cjs");

interface Sample {
  seconds: number;
  megabytes: number;
}

/** A way to copy all images from one registry to the other: one process, or one an image. */
type Tool = (from: string, to: string, images: readonly string[]) => readonly (readonly string[])[];

const TOOLS: Readonly<Record<string, Tool>> = {
  dualreg: (from, to, images) => [[process.execPath, PROGRAM, from, to, ...images]],
  skopeo: (from, to, images) =>
    images.map((image) => [
      ...["skopeo", "copy", "--all", "--preserve-digests", "--src-tls-verify=false", "--dest-tls-verify=false"],
      ...[`docker://${from}/${image}`, `docker://${to}/${image}`],
    ]),
  crane: (from, to, images) =>
    images.map((image) => ["crane", "cp", "--insecure", `${from}/${image}`, `${to}/${image}`]),
  regctl: (from, to, images) =>
    images.map((image) => {
      const hosts = [from, to].flatMap((host) => ["--host", `reg=${host},tls=disabled`]);
      return ["regctl", ...hosts, "image", "copy", `${from}/${image}`, `${to}/${image}`];
    }),
};

/** Runs the processes one after the other, as a script would. */
async function time(commands: readonly (readonly string[])[]): Promise<Sample> {
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

async function fill(registry: TestRegistry, dir: string): Promise<readonly string[]> {
  const layout = await openLayout(dir);
  const registries = new Registries(() => Promise.resolve({ kind: "anonymous", from: "nothing" }));
  const throttle = copyThrottle();
  const images: string[] = [];
  for (const name of await layout.repositories()) {
    const path = name.slice(name.indexOf("/") + 1);
    const target = registries.session(registry.host).repository(path);
    await mirrorImage(layout.repository(name), target, "v1", { throttle, path });
    images.push(`${path}:v1`);
  }
  await registries.close();
  return images;
}

interface Rounds {
  first: Record<string, Sample[]>;
  again: Record<string, Sample[]>;
}

/** Each tool in turn onto a target that is empty at first, then once more with nothing left to do. */
async function rounds(dir: string, runs: number): Promise<Rounds> {
  const tools = Object.keys(TOOLS).filter((name) => name === "dualreg" || findTool(name) !== undefined);
  const result: Rounds = { first: {}, again: {} };
  const source = await startDistribution();
  try {
    const images = await fill(source, dir);
    for (let run = 0; run < runs; run++) {
      for (const name of tools) {
        const target = await startDistribution();
        try {
          const commands = TOOLS[name]?.(source.host, target.host, images) ?? [];
          (result.first[name] ??= []).push(await time(commands));
          (result.again[name] ??= []).push(await time(commands));
        } finally {
          await target.stop();
        }
      }
    }
  } finally {
    await source.stop();
  }
  return result;
}

const middle = (samples: readonly Sample[] | undefined, figure: keyof Sample): number =>
  median((samples ?? []).map((sample) => sample[figure]));

function against(what: string, samples: Record<string, Sample[]>, other: string, bar: number): Row[] {
  if (samples[other] === undefined) return [];
  const [ours, theirs] = [middle(samples["dualreg"], "seconds"), middle(samples[other], "seconds")];
  return [
    {
      what: `${what}, time against ${other}`,
      figures: `${ours.toFixed(2)} s / ${theirs.toFixed(2)} s`,
      value: ours / theirs,
      bar,
    },
  ];
}

/** One image of 1 GB; a hundred of ten layers, eight of them shared; and a second run of the hundred. */
export async function copying(runs: number): Promise<Row[]> {
  if (findTool("docker-registry") === undefined) {
    console.error("copying: left out, no docker-registry was found (npm run setup)");
    return [];
  }
  const dir = mkdtempSync(join(tmpdir(), "dualreg-copying-"));
  try {
    const big = await LayoutBuilder.begin(join(dir, "big"));
    await bigImage(big, { bytes: 1_000_000_000, tag: "v1", repository: "registry.example.com/big/one" });
    const many = await LayoutBuilder.begin(join(dir, "many"));
    await family(many, { name: (at) => ({ tag: "v1", repository: `registry.example.com/family/member${at}` }) });
    const one = await rounds(big.dir, runs);
    const hundred = await rounds(many.dir, runs);
    const memory = middle(one.first["dualreg"], "megabytes");
    const others = ["skopeo", "crane", "regctl"];
    return [
      ...others.flatMap((other) =>
        against("1 GB", one.first, other, other === "skopeo" ? 1 : Number.POSITIVE_INFINITY),
      ),
      { what: "1 GB, peak memory in MB", figures: `${memory.toFixed(0)} MB`, value: memory, bar: 200 },
      ...others.flatMap((other) =>
        against("100 images", hundred.first, other, other === "skopeo" ? 0.4 : Number.POSITIVE_INFINITY),
      ),
      ...against("100 images again", hundred.again, "skopeo", 0.25),
      ...against("100 images again", hundred.again, "crane", 1),
      ...against("100 images again", hundred.again, "regctl", Number.POSITIVE_INFINITY),
    ];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
