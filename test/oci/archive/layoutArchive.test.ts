import assert from "node:assert/strict";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { openArchive } from "../../../src/oci/archive/openArchive";
import { readTree } from "../../../src/oci/copy/tree";
import { verifyContent } from "../../../src/oci/copy/verifyCopy";
import { openLayout } from "../../../src/oci/layout/layoutStore";
import { layoutEntries, layoutTar, savedArchive } from "../../support/images/archives";
import { copyImage } from "../../support/images/copyImage";
import { type BuiltImage, image } from "../../support/images/image";
import { index, nestedIndex } from "../../support/images/indexes";
import { LayoutBuilder } from "../../support/images/layoutBuilder";
import * as oddities from "../../support/images/oddities";
import { coded } from "../../support/images/rejection";
import { describeSkopeo, skopeo } from "../../support/images/skopeo";
import { tarBytes } from "../../support/images/tarBytes";
import { workFolder } from "../../support/images/workFolder";

describe("openArchive of a layout in a tar file", () => {
  const folder = workFolder();

  it("openArchive keeps every kind of image byte for byte, from tar and from tar.gz", async () => {
    const built = await LayoutBuilder.begin(folder("from"));
    await nestedIndex(built, { tag: "nested" });
    for (const [name, build] of Object.entries(oddities)) await build(built, { tag: name });
    const tar = await layoutTar(built.dir);
    for (const [name, bytes] of Object.entries({ tar, "tar.gz": gzipSync(tar) })) {
      await writeFile(folder(`image.${name}`), bytes);
      const archive = await openArchive(folder(`image.${name}`), { tempDir: folder() });
      const to = await openLayout(folder(`to-${name}`), { create: true });
      for await (const tag of archive.tags()) await copyImage(archive, to, tag, tag);
      const [from, copied] = [await openLayout(built.dir), to];
      for await (const tag of from.tags()) assert.deepEqual(await copied.manifest(tag), await from.manifest(tag));
      assert.deepEqual(archive.stats, { uncompressed: 0, compressed: 0 });
      await archive.close();
    }
    assert.deepEqual(
      (await readdir(folder())).filter((file) => file.startsWith("dualreg-")),
      [],
    );
  });

  it("openArchive reads an archive with both kinds of contents as a layout", async () => {
    const built = await LayoutBuilder.begin(folder("from"));
    const { descriptor } = await image(built, { tag: "v1", repository: "docker.io/orders/api" });
    const entries = await layoutEntries(built.dir);
    const manifest = {
      name: "manifest.json",
      bytes: Buffer.from(`[{"Config":"x","RepoTags":["orders/api:v1"],"Layers":[]}]`),
    };
    await writeFile(folder("image.tar"), await tarBytes([...entries, manifest]));
    const archive = await openArchive(folder("image.tar"));
    assert.equal((await archive.resolve("orders/api:v1"))?.digest, descriptor.digest);
    await archive.close();
  });

  const partial = async (remove: (built: LayoutBuilder, images: readonly BuiltImage[]) => Promise<void>) => {
    const built = await LayoutBuilder.begin(folder("partial"));
    const { descriptor, images } = await index(built, { tag: "v1" });
    await remove(built, images);
    await writeFile(folder("image.tar"), await layoutTar(built.dir));
    const archive = await openArchive(folder("image.tar"));
    const failure = await readTree(archive, "v1")
      .then((tree) => verifyContent(archive, tree, { total: () => undefined, bytes: () => undefined }))
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    await archive.close();
    return { descriptor, images, failure };
  };

  it("openArchive of an index whose other platforms are not saved names these and what to do", async () => {
    const { descriptor, images, failure } = await partial(async (built, [, ...others]) => {
      for (const { descriptor: other } of others) await rm(built.pathOf(other.digest));
    });
    const missing = images.slice(1).map(({ descriptor: one }) => one.digest);
    const words = ["linux/arm64/v8", "linux/arm/v7", "linux/s390x", "windows/amd64", ...missing, descriptor.digest];
    coded("NOT_FOUND", ...words, "docker save --platform", "docker pull --platform", "buildx")(failure);
    assert.ok(failure instanceof Error && !failure.message.includes("linux/amd64 (sha256"), String(failure));
  });

  it("openArchive of an index with manifests whose layers are not saved names their platforms as well", async () => {
    const { images, failure } = await partial(async (built, [, other]) => {
      for (const { descriptor: gone } of other?.layers ?? []) await rm(built.pathOf(gone.digest));
    });
    const [gone] = images[1]?.layers ?? [];
    coded("NOT_FOUND", `blob ${gone?.descriptor.digest ?? "?"} of linux/arm64/v8`, "docker save --platform")(failure);
  });

  it("openArchive of a nested index names the platform that its inner index lacks", async () => {
    const built = await LayoutBuilder.begin(folder("nested"));
    const { images } = await nestedIndex(built, { tag: "v1" });
    const [first] = images;
    assert.ok(first);
    await rm(built.pathOf(first.descriptor.digest));
    await writeFile(folder("image.tar"), await layoutTar(built.dir));
    const archive = await openArchive(folder("image.tar"));
    await assert.rejects(readTree(archive, "v1"), coded("NOT_FOUND", `linux/amd64 (${first.descriptor.digest})`));
    await archive.close();
  });

  it("openArchive fails for blobs that are not those of their digests", async () => {
    const built = await LayoutBuilder.begin(folder("from"));
    const { config, descriptor } = await image(built, { tag: "v1" });
    await writeFile(built.pathOf(config.digest), Buffer.alloc(config.size));
    await writeFile(built.pathOf(descriptor.digest), Buffer.alloc(descriptor.size + 1));
    await writeFile(folder("image.tar"), await layoutTar(built.dir));
    const archive = await openArchive(folder("image.tar"));
    await assert.rejects(async () => (await archive.blob(config)).forEach(() => undefined), coded("DIGEST_MISMATCH"));
    await assert.rejects(archive.manifest("v1"), coded("DIGEST_MISMATCH", `${descriptor.size + 1} bytes`));
    await archive.close();
  });
});

