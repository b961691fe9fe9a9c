import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { digestOf } from "../src/base/digest";
import { limiter } from "../src/base/limit";
import { MEDIA } from "../src/oci/manifest";
import { ConsoleGround } from "../test/support/console/ground";
import { findTool, REFERRERS_TOOL } from "../test/support/registries";
import { timeCopies } from "./support/copiers";
import { median } from "./support/measure";
import type { Row } from "./support/table";

const READER = resolve(__dirname, "programs/goReader");
const DUALREG = resolve(__dirname, "../bin/dualreg.js");

/** Images of one platform, each with labels of its own. */
const IMAGES = 2_000;
const REPOSITORY = "orders/api";

/** Builds the reader. @param dir gets it */
function buildReader(dir: string): string {
  const file = join(dir, "reader");
  execFileSync("go", ["build", "-o", file, "."], { cwd: READER, stdio: ["ignore", "ignore", "inherit"] });
  return file;
}

/** Pushes images of no layer: what is measured reads none. */
async function pushImages(ground: ConsoleGround): Promise<void> {
  const target = ground.repository("secure", REPOSITORY);
  const descriptorOf = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const push = async (at: number) => {
    const names = ["team", "tier", "source", "commit", "build"];
    const labels = Object.fromEntries(names.map((name) => [`com.example.${name}`, `${name} ${at}`]));
    const rootfs = { type: "layers", diff_ids: [] };
    const config = Buffer.from(
      JSON.stringify({ architecture: "amd64", os: "linux", rootfs, config: { Labels: labels } }),
    );
    const descriptor = descriptorOf(MEDIA.ociConfig, config);
    await target.writeBlob(descriptor, () => Promise.resolve(Readable.from([config])), { look: false });
    const manifest = { schemaVersion: 2, mediaType: MEDIA.ociManifest, config: descriptor, layers: [] };
    const bytes = Buffer.from(JSON.stringify(manifest));
    const tag = `v1.0.${at}`;
    await target.writeManifest({ bytes, ...descriptorOf(MEDIA.ociManifest, bytes) }, { tag, readBack: false });
  };
  const limit = limiter(8);
  await Promise.all(Array.from({ length: IMAGES }, (_, at) => limit(() => push(at))));
}

/**
 * A stage's images as pages, by one command with its start, against a program of go-containerregistry that reads the same
 * manifests and configurations, as many at once, and writes nothing.
 */
export async function labels(runs: number): Promise<Row[]> {
  const missing = ["docker-registry", REFERRERS_TOOL, "go"].filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0) {
    console.error(`labels: left out, no ${missing.join(", ")} was found (npm run setup)`);
    return [];
  }
  const dir = mkdtempSync(join(tmpdir(), "dualreg-bench-labels-"));
  const ground = await ConsoleGround.begin();
  try {
    const reader = buildReader(dir);
    await pushImages(ground);
    const outputs = join(dir, "outputs.json");
    const stage = ground.outputsPastFronts;
    writeFileSync(outputs, JSON.stringify(stage));
    const site = join(dir, "site");
    const command = [process.execPath, DUALREG, "labels", "--outputs", outputs, "--format", "html", "--out", site];
    const other = [reader, `${stage.registries.secure.loginServer}/${REPOSITORY}`];
    const pairs: (readonly [number, number])[] = [];
    // The first round warms caches of both up.
    for (let run = 0; run <= runs; run += 1) {
      const [one, two] = [await timeCopies([command]), await timeCopies([other])];
      if (run > 0) pairs.push([one.seconds, two.seconds]);
    }
    const [ours, theirs] = [median(pairs.map(([one]) => one)), median(pairs.map(([, one]) => one))];
    return [
      {
        what: `labels of ${IMAGES} images as a site, by one command, against one go-containerregistry reader`,
        figures: `${ours.toFixed(2)} s / ${theirs.toFixed(2)} s`,
        value: median(pairs.map(([one, two]) => one / two)),
        bar: 1.5,
      },
    ];
  } finally {
    await ground.end();
    rmSync(dir, { recursive: true, force: true });
  }
}
