import { mkdir, realpath } from "node:fs/promises";
import { z } from "zod";
import { DualRegistryError } from "../../errors";
import { FolderWriter } from "./folderWriter";
import { explainedDisk, isMissing } from "./diskErrors";
import { LAYOUT_FILE, LayoutFolder } from "./layoutFolder";
import { EMPTY_INDEX, formatIndex } from "./layoutIndex";
import { LayoutStore } from "./layoutStore";

const VERSION = "1.0.0";
const layoutFile = z.looseObject({ imageLayoutVersion: z.literal(VERSION) });

/**
 * Opens an OCI image layout in a folder. Source: OCI image specification 1.1, image-layout.md.
 *
 * @param options.create makes the layout, and the folders above it, where there is none (default: false)
 * @throws DualRegistryError NOT_FOUND for a folder that is no layout; CONTENT_INVALID for one of another version
 */
export async function openLayout(dir: string, options: { create?: boolean } = {}): Promise<LayoutStore> {
  const { create = false } = options;
  let root: string;
  try {
    if (create) await mkdir(dir, { recursive: true });
    root = await realpath(dir);
  } catch (error) {
    if (isMissing(error)) return missing(dir);
    throw explainedDisk(error, dir);
  }
  const folder = new LayoutFolder(dir, root);
  const writer = new FolderWriter(folder);
  if (create) await begin(folder, writer);
  const marker = await folder.small(LAYOUT_FILE);
  if (!marker) return missing(dir);
  if (!isLayout(marker)) {
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `${dir}: ${LAYOUT_FILE} is ${JSON.stringify(marker.toString("utf8").slice(0, 200))}; allowed: ` +
        `{"imageLayoutVersion":"${VERSION}"}`,
    );
  }
  return new LayoutStore(folder);
}

/** What is missing of a layout; the marker comes last, so that a folder with a marker is whole. */
async function begin(folder: LayoutFolder, writer: FolderWriter): Promise<void> {
  await writer.removeAbandoned();
  await writer.folderFor("sha256");
  if (!(await folder.small("index.json"))) await writer.small("index.json", formatIndex(EMPTY_INDEX, folder.name));
  if (await folder.small(LAYOUT_FILE)) return;
  await writer.small(LAYOUT_FILE, Buffer.from(JSON.stringify({ imageLayoutVersion: VERSION })));
}

function isLayout(marker: Buffer): boolean {
  try {
    return layoutFile.safeParse(JSON.parse(marker.toString("utf8"))).success;
  } catch {
    return false;
  }
}

function missing(dir: string): never {
  throw new DualRegistryError(
    "NOT_FOUND",
    `${dir}: no OCI image layout; allowed: a folder with the files ${LAYOUT_FILE} and index.json`,
  );
}
