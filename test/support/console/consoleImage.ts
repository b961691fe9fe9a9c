import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { prepareRuntime } from "../../../images/console/runtime";
import { defined } from "../../../src/base/defined";
import { DualRegistryError } from "../../../src/base/errors";
import { fieldAt } from "../../../src/base/json";
import { openSource, readTree } from "../../../src/oci";
import { findTool } from "../registries";
import { type StartedConsole, startCommand } from "./built";

const ROOT = resolve(__dirname, "../../..");
const RUNTIME = join(ROOT, ".cache/console-runtime");

/** What builds the console's image. */
export const IMAGE_TOOLS = ["buildah", "make", "npm", "apt-get", "dpkg-deb"] as const;

/** What an image is built from. */
export interface ConsoleBuild {
  /** The stage's outputs, and who may come in, as files. */
  outputs: string;
  access: string;
  port?: number;
  /** Variables of the Makefile, such as VERSION. */
  variables?: Readonly<Record<string, string>>;
}

/** A folder that the console's image is built in, as its Makefile does, with a storage of buildah's own. */
export class ConsoleImages {
  private readonly folder: string;
  private readonly buildah: string;

  /** @param dir a folder that somebody else removes */
  constructor(private readonly dir: string) {
    this.folder = join(dir, "image");
    const [root, runroot] = [join(dir, "storage"), join(dir, "run")];
    for (const each of [this.folder, root, runroot]) mkdirSync(each, { recursive: true });
    const places = ["--storage-driver", "vfs", "--root", root, "--runroot", runroot];
    this.buildah = [findTool("buildah") ?? "buildah", ...places].join(" ");
  }

  /**
   * Prepares what the image runs on, once for all tests of this clone. Without a mirror of Debian's, or npm's packages, the
   * test is skipped under a title that says why.
   */
  prepare(context: Mocha.Context): void {
    try {
      prepareRuntime({ out: RUNTIME, ...mirrorOf(process.env) });
    } catch (error) {
      if (!(error instanceof DualRegistryError) || error.code === "DIGEST_MISMATCH") throw error;
      for (const test of [context.test, context.currentTest])
        if (test) test.title += ` (skipped: ${error.message.slice(0, 200)})`;
      context.skip();
    }
    for (const file of ["Dockerfile", ".dockerignore", "Makefile"]) {
      cpSync(join(ROOT, "images/console", file), join(this.folder, file));
    }
    run(["cp", "--archive", "--link", RUNTIME, join(this.folder, "build")]);
  }

  /**
   * `make docker-build` with buildah.
   *
   * @returns the archive with both platforms
   */
  build(name: string, { outputs, access, port = 8080, variables = {} }: ConsoleBuild): string {
    const given = { ROOT, OUTPUTS: outputs, ACCESS: access, PORT: String(port), BUILDER: "buildah", ...variables };
    const lines = Object.entries({ ...given, BUILDAH: this.buildah }).map(([key, value]) => `${key}=${value}`);
    run(["make", "--no-print-directory", "--directory", this.folder, "docker-build", ...lines]);
    const archive = join(this.dir, `${name}.tar`);
    run(["mv", join(this.folder, "build/console.tar"), archive]);
    return archive;
  }
}

/** Unpacks the file system of a platform of an archive, as a container's runtime does. @returns its folder */
export async function unpackImage(archive: string, architecture: string): Promise<string> {
  const to = `${archive}-${architecture}`;
  if (existsSync(to)) return to;
  mkdirSync(to);
  const { source, reference, close } = await openSource(`oci-archive:${archive}`);
  try {
    const { root, manifests } = await readTree(source, reference);
    const wanted = root.content.manifests.find(({ platform }) => platform?.architecture === architecture)?.digest;
    const layers = manifests.find(({ digest }) => digest === wanted)?.content.layers ?? [];
    const args = ["tar", "--extract", "--gzip", "--same-permissions", "--directory", to];
    for (const layer of layers) run(args, await buffer(await source.blob(layer)));
    return to;
  } finally {
    await close();
  }
}

const mirrorOf = ({ DEBIAN_MIRROR: mirror = "" }: NodeJS.ProcessEnv): { mirror?: string } =>
  mirror === "" ? {} : { mirror };

function run([command = "", ...args]: readonly string[], input?: Buffer): string {
  const options = { encoding: "utf8", maxBuffer: 64 << 20, ...defined({ input }) } as const;
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? `exit ${String(status)}`}\n${stdout}${stderr}`);
}

/** What a container's runtime is told. */
export interface ContainerStart {
  /** The unpacked file system of the image. */
  root: string;
  /** Command, variables, user and folder, as the image says. */
  args: readonly string[];
  env: readonly string[];
  user: { uid: number; gid: number };
  cwd: string;
  /** Whether a folder for temporary files is mounted. */
  tmp: boolean;
}

/**
 * Starts a container by runc as Kubernetes would with a read-only root file system: no capability, no new privileges, of
 * the machine's files only those that a runtime always mounts. The network is this machine's.
 * Source: OCI runtime specification, config.md.
 */
export function startContainer(
  dir: string,
  id: string,
  { root, args, env, user, cwd, tmp }: ContainerStart,
): StartedConsole {
  const bundle = join(dir, `bundle-${id}`);
  mkdirSync(bundle);
  const shared = ["/etc/hosts", "/etc/resolv.conf"].map((file) => ({
    ...{ destination: file, source: file, type: "bind", options: ["bind", "ro"] },
  }));
  const none = { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] };
  const config = {
    ociVersion: "1.0.2",
    process: { terminal: false, user, args, env, cwd, capabilities: none, noNewPrivileges: true },
    root: { path: root, readonly: true },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      ...(tmp ? [{ destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "noexec"] }] : []),
      ...shared,
    ],
    linux: { namespaces: ["pid", "ipc", "uts", "mount"].map((type) => ({ type })) },
  };
  writeFileSync(join(bundle, "config.json"), JSON.stringify(config));
  const [runc, ...place] = runcIn(dir);
  return startCommand(runc, [...place, "run", "--no-pivot", "--bundle", bundle, nameOf(id)], process.env);
}

/** The process of a container that runs, as this machine numbers it. */
export function pidOf(dir: string, id: string): number {
  const state: unknown = JSON.parse(run([...runcIn(dir), "state", nameOf(id)]));
  return Number(fieldAt(state, "pid"));
}

const runcIn = (dir: string): [string, ...string[]] => [findTool("runc") ?? "runc", "--root", join(dir, "runc")];

const nameOf = (id: string): string => `dualreg-${process.pid}-${id}`;
