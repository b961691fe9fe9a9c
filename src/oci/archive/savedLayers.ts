import { join } from "node:path";
import { DualRegistryError } from "../../errors";
import type { Digest } from "../digest";
import type { SavedConfig, SavedImage } from "./dockerFiles";
import { inParallel } from "./inParallel";
import { readyLayer, type LayerTask, type ReadyLayer } from "./savedLayer";
import type { TarFile } from "./tarFile";

/** Layers compressed at a time. */
const WIDTH = 2;

/** Layers of the images of a docker archive, each file once however many images have it. */
export class SavedLayers {
  private readonly tasks = new Map<string, LayerTask>();
  private readonly ready = new Map<string, ReadyLayer>();

  /** @param folder where compressed layers are written */
  constructor(
    private readonly tar: TarFile,
    private readonly folder: string,
  ) {}

  /** Takes an image's layers in. @returns keys that {@link SavedLayers.get} takes once all are ready, base first */
  add({ layers }: SavedImage, { rootfs }: SavedConfig): readonly string[] {
    return (rootfs.diff_ids ?? []).map((diffId, at) => this.addLayer(layers[at] ?? "", diffId));
  }

  /** Makes all ready, two at a time. @throws DualRegistryError DIGEST_MISMATCH */
  prepare(signal?: AbortSignal): Promise<void> {
    const work = async ([key, task]: [string, LayerTask], stop: AbortSignal): Promise<void> => {
      this.ready.set(key, await readyLayer({ ...task, signal: stop }));
    };
    return inParallel([...this.tasks], WIDTH, work, signal);
  }

  get(key: string): ReadyLayer {
    const layer = this.ready.get(key);
    if (!layer) throw new Error(`Layer ${key} was not made ready`);
    return layer;
  }

  all(): Iterable<ReadyLayer> {
    return this.ready.values();
  }

  private addLayer(entry: string, diffId: Digest): string {
    const stored = this.tar.find(entry);
    const where = `${this.tar.name}: layer ${JSON.stringify(entry.slice(0, 200))}`;
    if (!stored) throw new DualRegistryError("CONTENT_INVALID", `${where}: missing`);
    const key = `${stored.offset}-${diffId}`;
    if (!this.tasks.has(key)) {
      this.tasks.set(key, { stored, diffId, where, path: join(this.folder, `${this.tasks.size}.tar.gz`) });
    }
    return key;
  }
}