describeSkopeo("openArchive and skopeo", () => {
  const folder = workFolder();

  it("openArchive reads what skopeo writes as oci-archive: and docker-archive:", async () => {
    const built = await LayoutBuilder.begin(folder("from"));
    const { descriptor, config, layers } = await image(built, { tag: "v1", size: 20_000 });
    await skopeo("copy", `oci:${built.dir}:v1`, `oci-archive:${folder("oci.tar")}:v1`);
    const modern = await openArchive(folder("oci.tar"));
    assert.equal((await modern.resolve("v1"))?.digest, descriptor.digest);
    await modern.close();
    await skopeo("copy", `oci:${built.dir}:v1`, `docker-archive:${folder("docker.tar")}:orders/api:v1`);
    const older = await openArchive(folder("docker.tar"), { tempDir: folder() });
    const manifest = JSON.parse((await older.manifest("orders/api:v1")).bytes.toString()) as { layers: unknown[] };
    assert.equal(manifest.layers.length, layers.length);
    assert.ok(older.stats.uncompressed > 40_000);
    assert.ok(config.size > 0);
    await older.close();
  });

  it("skopeo reads the archives that the tests make, and what openArchive makes of them", async () => {
    await writeFile(folder("saved.tar"), (await savedArchive()).tar);
    await skopeo("inspect", `docker-archive:${folder("saved.tar")}`);
    const archive = await openArchive(folder("saved.tar"), { tempDir: folder() });
    const to = await openLayout(folder("to"), { create: true });
    await copyImage(archive, to, "v1", "v1");
    await archive.close();
    await skopeo("copy", "--preserve-digests", `oci:${folder("to")}:v1`, `dir:${folder("dir")}`);
    assert.deepEqual(await readFile(folder("dir/manifest.json")), (await to.manifest("v1")).bytes);
    await skopeo("copy", `oci:${folder("to")}:v1`, `docker-archive:${folder("again.tar")}`);
  });
});
