import { join } from "node:path";
import { skopeo } from "../../test/support/images/skopeo";
import { startContainerd, whyNoContainerd } from "../../test/support/pulls/containerd";
import { type PulledLines } from "./evidence";

/** Something that pulls images, and what it writes of that. */
export interface Puller {
  name: string;
  source: PulledLines["source"];
  /** @param image repository with host @returns lines of its log */
  pull: (image: string, tag: string, digest: string) => Promise<string>;
  stop: () => Promise<void>;
}

/**
 * containerd where it may run, whose debug lines name the host that answered; else skopeo, whose pulls are written down as
 * Docker would.
 *
 * @param dir a folder of this run's own
 */
export async function startPuller(dir: string, runtime = usualRuntime()): Promise<Puller> {
  if (runtime === "skopeo") {
    return {
      name: "skopeo, its pulls written down as Docker does",
      source: "docker",
      pull: async (image, _tag, digest) => {
        const reference = `${image}@${digest}`;
        await skopeo("copy", "--src-tls-verify=false", `docker://${reference}`, `oci:${join(dir, "pulled")}:image`);
        const event = { Type: "image", Action: "pull", Actor: { ID: reference }, timeNano: Date.now() * 1e6 };
        return `${JSON.stringify(event)}\n`;
      },
      stop: () => Promise.resolve(),
    };
  }
  const containerd = await startContainerd();
  return {
    name: "containerd",
    source: "containerd",
    pull: (image, tag) => Promise.resolve(containerd.pull(`${image}:${tag}`, "--plain-http")),
    stop: containerd.stop,
  };
}

export type Runtime = "containerd" | "skopeo";
const usualRuntime = (): Runtime => (whyNoContainerd() === undefined ? "containerd" : "skopeo");
