import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { Digest } from "../src/base/digest";
import { openSource, readTree } from "../src/oci";
import { findTool } from "../test/support/registries";

/** The product's folder. */
export const PRODUCT = resolve(__dirname, "product");

/** Its programs, each an image. */
const IMAGES = ["builder", "sidecar", "metrics-pusher", "web"] as const;

/** What the images are built from, as their labels and their build metadata say. */
export interface BuiltFrom {
  source: string;
  commit: string;
  version: string;
  /** ISO 8601. */
  created: string;
}

/** Ends with what the command wrote where it fails. */
function run(command: string, args: readonly string[], cwd = PRODUCT): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8", maxBuffer: 64 << 20 });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? `exit ${String(status)}`}\n${stdout}${stderr}`);
}

/** Runs a target of the product's Makefile. @returns what it printed */
export const make = (target: string, variables: Readonly<Record<string, string>>, folder = PRODUCT): string => {
  const given = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return run("make", ["--no-print-directory", target, ...given], folder);
};

/** A tool that makes images of Dockerfiles, for several platforms, as the Makefile is told of it. */
export interface Builder {
  name: string;
  variables: Readonly<Record<string, string>>;
  /** A copy of the product, so that two runs at a time build nothing over each other. */
  folder: string;
}

/**
 * Buildah, which needs no daemon, or Docker's buildx.
 *
 * @param dir a folder of the sample's own, for what is kept while images are made
 * @throws Error where neither works, with what to do
 */
export function findBuilder(dir: string): Builder {
  const folder = join(dir, "source");
  cpSync(PRODUCT, folder, { recursive: true, filter: (from) => !["build", "dist"].includes(relative(PRODUCT, from)) });
  const buildah = findTool("buildah");
  if (buildah !== undefined) {
    const [root, runroot] = [join(dir, "storage"), join(dir, "run")];
    for (const folder of [root, runroot]) mkdirSync(folder, { recursive: true });
    const command = `${buildah} --storage-driver vfs --root ${root} --runroot ${runroot}`;
    return {
      name: "buildah",
      variables: { BUILDER: "buildah", BUILDAH: command, BUILD_FLAGS: "--isolation chroot" },
      folder,
    };
  }
  const docker = findTool("docker");
  const works = docker !== undefined && spawnSync(docker, ["buildx", "inspect"], { stdio: "ignore" }).status === 0;
  if (works) return { name: "docker buildx", variables: { BUILDER: "docker" }, folder };
  throw new Error("No builder of images works here: npm run setup installs buildah, or start Docker with buildx");
}

/** Tests and builds the programs and their images, as `make` does. @returns the archive of each image */
export function makeImages(builder: Builder, { source, commit, version, created }: BuiltFrom): Record<string, string> {
  const { folder, variables } = builder;
  make("test", {}, folder);
  const from = { SOURCE: source, COMMIT: commit, VERSION: version, CREATED: created };
  make("docker-build", { ...variables, ...from }, folder);
  return Object.fromEntries(IMAGES.map((image) => [image, join(folder, "build", `${image}.tar`)]));
}

/** The programs for the page of a version, with their checksums. @returns how many, and what this machine's says */
export function makeBinaries(
  { folder }: Builder,
  version: string,
  dir: string,
): { files: readonly string[]; says: string } {
  make("dist", { VERSION: version, DIST: dir }, folder);
  const files = readdirSync(dir).sort();
  const sums = files.map(
    (file) =>
      `${createHash("sha256")
        .update(readFileSync(join(dir, file)))
        .digest("hex")}  ${file}\n`,
  );
  writeFileSync(join(dir, "SHA256SUMS"), sums.join(""));
  const own = process.arch === "arm64" ? "arm64" : "amd64";
  const says = run(join(dir, `builder_${version}_linux_${own}`), ["--version"], dir).trim();
  return { files, says };
}

/** Digests of the configurations of an archive's platforms, which scanners name. */
export async function configsOf(archive: string): Promise<readonly Digest[]> {
  const { source, reference, close } = await openSource(`oci-archive:${archive}`);
  try {
    const { manifests } = await readTree(source, reference);
    return manifests.flatMap(({ content }) => content.config?.digest ?? []);
  } finally {
    await close();
  }
}

/** Pulls an image of this machine's platform as a runtime would, and answers its digest. */
export function pull(reference: string, dir: string): string {
  const skopeo = findTool("skopeo") ?? "skopeo";
  run(skopeo, ["copy", "--src-tls-verify=false", `docker://${reference}`, `oci:${dir}:pulled`]);
  const inspected = run(skopeo, ["inspect", "--tls-verify=false", "--format", "{{.Digest}}", `docker://${reference}`]);
  return inspected.trim();
}
