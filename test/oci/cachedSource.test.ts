import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type Digest, digestOf } from "../../src/base/digest";
import { cachedSource } from "../../src/oci/cachedSource";
import type { ImageSource } from "../../src/oci/imageStore";
import { MEDIA } from "../../src/oci/manifest";
import { coded } from "../support/images/rejection";
import { MemoryStore } from "../support/signing/memoryStore";

/** A store that keeps what it was asked. */
class Asked extends MemoryStore {
  readonly asked: string[] = [];

  override resolve(...call: Parameters<ImageSource["resolve"]>) {
    this.asked.push(`resolve ${call[0]}`);
    return super.resolve(call[0]);
  }
  override manifest(...call: Parameters<ImageSource["manifest"]>) {
    this.asked.push(`manifest ${call[0]}`);
    return super.manifest(call[0]);
  }
  override blob(...call: Parameters<ImageSource["blob"]>) {
    this.asked.push(`blob ${call[0].digest}`);
    return super.blob(call[0]);
  }
  override referrers(...call: Parameters<ImageSource["referrers"]>) {
    this.asked.push(`referrers ${call[0]}`);
    return super.referrers(call[0]);
  }
}

const read = async (source: ImageSource, one: Parameters<ImageSource["blob"]>[0]) => buffer(await source.blob(one));

describe("cachedSource", () => {
  let store: Asked;
  let source: ImageSource;
  beforeEach(() => {
    store = new Asked();
    source = cachedSource(store);
  });

  it("cachedSource asks once for a manifest, a small blob and a list of referrers, many readers at a time", async () => {
    const image = store.putImage("one");
    store.putManifest({ config: store.putBlob(MEDIA.empty, Buffer.from("{}")), layers: [], subject: image });
    const blob = store.putBlob("text/plain", Buffer.from("a scan"));
    for (let round = 1; round <= 2; round += 1) {
      const many = [1, 2, 3].map(async () => {
        assert.equal((await source.manifest(image.digest)).digest, image.digest);
        assert.equal((await read(source, blob)).toString(), "a scan");
        assert.equal((await source.referrers(image.digest)).length, 1);
      });
      await Promise.all(many);
    }
    assert.deepEqual(await source.resolve(image.digest), image);
    const { digest } = image;
    assert.deepEqual(store.asked.sort(), [`blob ${blob.digest}`, `manifest ${digest}`, `referrers ${digest}`]);
  });

  it("cachedSource asks for a tag each time: it may have moved", async () => {
    const [one, two] = [store.putImage("one"), store.putImage("two")];
    for (const { digest } of [one, two]) {
      store.tagged.set("v1", digest);
      assert.equal((await source.resolve("v1"))?.digest, digest);
      assert.equal((await source.manifest("v1")).digest, digest);
    }
    await source.manifest(one.digest);
    assert.ok(!store.asked.includes(`manifest ${one.digest}`), "what came by tag is known by its digest");
  });

  it("cachedSource never gives the bytes of another digest, whatever the source sends", async () => {
    const digest = digestOf(Buffer.from("wanted"));
    let sends = "unlike";
    const liar: ImageSource = Object.assign(new MemoryStore(), {
      blob: () => Promise.resolve(Readable.from([Buffer.from(sends)])),
    });
    const lied = cachedSource(liar);
    const wanted = { mediaType: "text/plain", digest, size: 6 };
    assert.equal((await read(lied, wanted)).toString(), "unlike", "passed through, for its own reader to refuse");
    sends = "wanted";
    assert.equal((await read(lied, wanted)).toString(), "wanted");
  });

  it("cachedSource leaves a descriptor of another size to the source, which refuses it", async () => {
    const blob = store.putBlob("text/plain", Buffer.from("a scan"));
    await read(source, blob);
    await assert.rejects(read(source, { ...blob, size: 5 }), coded("DIGEST_MISMATCH"));
    assert.equal((await read(source, blob)).toString(), "a scan");
  });

  it("cachedSource asks again for what failed", async () => {
    const missing: Digest = digestOf(Buffer.from("later"));
    await assert.rejects(source.manifest(missing), coded("NOT_FOUND"));
    const blob = { mediaType: "text/plain", digest: missing, size: 5 };
    await assert.rejects(read(source, blob), coded("NOT_FOUND"));
    store.putBlob("text/plain", Buffer.from("later"));
    assert.equal((await read(source, blob)).toString(), "later");
  });

  it("cachedSource keeps nothing larger than a mebibyte", async () => {
    const blob = store.putBlob(MEDIA.ociLayer, Buffer.alloc(1024 * 1024 + 1));
    for (let round = 1; round <= 2; round += 1) assert.equal((await read(source, blob)).length, blob.size);
    assert.equal(store.asked.length, 2);
  });

  it("cachedSource takes referrers that are known beforehand, and asks for those of other images", async () => {
    const [image, other] = [store.putImage("one"), store.putImage("two")];
    const known = cachedSource(store, new Map([[image.digest, [other]]]));
    assert.deepEqual(await known.referrers(image.digest), [other]);
    assert.deepEqual(await known.referrers(other.digest), []);
    assert.deepEqual(store.asked, [`referrers ${other.digest}`]);
  });
});
