import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findTool } from "../registries/findTool";
import { type GuardedChild, startGuarded } from "../registries/guardedChild";

/** Why containerd cannot run here; undefined where it can. It mounts what it unpacks, so that it has to be root. */
export function whyNoContainerd(): string | undefined {
  const missing = ["containerd", "ctr"].filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0) return `${missing.join(", ")} not on PATH`;
  return process.getuid?.() === 0 ? undefined : "not root";
}

/** A containerd that lives in a folder of its own. */
export interface Containerd {
  /**
   * Pulls an image as `ctr --debug images pull` does: fresh each time, or once more where the last pull's content is there.
   *
   * @returns what it wrote, lines of its debug log
   */
  pull: (reference: string, ...options: readonly string[]) => string;
  again: (reference: string, ...options: readonly string[]) => string;
  /** Writes the hosts that answer for a registry, and returns the folder for `--hosts-dir`. */
  hosts: (registry: string, hostsToml: string) => string;
  stop: () => Promise<void>;
}

const SNAPSHOTTERS_OFF = ["btrfs", "zfs", "devmapper", "overlayfs", "blockfile"].map(
  (name) => `"io.containerd.snapshotter.v1.${name}"`,
);

/** Starts containerd with the native snapshotter and without its CRI plugin. @throws Error with the end of its log */
export async function startContainerd(): Promise<Containerd> {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-containerd-"));
  const socket = join(dir, "c.sock");
  const config = join(dir, "config.toml");
  writeFileSync(
    config,
    [
      ...["version = 2", `root = "${join(dir, "root")}"`, `state = "${join(dir, "state")}"`],
      `disabled_plugins = ["io.containerd.grpc.v1.cri", ${SNAPSHOTTERS_OFF.join(", ")}]`,
      // Each pull has a namespace of its own, and is to fetch what another has fetched already.
      ...['[plugins."io.containerd.metadata.v1.bolt"]', 'content_sharing_policy = "isolated"'],
      ...["[grpc]", `address = "${socket}"`, "[ttrpc]", `address = "${join(dir, "t.sock")}"`],
      ...["[debug]", `address = "${join(dir, "d.sock")}"`, 'level = "debug"'],
    ].join("\n"),
  );
  const child = startGuarded(findTool("containerd") ?? "containerd", ["--config", config], dir, join(dir, "log"));
  const ctr = (...args: readonly string[]) =>
    spawnSync(findTool("ctr") ?? "ctr", ["--address", socket, ...args], { encoding: "utf8", cwd: dir });
  await untilReady(child, () => ctr("version").status === 0);
  let count = 0;
  const pull = (reference: string, options: readonly string[]) => {
    const names = ["--namespace", `pull-${count}`, "--debug"];
    const { stdout, stderr } = ctr(...names, "images", "pull", "--snapshotter", "native", ...options, reference);
    return stderr + stdout;
  };
  return {
    pull: (reference, ...options) => {
      count += 1;
      return pull(reference, options);
    },
    again: (reference, ...options) => pull(reference, options),
    hosts: (registry, hostsToml) => {
      mkdirSync(join(dir, "hosts", registry), { recursive: true });
      writeFileSync(join(dir, "hosts", registry, "hosts.toml"), hostsToml);
      return join(dir, "hosts");
    },
    stop: async () => {
      await child.stop();
      rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function untilReady(child: GuardedChild, ready: () => boolean): Promise<void> {
  for (let left = 100; left > 0; left -= 1) {
    if (ready()) return;
    if (child.ended()) break;
    await sleep(100);
  }
  const log = child.log();
  await child.stop();
  throw new Error(`containerd did not start:\n${log.slice(-2000)}`);
}
