import { generateKeyPairSync } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { spawnSync } from "node:child_process";
import { dualreg } from "../src/cli/program";
import { captureIo } from "../test/support/io";
import { findTool, startDistribution, startFaultProxy } from "../test/support/registries";
import { COMMON_FAULTS } from "../test/support/registries/faults";
import { trivyReport } from "../test/support/release/scans";
import { configsOf, findBuilder, IMAGES, makePrograms, PRODUCT, pull } from "./build";

const ROOT = resolve(__dirname, "..");
const SOURCE = "https://github.com/example/product";
const VERSION = "v1.0.0";

/** A share of requests that go wrong, and how often an image is published through them. */
const FAULTS = {
  ...{ probability: 0.05, seed: 1 },
  // Nobody logs in to these registries, so no login runs out.
  faults: COMMON_FAULTS.filter(({ kind }) => kind !== "expired"),
};
const USUAL_RUNS = 100;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** An image on its way; times in seconds. */
interface Taken {
  image: string;
  digest: string;
  publish: number;
  promote: number;
  /** Of this machine's platform, with all its layers. */
  pull: number;
}

/** What the sample saw. */
interface Result {
  builder: string;
  images: readonly Taken[];
  /** Publications through a registry of which a share of requests fails. */
  underFaults: { runs: number; succeeded: number; failed: readonly string[] };
}

/** The command line in this process, which ends where it does not end well. */
class Commands {
  constructor(private readonly env: Readonly<Record<string, string>>) {}

