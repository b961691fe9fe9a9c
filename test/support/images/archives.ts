import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf } from "../../../src/base/digest";
import { imageConfig } from "./image";
import { layerTar } from "./layers";
import { tarBytes, type TarEntry } from "./tarBytes";

/** An image of an older docker archive. */
export interface SavedImageOptions {
  /** Such as `orders/api:v1` (default: that). */
  names?: readonly string[];
  /** Bytes of its layers' tar files, base first (default: two small ones). */
  layers?: readonly Buffer[];
  labels?: Readonly<Record<string, string>>;
  /** Bytes of the configuration instead of those that fit. */
  config?: Buffer;
}

/** An older docker archive: its bytes, and what its images have in it. */
export interface SavedArchive {
  tar: Buffer;
  entries: readonly TarEntry[];
  configs: readonly Buffer[];
}

/**
 * Makes an archive as `docker save` did before version 25: `manifest.json`, configurations, and plain `layer.tar`
 * files, of which a layer that is there already is a link.
 */
export async function savedArchive(
  images: readonly SavedImageOptions[] = [{}],
  links: "symlink" | "link" = "symlink",
): Promise<SavedArchive> {
  const entries: TarEntry[] = [];
  const configs: Buffer[] = [];
  const manifest: object[] = [];
  const first = new Map<string, string>();
  for (const [at, { names = ["orders/api:v1"], layers, labels, config }] of images.entries()) {
    const tars = layers ?? [await layerTar("saved-0", 1000), await layerTar("saved-1", 5000)];
    const paths = tars.map((_, layer) => `${hex(`${at}-${layer}`)}/layer.tar`);
    for (const [layer, bytes] of tars.entries()) {
      const [name = "", known] = [paths[layer], first.get(digestOf(bytes))];
      if (known === undefined) entries.push({ name, bytes });
      else entries.push({ name, type: links, linkname: links === "symlink" ? `../${known}` : known });
      first.set(digestOf(bytes), known ?? name);
    }
    const own =
      config ??
      imageConfig(
        AMD64,
        tars.map((bytes) => ({ diffId: digestOf(bytes) })),
        labels,
      );
    const Config = `${digestOf(own).slice("sha256:".length)}.json`;
    configs.push(own);
    entries.push({ name: Config, bytes: own });
    manifest.push({ Config, RepoTags: names.length === 0 ? null : names, Layers: paths });
  }
  entries.push({ name: "manifest.json", bytes: Buffer.from(JSON.stringify(manifest)) });
  return { tar: await tarBytes(entries), entries, configs };
}

const AMD64 = { os: "linux", architecture: "amd64" };
const hex = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The files of a layout as entries of a tar file, as `docker save` writes them since version 25. */
export async function layoutEntries(dir: string): Promise<readonly TarEntry[]> {
  const blobs = await readdir(join(dir, "blobs", "sha256"));
  const names = [...blobs.sort().map((blob) => `blobs/sha256/${blob}`), "index.json", "oci-layout"];
  return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(dir, name)) })));
}

/** A tar file that holds a layout. */
export const layoutTar = async (dir: string): Promise<Buffer> => tarBytes(await layoutEntries(dir));
