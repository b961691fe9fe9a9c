import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { defined } from "../../base/defined";
import { type Digest, DigestCheck } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { limiter } from "../../base/limit";
import { CHUNK, type StoredBlob } from "../layout/layoutContent";
import { type Descriptor, MEDIA } from "../manifest";
import { compressionOf, Hashing, nowhere, steadyGzip } from "./compression";
import type { TarBlob, TarFile } from "./tarFile";

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

  /**
   * Takes an image's layers in.
   *
   * @param entries of the archive, base first
   * @param diffIds digests of the unpacked layers, in the same order
   * @returns keys that {@link SavedLayers.get} takes once all are ready, base first
   */
  add(entries: readonly string[], diffIds: readonly Digest[]): readonly string[] {
    return diffIds.map((diffId, at) => this.addLayer(entries[at] ?? "", diffId));
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

/** A layer as a registry takes it. */
export interface ReadyLayer {
  descriptor: Descriptor;
  stored: StoredBlob;
  /** Bytes before; absent for a layer that was compressed already and is left as it was. */
  uncompressed?: number;
}

/** A layer of an archive, and what is needed to make it ready. */
export interface LayerTask {
  stored: TarBlob;
  diffId: Digest;
  /** Where it is written once it is compressed. */
  path: string;
  /** Names the layer, for the message. */
  where: string;
  signal?: AbortSignal;
}

/**
 * Makes a layer of a docker archive ready: a plain tar is compressed, one that is compressed is left as it is. Both are
 * verified against the configuration's diff_id, except zstd, which Node.js 20 cannot read.
 *
 * @throws DualRegistryError DIGEST_MISMATCH
 */
async function readyLayer(task: LayerTask): Promise<ReadyLayer> {
  const { stored } = task;
  const compression = compressionOf(await stored.beginning(4));
  if (compression === "none") return compressed(task);
  const blob = new Hashing();
  const options = defined({ signal: task.signal });
  if (compression === "gzip") {
    const content = new Hashing();
    await pipeline(stored.read(), blob, createGunzip({ chunkSize: CHUNK }), content, nowhere(), options);
    const got = content.digest();
    if (got !== task.diffId) {
      throw new DualRegistryError("DIGEST_MISMATCH", `${task.where}: it unpacks to ${got}; expected: ${task.diffId}`);
    }
  } else await pipeline(stored.read(), blob, nowhere(), options);
  const mediaType = compression === "gzip" ? MEDIA.ociLayerGzip : ZSTD;
  return { descriptor: { mediaType, digest: blob.digest(), size: blob.size }, stored };
}

const ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd";

async function compressed({ stored, diffId, path, where, signal }: LayerTask): Promise<ReadyLayer> {
  const blob = new Hashing();
  const [gzip, header] = steadyGzip();
  await pipeline(
    stored.read(),
    new DigestCheck({ digest: diffId, size: stored.size }, where),
    gzip,
    header,
    blob,
    createWriteStream(path, { flags: "wx", highWaterMark: CHUNK }),
    { ...defined({ signal }) },
  );
  const { size } = blob;
  return {
    descriptor: { mediaType: MEDIA.ociLayerGzip, digest: blob.digest(), size },
    stored: { size, read: () => createReadStream(path, { highWaterMark: CHUNK }) },
    uncompressed: stored.size,
  };
}

/**
 * Works on items, at most `width` at a time. After a failure nothing new begins, what runs is told by the signal, and
 * the failure is thrown once all have ended: so their files may be removed.
 */
async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T, signal: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const failure = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  const run = limiter(width);
  const errors: unknown[] = [];
  const unlessStopped = async (item: T): Promise<void> => {
    if (stop.aborted) return;
    try {
      await work(item, stop);
    } catch (error) {
      errors.push(error);
      failure.abort();
    }
  };
  await Promise.all(items.map((item) => run(() => unlessStopped(item))));
  if (errors.length > 0) throw errors[0];
  signal?.throwIfAborted();
}