  async run(args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.try(args);
    if (code !== 0) throw new Error(`dualreg ${args.join(" ")} ended with ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  async try(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const { io, printed } = captureIo({ env: this.env });
    const code = await dualreg(args, io);
    return { code, ...printed };
  }
}

const seconds = async <T>(work: () => Promise<T>): Promise<[number, T]> => {
  const start = performance.now();
  const result = await work();
  return [(performance.now() - start) / 1000, result];
};

/** The product's project with the ports and the key of this run. */
function writeProject(dir: string, hosts: Readonly<Record<"dev" | "prod", string>>, publicKey: string): string {
  const project = join(dir, "project");
  mkdirSync(project);
  const fill = (name: string, from: string, to: string) => {
    const text = readFileSync(join(PRODUCT, name), "utf8");
    writeFileSync(
      join(project, name),
      text.replaceAll(from, () => to),
    );
  };
  fill("Pulumi.yaml", "PUBLIC_KEY", JSON.stringify(publicKey));
  fill("Pulumi.dev.yaml", "localhost:5001", hosts.dev);
  fill("Pulumi.prod.yaml", "localhost:5002", hosts.prod);
  for (const name of ["node_modules", "src"]) symlinkSync(join(ROOT, name), join(project, name), "junction");
  writeFileSync(join(project, "package.json"), JSON.stringify({ main: "src/index.ts" }));
  cpSync(join(ROOT, "tsconfig.json"), join(project, "tsconfig.json"));
  return project;
}

async function sample(dir: string, runs: number): Promise<Result> {
  const builder = findBuilder(dir);
  const [dev, prod] = [await startDistribution(), await startDistribution()];
  const flaky = await startFaultProxy(dev.host, { chance: FAULTS });
  try {
    const { privateKey, publicKey } = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const key = join(dir, "key.pem");
    writeFileSync(key, privateKey, { mode: 0o600 });
    const commands = new Commands({ HOME: dir, DOCKER_CONFIG: dir, PATH: process.env["PATH"] ?? "" });
    const project = writeProject(dir, { dev: dev.host, prod: prod.host }, publicKey);
    say("Previewing the product's two stages");
    const outputs = async (stage: string, from = project) => {
      const file = join(dir, `${stage}-${from === project ? "" : "flaky-"}outputs.json`);
      writeFileSync(file, await commands.run(["preview", "--project", from, "--stage", stage, "--format", "outputs"]));
      return file;
    };
    const [devOutputs, prodOutputs] = [await outputs("dev"), await outputs("prod")];

    say("Building and testing the programs for two platforms");
    makePrograms(VERSION);
    const createdAt = new Date().toISOString();
    const commit = commitOf();
    const build = join(dir, "build.json");
    writeFileSync(build, JSON.stringify({ source: SOURCE, commit, version: VERSION, createdAt }));
    const labels = {
      "org.opencontainers.image.source": SOURCE,
      "org.opencontainers.image.revision": commit,
      "org.opencontainers.image.version": VERSION,
      "org.opencontainers.image.created": createdAt,
      "io.dual-registry.binding": "portable",
    };
    say("No scanner's database is out here: the scan reports are made up, of no finding");
    const publishing = async (image: string, file: string) => {
      const archive = join(dir, `${image}.tar`);
      const given = ["--image", `product/${image}`, "--build", build, "--key", key, "--format", "json"];
      const scans = (await configsOf(archive)).map((config, at) => {
        const report = join(dir, `${image}-${at}-scan.json`);
        writeFileSync(report, JSON.stringify(trivyReport(config)));
        return report;
      });
      return ["image", "publish", `oci-archive:${archive}`, "--outputs", file, ...given, "--scan", ...scans];
    };
    const images: Taken[] = [];
    for (const image of IMAGES) {
      say(`${image}: building with ${builder.name}, publishing to dev, promoting to prod, pulling`);
      builder.build(image, labels, join(dir, `${image}.tar`));
      const publish = await publishing(image, devOutputs);
      const [published, text] = await seconds(() => commands.run(publish));
      const { digest } = JSON.parse(text) as { digest: string };
      const [promoted] = await seconds(() =>
        commands.run([
          ...["image", "promote", `product/${image}@${digest}`, "--version", VERSION],
          ...["--outputs", prodOutputs, "--key", key],
        ]),
      );
      await commands.run(["image", "verify", `product/${image}:${VERSION}`, "--outputs", prodOutputs]);
      const place = `${prod.host}/${image === "web" ? "standard" : "secure"}/product/${image}`;
      const [pulling, pulled] = await seconds(() => Promise.resolve(pull(`${place}:${VERSION}`, dir)));
      if (pulled !== digest) throw new Error(`${image}: pulled ${pulled}, published ${digest}`);
      images.push({ image, digest, publish: published, promote: promoted, pull: pulling });
    }
    say(`Publishing ${runs} times through a registry of which 5 % of all requests fail`);
    const flakyProject = writeProject(join(dir, "flaky"), { dev: flaky.host, prod: prod.host }, publicKey);
    const flakyOutputs = await outputs("dev", flakyProject);
    const again = await publishing("sidecar", flakyOutputs);
    const failed: string[] = [];
    for (let at = 0; at < runs; at += 1) {
      const { code, stderr } = await commands.try([...again, "--tag", `feature-run${at}`]);
      if (code !== 0) failed.push(stderr.trim().split("\n").at(-1) ?? "");
    }
    return { builder: builder.name, images, underFaults: { runs, succeeded: runs - failed.length, failed } };
  } finally {
    await flaky.stop();
    await Promise.all([dev.stop(), prod.stop()]);
  }
}

/** The commit that stands here; a folder without git has none, and gets zeros. */
function commitOf(): string {
  const { stdout } = spawnSync("git", ["rev-parse", "HEAD"], { cwd: ROOT, encoding: "utf8" });
  return /^[0-9a-f]{40}\n$/.test(stdout) ? stdout.trim() : "0".repeat(40);
}

function text({ builder, images, underFaults }: Result): string {
  const rows = images.map(({ image, digest, publish, promote, pull }) => {
    const times = [publish, promote, pull].map((time) => `${time.toFixed(1).padStart(6)} s`);
    return `  ${image.padEnd(16)} ${times.join("  ")}  ${digest}`;
  });
  const { runs, succeeded, failed } = underFaults;
  return [
    `Product v1.0.0, built with ${builder}, published to dev, promoted to prod, verified and pulled from there:`,
    `  ${"image".padEnd(16)} ${"publish".padStart(8)}  ${"promote".padStart(8)}  ${"pull".padStart(8)}  digest`,
    ...rows,
    `Of ${runs} publications with 5 % of requests failing, ${succeeded} succeeded.`,
    ...failed.slice(0, 5).map((why) => `  ${why}`),
    "",
  ].join("\n");
}

/** `npm run sample [-- --runs N] [--format json]`. */
async function main(args: readonly string[]): Promise<number> {
  const value = (name: string) => (args.includes(name) ? (args[args.indexOf(name) + 1] ?? "") : undefined);
  const runs = Number(value("--runs") ?? USUAL_RUNS);
  const format = value("--format") ?? "text";
  if (!Number.isInteger(runs) || runs < 0 || !["text", "json"].includes(format)) {
    say("Usage: npm run sample [-- --runs <number> --format text|json]");
    return 2;
  }
  const missing = ["docker-registry", "skopeo", "make", "go"].filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0) {
    say(`The sample needs ${missing.join(", ")}: run npm run setup`);
    return 2;
  }
  const dir = mkdtempSync(join(tmpdir(), "dualreg-sample-"));
  try {
    mkdirSync(join(dir, "flaky"));
    const result = await sample(dir, runs);
    process.stdout.write(format === "json" ? `${JSON.stringify(result, undefined, 2)}\n` : text(result));
    return 0;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
