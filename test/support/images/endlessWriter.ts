import { Readable } from "node:stream";
import { digestOf } from "../../../src/base/digest";
import { openLayout } from "../../../src/oci/layout/layoutStore";
import { MEDIA } from "../../../src/oci/manifest";
import { seededBytes } from "./seededBytes";

/**
 * Writes images into a layout until it is killed; says "began" once it writes.
 * Arguments: the layout's folder; "stall" lets the first blob stop halfway.
 */
async function main(dir: string, stall: boolean): Promise<void> {
  const store = await openLayout(dir, { create: true });
  for (let at = 0; ; at += 1) {
    const bytes = seededBytes(`endless-${at}`, 2_000_000);
    const layer = { mediaType: MEDIA.ociLayer, digest: digestOf(bytes), size: bytes.length };
    await store.writeBlob(layer, () => Promise.resolve(Readable.from(pieces(bytes, stall))));
    const config = { mediaType: MEDIA.empty, digest: digestOf(Buffer.from("{}")), size: 2 };
    await store.writeBlob(config, () => Promise.resolve(Readable.from([Buffer.from("{}")])));
    const text = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers: [layer] }),
    );
    await store.writeManifest({ bytes: text, digest: digestOf(text), mediaType: MEDIA.ociManifest }, { tag: `v${at}` });
  }
}

async function* pieces(bytes: Buffer, stall: boolean): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 100_000) {
    yield bytes.subarray(at, at + 100_000);
    if (at === 0) process.stdout.write("began\n");
    if (stall && at > 0) await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
}

void main(process.argv[2] ?? "", process.argv[3] === "stall");
