import type { LayoutContent, StoredBlob } from "../layout/layoutContent";
import { LAYOUT_FILE } from "../layout/layoutFolder";
import type { Digest } from "../digest";
import { MAX_MANIFEST } from "../manifest";
import type { TarFile } from "./tarFile";

/** True for a tar file that holds an OCI layout, as Docker 25 and later and `oci-archive:` write it. */
export const holdsLayout = (tar: TarFile): boolean => tar.has(LAYOUT_FILE) && tar.has("index.json");

/** A layout in a tar file: its blobs are read where they lie, byte for byte. */
export class TarLayout implements LayoutContent {
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
