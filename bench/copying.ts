import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mirrorImage } from "../src/images/mirror";
import { Registries } from "../src/images/registries";
import { copyThrottle } from "../src/oci/copy/copyImage";
import { openLayout } from "../src/oci/layout/layoutStore";
import { bigImage, family } from "../test/support/images/family";
import { LayoutBuilder } from "../test/support/images/layoutBuilder";
import { findTool, startDistribution, type TestRegistry } from "../test/support/registries";
import { COPIERS, type Copier, type CopySample, timeCopies } from "./support/copiers";
import { median } from "./support/measure";
import type { Row } from "./support/table";

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
  first: Record<string, CopySample[]>;
  again: Record<string, CopySample[]>;
}

/** Each tool in turn onto a target that is empty at first, then once more with nothing left to do. */
async function rounds(dir: string, runs: number): Promise<Rounds> {
  const tools = Object.entries<Copier>(COPIERS).filter(([name]) => name === "dualreg" || findTool(name) !== undefined);
  const result: Rounds = { first: {}, again: {} };
  const source = await startDistribution();
  try {
    const images = await fill(source, dir);
    for (let run = 0; run < runs; run++) {
      for (const [name, copy] of tools) {
        const target = await startDistribution();
        try {
          const commands = copy(source.host, target.host, images);
          (result.first[name] ??= []).push(await timeCopies(commands));
          (result.again[name] ??= []).push(await timeCopies(commands));
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

const middle = (samples: readonly CopySample[] | undefined, figure: keyof CopySample): number =>
  median((samples ?? []).map((sample) => sample[figure]));

function against(what: string, samples: Record<string, CopySample[]>, other: string, bar: number): Row[] {
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
