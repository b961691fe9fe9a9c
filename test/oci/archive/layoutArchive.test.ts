import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { openArchive } from "../../../src/oci/archive/openArchive";
import { openLayout } from "../../../src/oci/layout/layoutStore";
import { layoutEntries, layoutTar, savedArchive } from "../../support/images/archives";
import { copyImage } from "../../support/images/copyImage";
import { image } from "../../support/images/image";
import { nestedIndex } from "../../support/images/indexes";
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
