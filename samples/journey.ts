import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { limiter } from "../src/base/limit";
import { trivyReport } from "../test/support/release/scans";
import type { PublishAllResult } from "../src/cli/image/publishAll";
import { runDualreg, tryDualreg } from "./stage/commandLine";
import { type BuiltFrom, configsOf, make, PRODUCT, pull } from "./build";

const ROOT = resolve(__dirname, "..");
const SOURCE = "https://github.com/example/product";

/** What the product is called on its way. */
export const VERSION = "v1.0.0";

/** The product on its way; times in seconds. */
export interface Taken {
  /** All images at once: pushed by digest, then tagged. */
  publish: number;
  /** The same from the first stage to the last. */
  promote: number;
  images: readonly TakenImage[];
}

/** An image as it arrived. */
interface TakenImage {
  image: string;
  digest: string;
  /** Of its publication up to its tags, in seconds. */
  publish: number;
  /** Of this machine's platform, with all its layers, in seconds. */
  pull: number;
}

/** Publications at a time where they wait for what fails. */
const LANES = 4;

async function seconds<T>(work: () => T | Promise<T>): Promise<[number, T]> {
  const start = performance.now();
  const result = await work();
  return [(performance.now() - start) / 1000, result];
}

/** The commit that stands here; a folder without git has none, and gets zeros. */
function commitOf(): string {
  const { stdout } = spawnSync("git", ["rev-parse", "HEAD"], { cwd: ROOT, encoding: "utf8" });
  return /^[0-9a-f]{40}\n$/.test(stdout) ? stdout.trim() : "0".repeat(40);
}

/**
 * Copies the product's project, so that a program of it can run.
 *
 * @param project the folder to make
 * @param key PEM of the key that images are signed by
 * @param dev host of the first stage's registries, `prod` of the last one's. Default: those of the files
 */
export function copyProject(
  project: string,
  { key, dev = "localhost:5001", prod = "localhost:5002" }: { key: string; dev?: string; prod?: string },
): void {
  mkdirSync(project);
  const fill = (file: string, from: string, to: string) => {
    const text = readFileSync(join(PRODUCT, file), "utf8").replaceAll(from, () => to);
    writeFileSync(join(project, file), text);
  };
  fill("Pulumi.yaml", "PUBLIC_KEY", JSON.stringify(key));
  fill("Pulumi.dev.yaml", "localhost:5001", dev);
  fill("Pulumi.prod.yaml", "localhost:5002", prod);
  for (const folder of ["node_modules", "src"]) symlinkSync(join(ROOT, folder), join(project, folder), "junction");
  writeFileSync(join(project, "package.json"), JSON.stringify({ main: "src/index.ts" }));
  cpSync(join(ROOT, "tsconfig.json"), join(project, "tsconfig.json"));
}

/** The way of the product's images from a build to a pull, by the command line in this process. */
export class Journey {
  private readonly key: string;
  private readonly publicKey: string;
  private readonly build: string;
  /** What the images are built from. */
  readonly from: BuiltFrom;

  /**
   * Makes a key and says of what the images are built.
   *
   * @param dir a folder of this run's own, which somebody else removes
   */
  constructor(private readonly dir: string) {
    const { privateKey, publicKey } = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const [commit, created] = [commitOf(), new Date().toISOString()];
    this.from = { source: SOURCE, commit, version: VERSION, created };
    this.publicKey = publicKey;
    this.key = this.write("key.pem", privateKey);
    const build = { source: SOURCE, commit, version: VERSION, createdAt: created };
    this.build = this.write("build.json", JSON.stringify(build));
  }

  /**
   * The outputs of both stages, as files, of a copy of the product's project with these hosts and this run's key.
   *
   * @param name of the copy
   */
  async outputs(name: string, hosts: Readonly<Record<"dev" | "prod", string>>): Promise<{ dev: string; prod: string }> {
    const project = join(this.dir, name);
    copyProject(project, { key: this.publicKey, ...hosts });
    const of = async (stage: string) => {
      const text = await this.run(["preview", "--project", project, "--stage", stage, "--format", "outputs"]);
      return this.write(`${name}-${stage}.json`, text);
    };
    return { dev: await of("dev"), prod: await of("prod") };
  }

