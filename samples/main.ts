import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findTool, startDistribution, startFaultProxy } from "../test/support/registries";
import { COMMON_FAULTS } from "../test/support/registries/faults";
import { findBuilder, makeBinaries, makeImages } from "./build";
import { Journey, type Taken, VERSION } from "./journey";

/** A share of requests that go wrong, and how often an image is published through them. */
const FAULTS = {
  ...{ probability: 0.05, seed: 1 },
  // Nobody logs in to these registries, so no login runs out.
  faults: COMMON_FAULTS.filter(({ kind }) => kind !== "expired"),
};
const USUAL_RUNS = 100;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** The most seconds that publishing the product whole may take (S1-24), and the least share that succeeds (S1-25). */
const BARS = { seconds: 180, share: 0.99 };

/** What the sample saw. */
interface Result {
  builder: string;
  product: Taken;
  /** Publications of the whole product through a registry of which a share of requests fails. */
  underFaults: { runs: number; succeeded: number; failed: readonly string[] };
  /** Programs for the page of the version, and what this machine's says of its version. */
  binaries: { files: readonly string[]; says: string };
}

async function sample(dir: string, runs: number): Promise<Result> {
  const builder = findBuilder(dir);
  const journey = new Journey(dir);
  const [dev, prod] = [await startDistribution(), await startDistribution()];
  const flaky = await startFaultProxy(dev.host, { chance: FAULTS });
  try {
    say("Previewing the product's two stages");
    const outputs = await journey.outputs("steady", { dev: dev.host, prod: prod.host });
    say(`Testing and building the programs and their images for two platforms, with ${builder.name}`);
    const archives = makeImages(builder, journey.from);
    const binaries = makeBinaries(builder, VERSION, join(dir, "dist"));
    say("Nobody scans these images here: the reports are made up, of no finding");
    say("Publishing the product whole to dev, promoting it to prod, pulling it from there");
    const product = await journey.take(archives, outputs, prod.host);
    say(`Publishing it ${runs} times through a registry of which 5 % of all requests fail`);
    const through = await journey.outputs("flaky", { dev: flaky.host, prod: prod.host });
    const failed = await journey.publishAgain(archives, through.dev, runs);
    const underFaults = { runs, succeeded: runs - failed.length, failed };
    return { builder: builder.name, product, underFaults, binaries };
  } finally {
    await flaky.stop();
    await Promise.all([dev.stop(), prod.stop()]);
  }
}

/** What is beyond its bar, in words. */
function missed({ product, underFaults: { runs, succeeded } }: Result): string[] {
  const slow = product.publish > BARS.seconds ? [`publishing took longer than ${BARS.seconds} s`] : [];
  return runs === 0 || succeeded / runs > BARS.share ? slow : [...slow, `no more than ${BARS.share * 100} % succeeded`];
}

function text(result: Result): string {
  const { builder, product, underFaults, binaries } = result;
  const rows = product.images.map(({ image, digest, publish, pull }) => {
    const times = [publish, pull].map((time) => `${time.toFixed(1).padStart(6)} s`);
    return `  ${image.padEnd(16)} ${times.join("  ")}  ${digest}`;
  });
  const { runs, succeeded, failed } = underFaults;
  return [
    `Product ${VERSION}, built with ${builder}, published whole to dev, promoted to prod, verified and pulled from there:`,
    `  ${"image".padEnd(16)} ${"push".padStart(8)}  ${"pull".padStart(8)}  digest`,
    ...rows,
    `S1-24: publishing all ${product.images.length} images took ${product.publish.toFixed(1)} s, of at most ${BARS.seconds}; promoting them ${product.promote.toFixed(1)} s.`,
    `S1-25: of ${runs} publications with 5 % of requests failing, ${succeeded} succeeded; wanted: over ${BARS.share * 100} %.`,
    `S0-16: ${binaries.files.length} programs for two platforms with their checksums; this machine's says ${binaries.says}.`,
    ...failed.slice(0, 5).map((why) => `  ${why}`),
    ...missed(result).map((what) => `MISSED: ${what}`),
    "",
  ].join("\n");
}

/** What the command line asks for; undefined where it asks for nothing that there is. */
function readOptions(args: readonly string[]): { runs: number; format: string } | undefined {
  try {
    const options = { runs: { type: "string" }, format: { type: "string" } } as const;
    const { runs = String(USUAL_RUNS), format = "text" } = parseArgs({ args: [...args], options }).values;
    return /^\d{1,4}$/.test(runs) && ["text", "json"].includes(format) ? { runs: Number(runs), format } : undefined;
  } catch {
    return undefined;
  }
}

/** `npm run sample [-- --runs N] [--format json]`: 0 fine, 1 where something failed or a bar is missed, 2 wrong usage or a missing tool. */
async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === undefined) {
    say("Usage: npm run sample [-- --runs <number, 9999 at most> --format text|json]");
    return 2;
  }
  const missing = ["docker-registry", "skopeo", "make", "go"].filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0) {
    say(`The sample needs ${missing.join(", ")}: run npm run setup`);
    return 2;
  }
  const dir = mkdtempSync(join(tmpdir(), "dualreg-sample-"));
  try {
    const result = await sample(dir, options.runs);
    process.stdout.write(options.format === "json" ? `${JSON.stringify(result, undefined, 2)}\n` : text(result));
    return missed(result).length === 0 ? 0 : 1;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
