import { createWriteStream } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Client } from "undici";
import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import { explainedDisk, hasCode, isMissing, tempFolder } from "../base/file";
import { type ArchiveSource, openArchive } from "./archive/openArchive";
import { CHUNK } from "./layout/layoutContent";

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
    const { statusCode, body } = await client.request({ method: "GET", path, ...defined({ signal }) });
    if (statusCode !== 200) throw await answered(statusCode, body, { image, socket });
    await pipeline(body, createWriteStream(file, { flags: "wx", mode: 0o600, highWaterMark: CHUNK }));
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(error, socket);
  } finally {
    await client.destroy();
  }
}

const MAX_ANSWER = 4096;

/** The error for an engine's answer that is no image; its own words are shortened and quoted. */
async function answered(
  status: number,
  body: AsyncIterable<Buffer>,
  { image, socket }: { image: string; socket: string },
): Promise<DualRegistryError> {
  const said = JSON.stringify((await beginning(body)).slice(0, 200));
  if (status === 404 || /no such image|image not known|not found/i.test(said)) {
    return new DualRegistryError(
      "NOT_FOUND",
      `engine:${image}: the engine at ${socket} has no such image; see docker images, or build or pull it first`,
    );
  }
  return new DualRegistryError(
    "REGISTRY_REFUSED",
    `engine:${image}: the engine at ${socket} answered ${status}: ${said}`,
  );
}

/** The error for an engine that gives no answer; errors that say what they mean already stay as they are. */
function unreachable(error: unknown, socket: string): unknown {
  if (error instanceof DualRegistryError || hasCode(error, "ENOSPC", "EDQUOT")) return error;
  const why = isMissing(error)
    ? "there is no such socket; start Docker or Podman, or name another socket by DOCKER_HOST=unix:///path"
    : hasCode(error, "ECONNREFUSED")
      ? "nobody listens; start Docker or Podman"
      : hasCode(error, "EACCES")
        ? "no right to use the socket; join its group (docker), or use a rootless engine by DOCKER_HOST=unix:///path"
        : `the connection broke: ${error instanceof Error ? error.message : String(error)}; try again`;
  return new DualRegistryError(
    "REGISTRY_UNAVAILABLE",
    `No local engine at ${socket}: ${why}. Without an engine use docker-archive:FILE or oci:DIR`,
    { cause: error },
  );
}

async function beginning(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_ANSWER) break;
  }
  const text = Buffer.concat(chunks).toString("utf8");
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null && "message" in json) return String(json.message);
  } catch {
    // Not JSON: as it is.
  }
  return text;
}

const NAME =
  /^[A-Za-z0-9][A-Za-z0-9._-]*(?::\d+)?(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

/**
 * The name of one image, as an engine takes it. A bare name stands for its tag `latest`, as everywhere with engines;
 * without it the engine would give every tag there is. An image's id stays as it is.
 *
 * @throws DualRegistryError USAGE
 */
export function engineName(text: string): string {
  if (/^sha256:[0-9a-f]{64}$/.test(text) || /^[0-9a-f]{12,64}$/.test(text)) return text;
  if (text.length > 512 || !NAME.test(text)) {
    throw new DualRegistryError(
      "USAGE",
      `Image ${JSON.stringify(text.slice(0, 200))}: no name of an image; allowed: name[:tag], name@sha256:<digest>, or its id`,
    );
  }
  const tagged = text.includes("@") || text.lastIndexOf(":") > text.lastIndexOf("/");
  return tagged ? text : `${text}:latest`;
}

const DEFAULT = "/var/run/docker.sock";

/**
 * The socket of the local engine: of DOCKER_HOST, or Docker's own.
 *
 * @throws DualRegistryError USAGE for an engine that is not reached by a socket
 */
export function engineSocket(env: Readonly<Record<string, string | undefined>>): string {
  const host = env["DOCKER_HOST"];
  if (host === undefined || host === "") return DEFAULT;
  if (host.startsWith("unix:///")) return host.slice("unix://".length);
  const scheme = /^[a-z]+:\/\//.exec(host)?.[0] ?? "no scheme";
  throw new DualRegistryError(
    "USAGE",
    `DOCKER_HOST begins with ${scheme}; allowed: unix:///path of a local engine's socket. ` +
      `From an engine elsewhere save the image first: docker save --output image.tar NAME, then docker-archive:image.tar`,
  );
}