  /**
   * Publishes the product to dev by `make docker-push`, promotes it to prod, verifies it there and pulls it: as a whole, or
   * not at all.
   *
   * @param archives by image
   * @param host of prod's registries
   * @throws Error
   */
  async take(
    archives: Readonly<Record<string, string>>,
    outputs: { dev: string; prod: string },
    host: string,
  ): Promise<Taken> {
    const list = await this.listOf(archives);
    const pushing = { OUTPUTS: outputs.dev, LIST: list, KEY: this.key, REGISTRY_TYPE: "distribution" };
    const [publish, text] = await seconds(() => make("docker-push", pushing));
    const { pushed, images: tagged } = JSON.parse(text) as PublishAllResult;
    for (const { repository, state } of tagged) {
      if (state !== "tagged") throw new Error(`${repository}: published, and ${state} in place of tagged`);
    }
    const to = ["--outputs", outputs.prod];
    const names = pushed.map(({ repository, digest }) => `${repository}@${digest}`);
    const promoting = ["image", "promote", ...names, "--version", VERSION, ...to, "--key", this.key];
    const [promote] = await seconds(async () => {
      const promoted = this.write(
        "promoted.json",
        await this.run([...promoting, "--push-by-digest", "--format", "json"]),
      );
      await this.run(["image", "tag", promoted, ...to]);
    });
    const images: TakenImage[] = [];
    for (const { repository, digest, phases } of pushed) {
      await this.run(["image", "verify", `${repository}:${VERSION}`, "--digest", digest, ...to]);
      const image = repository.replace("product/", "");
      const place = `${host}/${image === "web" ? "standard" : "secure"}/${repository}:${VERSION}`;
      const [pulling, pulled] = await seconds(() => pull(place, this.dir));
      if (pulled !== digest) throw new Error(`${image}: pulled ${pulled}, published ${digest}`);
      const took = phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000;
      images.push({ image, digest, publish: took, pull: pulling });
    }
    return { publish, promote, images };
  }

  /** Publishes the product whole by the command line in this process. @param outputs the file @throws Error */
  async publish(archives: Readonly<Record<string, string>>, outputs: string): Promise<void> {
    await this.run(["image", "publish-all", await this.listOf(archives), "--outputs", outputs, "--key", this.key]);
  }

  /** The same as a command line of its own, for whoever starts it. */
  async publishLine(archives: Readonly<Record<string, string>>, outputs: string): Promise<readonly string[]> {
    const line = ["image", "publish-all", await this.listOf(archives), "--outputs", outputs, "--key", this.key];
    return [process.execPath, join(ROOT, "bin/dualreg.js"), ...line];
  }

  /** Publishes the product again and again, each time to repositories of its own. @returns why some failed */
  async publishAgain(archives: Readonly<Record<string, string>>, outputs: string, runs: number): Promise<string[]> {
    const run = limiter(LANES);
    const list = await this.listOf(archives);
    const text = readFileSync(outputs, "utf8");
    const publishOnce = async (at: number): Promise<string[]> => {
      const own = text.replace(/"namespace": ?"/g, (found) => `${found}run${at}/`);
      const file = this.write(`outputs-run${at}.json`, own);
      const { code, stdout, stderr } = await tryDualreg(
        ["image", "publish-all", list, "--outputs", file, "--key", this.key],
        this.env,
      );
      const refused = stdout.split("\n").filter((line) => line.startsWith("    "));
      return code === 0 ? [] : [(refused.at(0) ?? stderr.trim().split("\n").at(-1) ?? "").trim()];
    };
    return (await Promise.all(Array.from({ length: runs }, (_, at) => run(() => publishOnce(at))))).flat();
  }

  /** The list of the product's images, with a report for each platform that nobody scanned for. */
  private async listOf(archives: Readonly<Record<string, string>>): Promise<string> {
    const images = await Promise.all(
      Object.entries(archives).map(async ([image, archive]) => {
        const scan = (await configsOf(archive)).map((config, at) =>
          this.write(`${image}-${at}-scan.json`, JSON.stringify(trivyReport(config))),
        );
        return { image: `product/${image}`, source: `oci-archive:${archive}`, scan };
      }),
    );
    return this.write("product.json", JSON.stringify({ build: this.build, images }));
  }

  private run(args: readonly string[]): Promise<string> {
    return runDualreg(args, this.env);
  }

  private get env() {
    return { HOME: this.dir, DOCKER_CONFIG: this.dir, PATH: process.env["PATH"] ?? "" };
  }

  private write(name: string, text: string): string {
    const file = join(this.dir, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }
}
