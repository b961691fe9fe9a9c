import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { digestOf } from "../../../src/base/digest";
import { type ArchiveSource, openArchive } from "../../../src/oci/archive/openArchive";
import { type ManifestContent, MEDIA, readManifest } from "../../../src/oci/manifest";
import { savedArchive, type SavedImageOptions } from "../../support/images/archives";
import { imageConfig } from "../../support/images/image";
import { layerTar } from "../../support/images/layers";
import { coded } from "../../support/images/rejection";
import { seededBytes } from "../../support/images/seededBytes";
import { tarBytes } from "../../support/images/tarBytes";
import { workFolder } from "../../support/images/workFolder";

describe("openArchive of a docker archive", () => {
  const folder = workFolder();
  let open: ArchiveSource[] = [];
  let written = 0;

  afterEach(async () => {
    for (const archive of open) await archive.close();
    open = [];
  });

  async function opened(bytes: Buffer): Promise<ArchiveSource> {
    const file = folder(`archive-${(written += 1)}.tar`);
    await writeFile(file, bytes);
    const archive = await openArchive(file, { tempDir: folder() });
    open.push(archive);
    return archive;
  }

  const saved = async (images?: readonly SavedImageOptions[], links?: "symlink" | "link"): Promise<ArchiveSource> =>
    opened((await savedArchive(images, links)).tar);

  const contentOf = async (archive: ArchiveSource, name: string): Promise<ManifestContent> =>
    readManifest(await archive.manifest(name), name);

  it("openArchive makes an OCI manifest of configuration and compressed layers", async () => {
    const layers = [Buffer.concat([await layerTar("a", 4000), Buffer.alloc(100_000)]), await layerTar("b", 10)];
    const { tar, configs } = await savedArchive([{ layers, labels: { team: "orders" } }]);
    const archive = await opened(tar);
    const content = await contentOf(archive, "orders/api:v1");
    assert.ok(content.config);
    assert.deepEqual(await buffer(await archive.blob(content.config)), configs[0]);
    assert.equal(content.config.mediaType, MEDIA.ociConfig);
    assert.deepEqual(
      content.layers.map(({ mediaType }) => mediaType),
      [MEDIA.ociLayerGzip, MEDIA.ociLayerGzip],
    );
    let compressed = 0;
    for (const [at, layer] of content.layers.entries()) {
      const bytes = await buffer(await archive.blob(layer));
      assert.deepEqual(gunzipSync(bytes), layers[at]);
      assert.deepEqual(bytes.subarray(0, 10), Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]));
      compressed += bytes.length;
    }
    assert.deepEqual(archive.stats, { uncompressed: layers.reduce((sum, one) => sum + one.length, 0), compressed });
    assert.equal((await archive.resolve("v1"))?.digest, (await archive.resolve("orders/api:v1"))?.digest);
  });

  it("openArchive gives the same digests for the same layers wherever they lie in the archive", async () => {
    const layers = fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 4 });
    const property = fc.asyncProperty(layers, fc.nat(3000), async (bytes, padding) => {
      const tars = await Promise.all(bytes.map((one, at) => tarBytes([{ name: `f${at}`, bytes: Buffer.from(one) }])));
      const { entries, tar } = await savedArchive([{ layers: tars }]);
      const shifted = await tarBytes(
        [{ name: "README", bytes: Buffer.alloc(padding) }, ...[...entries].reverse()].filter(plain),
      );
      const hasLinks = entries.some((entry) => !plain(entry));
      const first = await (await opened(tar)).manifest("v1");
      const again = await (await opened(hasLinks ? tar : shifted)).manifest("v1");
      assert.deepEqual(again, first);
    });
    await fc.assert(property, { numRuns: 25 });
  });

  it("openArchive gives the same digest for layers of many pieces, and keeps nothing once it is closed", async () => {
    const layer = await layerTar("big", 3_500_000);
    const digests = new Set<string>();
    for (let run = 0; run < 3; run += 1) {
      const archive = await saved([{ layers: [layer] }]);
      digests.add((await contentOf(archive, "v1")).layers[0]?.digest ?? "");
      assert.equal((await readdir(folder())).filter((file) => file.startsWith("dualreg-")).length, 1);
      await archive.close();
      await archive.close();
      assert.deepEqual(
        (await readdir(folder())).filter((file) => file.startsWith("dualreg-")),
        [],
      );
    }
    open = [];
    assert.equal(digests.size, 1);
  });

  for (const links of ["symlink", "link"] as const) {
    it(`openArchive follows a ${links} to a layer that several images share, and compresses it once`, async () => {
      const [base, own] = [await layerTar("base", 9000), await layerTar("own", 10)];
      const images = [
        { names: ["a:1", "a:2"], layers: [base] },
        { names: ["b:1"], layers: [base, own] },
      ];
      const archive = await saved(images, links);
      const [a, b] = [await contentOf(archive, "a:1"), await contentOf(archive, "b:1")];
      assert.deepEqual(b.layers[0], a.layers[0]);
      assert.equal(archive.stats.uncompressed, base.length + own.length);
      assert.equal((await archive.resolve("a:2"))?.digest, (await archive.resolve("a:1"))?.digest);
      await assert.rejects(archive.resolve("1"), coded("USAGE", "a:1", "b:1"));
    });
  }

  it("openArchive leaves layers that are compressed already as they are", async () => {
    const tar = await layerTar("gz", 500);
    const gzip = gzipSync(tar, { level: 1 });
    const zstd = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), seededBytes("zstd", 50)]);
    const config = imageConfig({ os: "linux", architecture: "amd64" }, [
      { diffId: digestOf(tar) },
      { diffId: digestOf(zstd) },
    ]);
    const archive = await saved([{ layers: [gzip, zstd], config }]);
    const { layers } = await contentOf(archive, "v1");
    assert.deepEqual(
      layers.map(({ digest }) => digest),
      [digestOf(gzip), digestOf(zstd)],
    );
    assert.deepEqual(
      layers.map(({ mediaType }) => mediaType),
      [MEDIA.ociLayerGzip, `${MEDIA.ociLayer}+zstd`],
    );
    assert.deepEqual(archive.stats, { uncompressed: 0, compressed: 0 });
    const lying = imageConfig({ os: "linux", architecture: "amd64" }, [{ diffId: digestOf(gzip) }]);
    await assert.rejects(saved([{ layers: [gzip], config: lying }]), coded("DIGEST_MISMATCH", digestOf(tar)));
  });

  it("openArchive refuses layers that are not those of the configuration, and removes what it wrote", async () => {
    const [layer, other] = [await layerTar("a", 10), await layerTar("b", 10)];
    const config = imageConfig({ os: "linux", architecture: "amd64" }, [{ diffId: digestOf(other) }]);
    await assert.rejects(saved([{ layers: [layer], config }]), coded("DIGEST_MISMATCH", digestOf(other)));
    await assert.rejects(
      saved([{ layers: [layer, other], config }]),
      coded("CONTENT_INVALID", "1 diff_ids for 2 layers"),
    );
    assert.deepEqual(
      (await readdir(folder())).filter((file) => file.startsWith("dualreg-")),
      [],
    );
  });

  it("openArchive takes layers without bytes and images without layers or names", async () => {
    const archive = await saved([{ layers: [Buffer.alloc(0)] }, { layers: [], names: [] }]);
    const [first, second] = await archive.choices();
    assert.deepEqual(first?.names, ["orders/api:v1"]);
    assert.equal(
      gunzipSync(await buffer(await archive.blob(must((await contentOf(archive, "v1")).layers[0])))).length,
      0,
    );
    assert.deepEqual(second?.names, []);
    assert.deepEqual((await contentOf(archive, must(second).id)).layers, []);
  });
});

const plain = (entry: object): boolean => "bytes" in entry;

function must<T>(value: T | undefined): T {
  assert.ok(value !== undefined);
  return value;
}
