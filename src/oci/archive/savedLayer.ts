import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { DualRegistryError } from "../../errors";
import { DigestCheck, type Digest } from "../digest";
import { CHUNK, type StoredBlob } from "../layout/layoutContent";
import { MEDIA } from "../mediaTypes";
import type { Descriptor } from "../manifest";
import { compressionOf, steadyGzip } from "./compression";
import { Hashing, nowhere } from "./hashing";
import type { TarBlob } from "./tarFile";

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
export async function readyLayer(task: LayerTask): Promise<ReadyLayer> {
  const { stored } = task;
  const compression = compressionOf(await stored.beginning(4));
  if (compression === "none") return compressed(task);
  const blob = new Hashing();
  const options = task.signal ? { signal: task.signal } : {};
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
    { ...(signal ? { signal } : {}) },
  );
  const { size } = blob;
  return {
    descriptor: { mediaType: MEDIA.ociLayerGzip, digest: blob.digest(), size },
    stored: { size, read: () => createReadStream(path, { highWaterMark: CHUNK }) },
    uncompressed: stored.size,
  };
}
