import { createReadStream, createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { defined } from "../../base/defined";
import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { explainedDisk, hasCode, tempFolder, type TempFolder } from "../../base/file";
import type { ImageSource } from "../imageStore";
import { CHUNK, type LayoutContent, type StoredBlob } from "../layout/layoutContent";
import { LAYOUT_FILE } from "../layout/layoutFolder";
import { chooseImage, type ImageChoice } from "../layout/layoutIndex";
import { LayoutReader } from "../layout/layoutReader";
import { MAX_MANIFEST } from "../manifest";
import { compressionOf } from "./compression";
import { type CompressionStats, savedContent, type SavedImage, savedImages } from "./dockerArchive";
import { TarFile } from "./tarFile";

/** How an archive is opened. */
export interface ArchiveOptions {
  /**
   * The images wanted: all (the default), the only one, or one by its name. In a docker archive only their layers are
   * compressed.
   */
  image?: "all" | "only" | { name: string };
  /** For messages (default: the file). */
  name?: string;
  /** Where temporary files go (default: TMPDIR). */
  tempDir?: string;
  signal?: AbortSignal;
}

/** An archive that is open until it is closed; closing removes what was written for it. */
export interface ArchiveSource extends ImageSource {
  /** What compression did: nothing where the layers were left as they were. */
  readonly stats: CompressionStats;
  /** True where only the image asked for was read, and the others are not there. */
  readonly narrowed: boolean;
  choices: () => Promise<readonly ImageChoice[]>;
  close: () => Promise<void>;
}

/**
 * Opens a tar file, or a tar.gz, as `docker save`, `podman save` and `skopeo copy` write it. One that holds an OCI
 * layout is read as it is. From an older one, with a `manifest.json` and plain layers, OCI manifests are made: the
 * configurations stay byte for byte, plain layers are compressed by gzip so that the same archive always gives the same
 * digests (with one version of zlib), and every layer is verified against its diff_id. Memory does not grow with size.
 *
 * @throws DualRegistryError NOT_FOUND, CONTENT_INVALID, DIGEST_MISMATCH; USAGE where several images could be meant
 */
export async function openArchive(file: string, options: ArchiveOptions = {}): Promise<ArchiveSource> {
  const { name = file, signal } = options;
  const folders: TempFolder[] = [];
  const folder = async (): Promise<string> => {
    const made = await tempFolder(options.tempDir);
    folders.push(made);
    return made.path;
  };
  let tar: TarFile | undefined;
  const close = async (): Promise<void> => {
    await tar?.close();
    for (const made of folders.splice(0)) await made.remove();
  };
  try {
    tar = await TarFile.open(await plainTar(file, folder, signal), name, signal);
    if (holdsLayout(tar)) return new OpenArchive(new TarLayout(tar), { uncompressed: 0, compressed: 0 }, false, close);
    const images = await wantedImages(tar, options);
    const { content, stats } = await savedContent(tar, images, {
      folder: await folder(),
      ...defined({ signal }),
    });
    return new OpenArchive(content, stats, (options.image ?? "all") !== "all", close);
  } catch (error) {
    await close();
    throw explainedDisk(error, `Temporary files of ${name} in ${options.tempDir ?? tmpdir()}`);
  }
}

async function wantedImages(tar: TarFile, { image = "all" }: ArchiveOptions): Promise<readonly SavedImage[]> {
  if (!tar.has("manifest.json")) {
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `${tar.name}: no image archive; allowed: what docker save, podman save, or skopeo copy to oci-archive: write`,
    );
  }
  const images = await savedImages(tar);
  if (image === "all") return images;
  const choices = images.map((saved) => ({ id: saved.config, names: saved.names, saved }));
  return [chooseImage(choices, image === "only" ? undefined : image.name, tar.name).saved];
}

class OpenArchive extends LayoutReader implements ArchiveSource {
  /** `docker save` writes the whole index and of its platforms those that the engine has. */
  override readonly ifIncomplete =
    "save one platform that is there (docker save --platform linux/amd64), get the others before (docker pull " +
    "--platform), or build into an archive with all (docker buildx build --output type=oci,dest=image.tar)";

  constructor(
    content: LayoutContent,
    readonly stats: CompressionStats,
    readonly narrowed: boolean,
    readonly close: () => Promise<void>,
  ) {
    super(content);
  }
}

/** True for a tar file that holds an OCI layout, as Docker 25 and later and `oci-archive:` write it. */
const holdsLayout = (tar: TarFile): boolean => tar.has(LAYOUT_FILE) && tar.has("index.json");

/** A layout in a tar file: its blobs are read where they lie, byte for byte. */
class TarLayout implements LayoutContent {
  constructor(private readonly tar: TarFile) {}

  get name(): string {
    return this.tar.name;
  }

  index(): Promise<Buffer> {
    return this.tar.small("index.json", MAX_MANIFEST);
  }

  open(digest: Digest): Promise<StoredBlob | undefined> {
    return Promise.resolve(this.tar.find(`blobs/${digest.replace(":", "/")}`));
  }
}

/**
 * A tar file without compression: the file itself, or what a `.tar.gz` unpacks to, in a folder for it.
 *
 * @param folder the folder for it, made when it is needed
 * @throws DualRegistryError NOT_FOUND; CONTENT_INVALID for another compression, or a gzip file that is cut off
 */
async function plainTar(file: string, folder: () => Promise<string>, signal?: AbortSignal): Promise<string> {
  const compression = compressionOf(await beginning(file));
  if (compression === "none") return file;
  if (compression === "zstd") {
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `${file}: compressed by zstd; allowed: tar, tar.gz; unpack it first`,
    );
  }
  const plain = join(await folder(), "archive.tar");
  try {
    await pipeline(
      createReadStream(file, { highWaterMark: CHUNK }),
      createGunzip({ chunkSize: CHUNK }),
      createWriteStream(plain, { flags: "wx", mode: 0o600 }),
      { ...defined({ signal }) },
    );
  } catch (error) {
    if (!isZlib(error) || signal?.aborted) throw error;
    throw new DualRegistryError("CONTENT_INVALID", `${file}: not a whole gzip file`, { cause: error });
  }
  return plain;
}

async function beginning(file: string): Promise<Buffer> {
  try {
    const handle = await open(file);
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (hasCode(error, "ENOENT")) throw new DualRegistryError("NOT_FOUND", `${file}: no such file`, { cause: error });
    if (hasCode(error, "EACCES", "EPERM")) {
      throw new DualRegistryError("CONTENT_INVALID", `${file}: no right to read it; change its mode`, { cause: error });
    }
    if (!hasCode(error, "EISDIR")) throw error;
    throw new DualRegistryError("CONTENT_INVALID", `${file}: a folder; allowed: a tar file (a layout is oci:${file})`);
  }
}

/** True for an error of the unpacking itself, and not of the disk. */
const isZlib = (error: unknown): boolean =>
  error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("Z_");
