import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findTool, startDistribution, startFaultProxy } from "../test/support/registries";
import { COMMON_FAULTS } from "../test/support/registries/faults";
import { findBuilder, IMAGES, makePrograms } from "./build";
import { Journey, type Taken, VERSION } from "./journey";

/** A share of requests that go wrong, and how often an image is published through them. */
const FAULTS = {
  ...{ probability: 0.05, seed: 1 },
  // Nobody logs in to these registries, so no login runs out.
  faults: COMMON_FAULTS.filter(({ kind }) => kind !== "expired"),
};
const USUAL_RUNS = 100;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** What the sample saw. */
interface Result {
  builder: string;
  images: readonly Taken[];
  /** Publications through a registry of which a share of requests fails. */
  underFaults: { runs: number; succeeded: number; failed: readonly string[] };
}

async function sample(dir: string, runs: number): Promise<Result> {
  const builder = findBuilder(dir);
  const journey = new Journey(dir);
  const [dev, prod] = [await startDistribution(), await startDistribution()];
  const flaky = await startFaultProxy(dev.host, { chance: FAULTS });
  try {
    say("Previewing the product's two stages");
    const outputs = await journey.outputs("steady", { dev: dev.host, prod: prod.host });
    say("Building and testing the programs for two platforms");
    makePrograms(VERSION);
    say("Nobody scans these images here: the reports are made up, of no finding");
    const images: Taken[] = [];
    for (const image of IMAGES) {
      say(`${image}: building with ${builder.name}, publishing to dev, promoting to prod, pulling`);
      images.push(await journey.take(image, builder, outputs, prod.host));
    }
    say(`Publishing ${runs} times through a registry of which 5 % of all requests fail`);
    const through = await journey.outputs("flaky", { dev: flaky.host, prod: prod.host });
    const failed = await journey.publishAgain("sidecar", through.dev, runs);
    return { builder: builder.name, images, underFaults: { runs, succeeded: runs - failed.length, failed } };
  } finally {
    await flaky.stop();
    await Promise.all([dev.stop(), prod.stop()]);
  }
}

function text({ builder, images, underFaults }: Result): string {
  const rows = images.map(({ image, digest, publish, promote, pull }) => {
    const times = [publish, promote, pull].map((time) => `${time.toFixed(1).padStart(6)} s`);
    return `  ${image.padEnd(16)} ${times.join("  ")}  ${digest}`;
  });
  const { runs, succeeded, failed } = underFaults;
  return [
    `Product ${VERSION}, built with ${builder}, published to dev, promoted to prod, verified and pulled from there:`,
    `  ${"image".padEnd(16)} ${"publish".padStart(8)}  ${"promote".padStart(8)}  ${"pull".padStart(8)}  digest`,
    ...rows,
    `Of ${runs} publications with 5 % of requests failing, ${succeeded} succeeded.`,
    ...failed.slice(0, 5).map((why) => `  ${why}`),
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

/** `npm run sample [-- --runs N] [--format json]`: 0 fine, 1 where something failed, 2 wrong usage or a missing tool. */
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
    return 0;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
