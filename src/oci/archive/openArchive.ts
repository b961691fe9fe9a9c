import { tmpdir } from "node:os";
import { DualRegistryError } from "../../errors";
import type { ImageSource } from "../imageStore";
import { chooseImage, type ImageChoice } from "../layout/chooseImage";
import { explainedDisk } from "../layout/diskErrors";
import type { LayoutContent } from "../layout/layoutContent";
import { LayoutReader } from "../layout/layoutReader";
import { savedImages, type SavedImage } from "./dockerFiles";
import { plainTar } from "./plainTar";
import { savedContent, type CompressionStats } from "./savedContent";
import { TarFile } from "./tarFile";
import { holdsLayout, TarLayout } from "./tarLayout";
import { tempFolder, type TempFolder } from "./tempFolder";

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
      ...(signal ? { signal } : {}),
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
  constructor(
    content: LayoutContent,
    readonly stats: CompressionStats,
    readonly narrowed: boolean,
    readonly close: () => Promise<void>,
  ) {
    super(content);
  }
}
