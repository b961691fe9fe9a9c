import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { dualreg } from "../src/cli/program";
import { captureIo } from "../test/support/io";
import { trivyReport } from "../test/support/release/scans";
import { type Builder, configsOf, PRODUCT, pull } from "./build";

const ROOT = resolve(__dirname, "..");
const SOURCE = "https://github.com/example/product";

/** What the product is called on its way. */
export const VERSION = "v1.0.0";

/** An image on its way; times in seconds. */
export interface Taken {
  image: string;
  digest: string;
  publish: number;
  promote: number;
  /** Of this machine's platform, with all its layers. */
  pull: number;
}

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

/** The way of the product's images from a build to a pull, by the command line in this process. */
export class Journey {
  private readonly key: string;
  private readonly publicKey: string;
  private readonly build: string;
  private readonly labels: Readonly<Record<string, string>>;

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
    const [commit, createdAt] = [commitOf(), new Date().toISOString()];
    this.publicKey = publicKey;
    this.key = this.write("key.pem", privateKey);
    this.build = this.write("build.json", JSON.stringify({ source: SOURCE, commit, version: VERSION, createdAt }));
    this.labels = {
      "org.opencontainers.image.source": SOURCE,
      "org.opencontainers.image.revision": commit,
      "org.opencontainers.image.version": VERSION,
      "org.opencontainers.image.created": createdAt,
      "io.dual-registry.binding": "portable",
    };
  }

  /**
   * The outputs of both stages, as files, of a copy of the product's project with these hosts and this run's key.
   *
   * @param name of the copy
   */
  async outputs(name: string, hosts: Readonly<Record<"dev" | "prod", string>>): Promise<{ dev: string; prod: string }> {
    const project = join(this.dir, name);
    mkdirSync(project);
    const fill = (file: string, from: string, to: string) => {
      const text = readFileSync(join(PRODUCT, file), "utf8").replaceAll(from, () => to);
      writeFileSync(join(project, file), text);
    };
    fill("Pulumi.yaml", "PUBLIC_KEY", JSON.stringify(this.publicKey));
    fill("Pulumi.dev.yaml", "localhost:5001", hosts.dev);
    fill("Pulumi.prod.yaml", "localhost:5002", hosts.prod);
    for (const folder of ["node_modules", "src"]) symlinkSync(join(ROOT, folder), join(project, folder), "junction");
    writeFileSync(join(project, "package.json"), JSON.stringify({ main: "src/index.ts" }));
    cpSync(join(ROOT, "tsconfig.json"), join(project, "tsconfig.json"));
    const of = async (stage: string) => {
      const text = await this.run(["preview", "--project", project, "--stage", stage, "--format", "outputs"]);
      return this.write(`${name}-${stage}.json`, text);
    };
    return { dev: await of("dev"), prod: await of("prod") };
  }

  /** Builds an image, publishes it to dev, promotes it to prod, verifies it there and pulls it. @throws Error */
  async take(image: string, builder: Builder, outputs: { dev: string; prod: string }, host: string): Promise<Taken> {
    builder.build(image, this.labels, join(this.dir, `${image}.tar`));
    const publishing = await this.publishing(image, outputs.dev);
    const [publish, text] = await seconds(() => this.run(publishing));
    const { digest } = JSON.parse(text) as { digest: string };
    const name = `product/${image}`;
    const to = ["--outputs", outputs.prod];
    const promoting = ["image", "promote", `${name}@${digest}`, "--version", VERSION, ...to, "--key", this.key];
    const [promote] = await seconds(() => this.run(promoting));
    await this.run(["image", "verify", `${name}:${VERSION}`, ...to]);
    const place = `${host}/${image === "web" ? "standard" : "secure"}/${name}:${VERSION}`;
    const [pulling, pulled] = await seconds(() => pull(place, this.dir));
    if (pulled !== digest) throw new Error(`${image}: pulled ${pulled}, published ${digest}`);
    return { image, digest, publish, promote, pull: pulling };
  }

  /** Publishes an image that was built again and again, under another tag each time. @returns why some failed */
  async publishAgain(image: string, outputs: string, runs: number): Promise<string[]> {
    const publishing = await this.publishing(image, outputs);
    const failed: string[] = [];
    for (let at = 0; at < runs; at += 1) {
      const { code, stderr } = await this.try([...publishing, "--tag", `feature-run${at}`]);
      if (code !== 0) failed.push(stderr.trim().split("\n").at(-1) ?? "");
    }
    return failed;
  }

  /** The command line that publishes an image, with a report for each platform that nobody scanned for. */
  private async publishing(image: string, outputs: string): Promise<readonly string[]> {
    const archive = join(this.dir, `${image}.tar`);
    const scans = (await configsOf(archive)).map((config, at) =>
      this.write(`${image}-${at}-scan.json`, JSON.stringify(trivyReport(config))),
    );
    return [
      ...["image", "publish", `oci-archive:${archive}`, "--outputs", outputs, "--image", `product/${image}`],
      ...["--build", this.build, "--key", this.key, "--format", "json", "--scan", ...scans],
    ];
  }

  private async run(args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.try(args);
    if (code !== 0) throw new Error(`dualreg ${args.join(" ")} ended with ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  private async try(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const { io, printed } = captureIo({
      env: { HOME: this.dir, DOCKER_CONFIG: this.dir, PATH: process.env["PATH"] ?? "" },
    });
    return { code: await dualreg(args, io), ...printed };
  }

  private write(name: string, text: string): string {
    const file = join(this.dir, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }
}
