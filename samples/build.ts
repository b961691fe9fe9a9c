import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Digest } from "../src/base/digest";
import { openSource, readTree } from "../src/oci";
import { findTool } from "../test/support/registries";

/** The product's folder. */
export const PRODUCT = resolve(__dirname, "product");

/** Its programs, each an image. */
export const IMAGES = ["builder", "sidecar", "metrics-pusher", "web"] as const;

const PLATFORMS = ["linux/amd64", "linux/arm64"];

/** Ends with what the command wrote where it fails. */
function run(command: string, args: readonly string[], cwd = PRODUCT): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8", maxBuffer: 64 << 20 });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? `exit ${String(status)}`}\n${stdout}${stderr}`);
}

/** Builds and tests the programs, as `make` does. @param version what they answer to --version */
export function makePrograms(version: string): void {
  for (const args of [["test"], ["all", `VERSION=${version}`]]) run("make", args);
}

/** A tool that makes images of Dockerfiles, for several platforms. */
export interface Builder {
  name: string;
  /** Writes one program's image to an OCI archive. */
  build(image: string, labels: Readonly<Record<string, string>>, archive: string): void;
}

/**
 * Buildah, which needs no daemon, or Docker's buildx.
 *
 * @param dir a folder of the sample's own, for what is kept while images are made
 * @throws Error where neither works, with what to do
 */
export function findBuilder(dir: string): Builder {
  const buildah = findTool("buildah");
  if (buildah !== undefined) return { name: "buildah", build: (...args) => byBuildah(buildah, dir, ...args) };
  const docker = findTool("docker");
  const works = docker !== undefined && spawnSync(docker, ["buildx", "inspect"], { stdio: "ignore" }).status === 0;
  if (works) return { name: "docker buildx", build: (...args) => byBuildx(docker, ...args) };
  throw new Error("No builder of images works here: npm run setup installs buildah, or start Docker with buildx");
}

const labelled = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels).flatMap(([name, value]) => ["--label", `${name}=${value}`]);

type BuildArguments = Parameters<Builder["build"]>;

function byBuildah(buildah: string, dir: string, ...[image, labels, archive]: BuildArguments): void {
  const [root, runroot] = [join(dir, "storage"), join(dir, "run")];
  for (const folder of [root, runroot]) mkdirSync(folder, { recursive: true });
  const store = ["--storage-driver", "vfs", "--root", root, "--runroot", runroot];
  const what = ["--platform", PLATFORMS.join(","), "--manifest", image, "--file", `${image}/Dockerfile`];
  run(buildah, [...store, "build", "--isolation", "chroot", "--timestamp", "0", ...what, ...labelled(labels), "."]);
  run(buildah, [...store, "manifest", "push", "--all", image, `oci-archive:${archive}`]);
}

function byBuildx(docker: string, ...[image, labels, archive]: BuildArguments): void {
  const what = ["--platform", PLATFORMS.join(","), "--provenance=false", "--file", `${image}/Dockerfile`];
  run(docker, ["buildx", "build", ...what, ...labelled(labels), "--output", `type=oci,dest=${archive}`, "."]);
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
