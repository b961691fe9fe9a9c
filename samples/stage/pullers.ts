import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { skopeoLog } from "../../test/support/images/skopeo";
import { startContainerd, whyNoContainerd } from "../../test/support/pulls/containerd";

/** Something that pulls images, and what it writes of that. */
export interface Puller {
  name: string;
  source: "containerd" | "crio";
  /** @param image repository with host @returns lines of its log */
  pull: (image: string, tag: string, digest: string) => Promise<string>;
  stop: () => Promise<void>;
}

/**
 * containerd where it may run, whose debug lines name the host that answered; else skopeo, whose library is CRI-O's and
 * names each source that it tries: its lines stand between the two that CRI-O writes.
 *
 * @param dir a folder of this run's own
 * @param authFile logins of skopeo, in Docker's form; containerd gets none. Default: nobody logs in
 */
export async function startPuller(dir: string, runtime = usualRuntime(), authFile?: string): Promise<Puller> {
  if (runtime === "skopeo") {
    return {
      name: "skopeo, its lines framed as CRI-O's",
      source: "crio",
      pull: async (image, _tag, digest) => {
        const [reference, id] = [`${image}@${digest}`, randomUUID()];
        const line = (message: string) => `time="${new Date().toISOString()}" level=info msg="${message}" id=${id}\n`;
        const begun = line(`Pulling image: ${reference}`);
        const target = `oci:${join(dir, "pulled")}:image`;
        const login = authFile === undefined ? [] : ["--src-authfile", authFile];
        const options = ["--src-tls-verify=false", ...login];
        const said = await skopeoLog("--debug", "copy", ...options, `docker://${reference}`, target);
        return `${begun}${said.trimEnd()}\n${line(`Pulled image: ${reference}`)}`;
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
