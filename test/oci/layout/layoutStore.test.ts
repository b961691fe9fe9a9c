import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { digestOf } from "../../../src/base/digest";
import { openLayout } from "../../../src/oci/layout/layoutStore";
import { MEDIA } from "../../../src/oci/manifest";
import { copyImage } from "../../support/images/copyImage";
import { image } from "../../support/images/image";
import { index, nestedIndex } from "../../support/images/indexes";
import { LayoutBuilder } from "../../support/images/layoutBuilder";
import * as oddities from "../../support/images/oddities";
import { coded } from "../../support/images/rejection";
import { seededBytes } from "../../support/images/seededBytes";
import { workFolder } from "../../support/images/workFolder";

const tagsOf = async (store: { tags: () => AsyncIterable<string> }): Promise<string[]> => {
  const tags = [];
  for await (const tag of store.tags()) tags.push(tag);
  return tags;
};

describe("openLayout", () => {
  const folder = workFolder();

  it("openLayout makes a layout where it is asked to, and opens it again without changing it", async () => {
    await openLayout(folder("new/deep"), { create: true });
    const before = await readFile(folder("new/deep/index.json"));
    await openLayout(folder("new/deep"), { create: true });
    assert.deepEqual(await readFile(folder("new/deep/index.json")), before);
    assert.deepEqual((await readdir(folder("new/deep"))).sort(), ["blobs", "index.json", "oci-layout"]);
  });

  it("openLayout refuses a folder that is no layout, and a layout of another version", async () => {
    await assert.rejects(openLayout(folder("none")), coded("NOT_FOUND", "none", "oci-layout"));
    await assert.rejects(openLayout(folder()), coded("NOT_FOUND"));
    await writeFile(folder("oci-layout"), `{"imageLayoutVersion":"9.0.0"}`);
    await assert.rejects(openLayout(folder()), coded("CONTENT_INVALID", "9.0.0", "1.0.0"));
  });
});

