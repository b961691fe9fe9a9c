import { createWriteStream } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Client } from "undici";
import { openArchive, type ArchiveSource } from "../archive/openArchive";
import { tempFolder } from "../archive/tempFolder";
import { explainedDisk } from "../layout/diskErrors";
import { CHUNK } from "../layout/layoutContent";
import { answered, unreachable } from "./engineErrors";
import { engineName } from "./engineName";
import { engineSocket } from "./engineSocket";

/** Milliseconds: an engine prepares an image before it sends the first byte, and may rest on its way. */
const TIMEOUTS = { connectTimeout: 10_000, headersTimeout: 600_000, bodyTimeout: 120_000 };

/** How a local engine is asked. */
export interface EngineOptions {
  /** Path of its socket (default: that of DOCKER_HOST, or /var/run/docker.sock). */
  socket?: string;
  /** Where temporary files go (default: TMPDIR). */
  tempDir?: string;
  signal?: AbortSignal;
}

/**
 * Opens one image of a local engine: Docker, or Podman by its compatible socket. It is streamed into a temporary file,
 * which closing removes. Source: Docker Engine API, `GET /images/{name}/get`.
 *
 * @param text name[:tag], name@digest, or the image's id
 * @throws DualRegistryError REGISTRY_UNAVAILABLE without an engine, NOT_FOUND without the image, and what
 *   {@link openArchive} throws
 */
export async function openEngine(text: string, options: EngineOptions = {}): Promise<ArchiveSource> {
  const image = engineName(text);
  const socket = options.socket ?? engineSocket(process.env);
  const folder = await tempFolder(options.tempDir);
  try {
    const file = join(folder.path, "image.tar");
    await save(image, { socket, file, signal: options.signal });
    const archive = await openArchive(file, { ...options, image: "only", name: `engine:${image}` });
    const { close } = archive;
    return Object.assign(archive, {
      close: async () => {
        await close();
        await folder.remove();
      },
    });
  } catch (error) {
    await folder.remove();
    throw explainedDisk(error, `Temporary files of engine:${image} in ${options.tempDir ?? tmpdir()}`);
  }
}

async function save(
  image: string,
  { socket, file, signal }: { socket: string; file: string; signal: AbortSignal | undefined },
): Promise<void> {
  const client = new Client("http://localhost", { socketPath: socket, ...TIMEOUTS });
  try {
    const path = `/images/${image}/get`;
    const { statusCode, body } = await client.request({ method: "GET", path, ...(signal ? { signal } : {}) });
    if (statusCode !== 200) throw await answered(statusCode, body, { image, socket });
    await pipeline(body, createWriteStream(file, { flags: "wx", mode: 0o600, highWaterMark: CHUNK }));
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(error, socket);
  } finally {
    await client.destroy();
  }
}