describe("LayoutStore", () => {
  const folder = workFolder();

  it("LayoutStore keeps every kind of image byte for byte", async () => {
    const layout = await LayoutBuilder.begin(folder("from"));
    await image(layout, { tag: "image" });
    await index(layout, { tag: "index" });
    await nestedIndex(layout, { tag: "nested" });
    for (const [name, build] of Object.entries(oddities)) await build(layout, { tag: name });
    const [from, to] = [await openLayout(folder("from")), await openLayout(folder("to"), { create: true })];
    const tags = await tagsOf(from);
    assert.equal(tags.length, 3 + Object.keys(oddities).length);
    for (const tag of tags) await copyImage(from, to, tag, tag);
    assert.deepEqual(await tagsOf(to), tags);
    for (const tag of tags) assert.deepEqual(await to.manifest(tag), await from.manifest(tag));
    const blobs = await readdir(folder("to/blobs/sha256"));
    for (const blob of blobs) {
      assert.deepEqual(
        await readFile(folder(`to/blobs/sha256/${blob}`)),
        await readFile(folder(`from/blobs/sha256/${blob}`)),
      );
    }
    assert.equal(blobs.length > 20, true);
  });

  it("LayoutStore.writeBlob says present for what is there and sent for what is not", async () => {
    const store = await openLayout(folder(), { create: true });
    const bytes = seededBytes("blob", 3_000_000);
    const blob = { mediaType: MEDIA.ociLayer, digest: digestOf(bytes), size: bytes.length };
    let counted = 0;
    const open = (): Promise<Readable> => Promise.resolve(Readable.from([bytes]));
    assert.equal(await store.hasBlob(blob), false);
    assert.equal(await store.writeBlob(blob, open, { onBytes: (count) => (counted += count) }), "sent");
    assert.equal(counted, bytes.length);
    assert.equal(await store.writeBlob(blob, () => assert.fail("opened again")), "present");
    assert.deepEqual(await buffer(await store.blob(blob)), bytes);
  });

  it("LayoutStore.writeBlob takes sha512 digests", async () => {
    const store = await openLayout(folder(), { create: true });
    const bytes = Buffer.from("text");
    const blob = { mediaType: MEDIA.ociLayer, digest: digestOf(bytes, "sha512"), size: bytes.length };
    await store.writeBlob(blob, () => Promise.resolve(Readable.from([bytes])));
    assert.deepEqual(await buffer(await store.blob(blob)), bytes);
  });

  it("LayoutStore.writeBlob asks a source that broke for the rest", async () => {
    const store = await openLayout(folder(), { create: true });
    const bytes = seededBytes("breaking", 100_000);
    const blob = { mediaType: MEDIA.ociLayer, digest: digestOf(bytes), size: bytes.length };
    const offsets: number[] = [];
    const open = (offset: number): Promise<Readable> => {
      offsets.push(offset);
      return Promise.resolve(Readable.from(breaking(bytes, offset)));
    };
    assert.equal(await store.writeBlob(blob, open), "sent");
    assert.deepEqual(offsets, [0, 40_000, 80_000]);
    await assert.rejects(
      store.writeBlob({ ...blob, digest: digestOf(Buffer.from("x")) }, () => Promise.reject(new Error("reset"))),
      /reset/,
    );
    assert.deepEqual((await readdir(folder())).sort(), ["blobs", "index.json", "oci-layout"]);
  });

  it("LayoutStore.writeBlob leaves nothing of a blob with other bytes, too few or too many", async () => {
    const store = await openLayout(folder(), { create: true });
    const bytes = seededBytes("right", 1000);
    const blob = { mediaType: MEDIA.ociLayer, digest: digestOf(bytes), size: bytes.length };
    for (const wrong of [seededBytes("wrong", 1000), bytes.subarray(1), Buffer.concat([bytes, bytes])]) {
      await assert.rejects(
        store.writeBlob(blob, () => Promise.resolve(Readable.from([wrong]))),
        coded("DIGEST_MISMATCH", blob.digest),
      );
    }
    assert.deepEqual(await readdir(folder("blobs/sha256")), []);
    assert.deepEqual((await readdir(folder())).sort(), ["blobs", "index.json", "oci-layout"]);
  });

  it("LayoutStore.writeBlob ends by its signal and leaves nothing", async () => {
    const store = await openLayout(folder(), { create: true });
    const blob = { mediaType: MEDIA.ociLayer, digest: digestOf(Buffer.from("x")), size: 1 };
    const stop = new AbortController();
    const open = (): Promise<Readable> => Promise.resolve(new Readable({ read: () => stop.abort() }));
    await assert.rejects(store.writeBlob(blob, open, { signal: stop.signal }), { name: "AbortError" });
    assert.deepEqual((await readdir(folder())).sort(), ["blobs", "index.json", "oci-layout"]);
  });

  it("LayoutStore.blob and manifest fail for bytes that went bad on the disk", async () => {
    const layout = await LayoutBuilder.begin(folder());
    const { descriptor, config } = await image(layout, { tag: "v1" });
    const store = await openLayout(folder());
    await writeFile(layout.pathOf(config.digest), Buffer.alloc(config.size));
    await assert.rejects(store.blob(config).then(buffer), coded("DIGEST_MISMATCH", config.digest));
    await writeFile(layout.pathOf(descriptor.digest), "{}");
    await assert.rejects(store.manifest("v1"), coded("DIGEST_MISMATCH", descriptor.digest));
    await assert.rejects(store.blob({ ...config, digest: digestOf(Buffer.from("none")) }), coded("NOT_FOUND"));
    await assert.rejects(store.manifest("v2"), coded("NOT_FOUND", `"v2"`));
  });

  it("LayoutStore.writeManifest writes a manifest anew whose bytes went bad", async () => {
    const layout = await LayoutBuilder.begin(folder());
    const { descriptor } = await image(layout, { tag: "v1" });
    const store = await openLayout(folder());
    const manifest = await store.manifest("v1");
    await writeFile(layout.pathOf(descriptor.digest), Buffer.alloc(descriptor.size));
    await store.writeManifest(manifest, { tag: "v1" });
    assert.deepEqual(await store.manifest("v1"), manifest);
  });

  it("LayoutStore.writeManifest refuses bytes of another digest, and a tag that is none", async () => {
    const layout = await LayoutBuilder.begin(folder());
    await image(layout, { tag: "v1" });
    const store = await openLayout(folder());
    const manifest = await store.manifest("v1");
    const other = { ...manifest, digest: digestOf(Buffer.from("other")) };
    await assert.rejects(store.writeManifest(other), coded("DIGEST_MISMATCH"));
    await assert.rejects(store.writeManifest(manifest, { tag: "../v1" }), coded("CONTENT_INVALID", `"../v1"`));
  });
});

/** The bytes from an offset on, which break after 40,000. */
function* breaking(bytes: Buffer, offset: number): Generator<Buffer> {
  yield bytes.subarray(offset, offset + 40_000);
  if (offset + 40_000 < bytes.length) throw new Error("reset by peer");
}
