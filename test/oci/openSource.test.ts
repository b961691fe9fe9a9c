import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { openLayout } from "../../src/oci/layout/layoutStore";
import { openSource } from "../../src/oci/openSource";
import { layoutTar, savedArchive } from "../support/images/archives";
import { engineStandIn } from "../support/images/engineStandIn";
import { type BuiltImage, image } from "../support/images/image";
import { layerTar } from "../support/images/layers";
import { LayoutBuilder } from "../support/images/layoutBuilder";
import { artifact } from "../support/images/oddities";
import { coded } from "../support/images/rejection";
import { workFolder } from "../support/images/workFolder";

describe("openSource", () => {
  const folder = workFolder();
  const one = (built: LayoutBuilder, tag = "v1"): Promise<BuiltImage> => image(built, { tag, seed: tag });

  it("openSource takes the one image of a layout, whatever refers to it and whatever it is called", async () => {
    const built = await LayoutBuilder.begin(folder("layout"));
    const { descriptor } = await one(built);
    await artifact(built, { subject: descriptor });
    await artifact(built, { tag: `${descriptor.digest.replace(":", "-")}.sig` });
    const { source, reference, name, close } = await openSource(`oci:${folder("layout")}`);
    assert.deepEqual([reference, name], [descriptor.digest, "v1"]);
    assert.equal((await source.manifest(reference)).digest, descriptor.digest);
    await close();
  });

  it("openSource takes the one image beside artifacts of a type that is no image's", async () => {
    const layout = await LayoutBuilder.begin(folder("artifact"));
    const { descriptor } = await image(layout, { tag: "v1" });
    const mediaType = "application/vnd.oci.artifact.manifest.v1+json";
    const { digest, size } = descriptor;
    const subject = { mediaType: descriptor.mediaType, digest, size };
    await layout.manifest({ mediaType, artifactType: "application/vnd.example", blobs: [], subject }, mediaType, {});
    const opened = await openSource(`oci:${folder("artifact")}`);
    assert.equal(opened.reference, descriptor.digest);
    await opened.close();
  });

  it("openSource takes an image by tag, by whole name and by digest", async () => {
    const built = await LayoutBuilder.begin(folder("layout"));
    const [a, b] = [
      await one(built, "a"),
      await image(built, { tag: "v1", repository: "registry.example.com/x/b", seed: "b" }),
    ];
    for (const [wanted, { descriptor }] of [
      ["a", a],
      ["v1", b],
      ["registry.example.com/x/b:v1", b],
      [a.descriptor.digest, a],
    ] as const) {
      assert.equal((await openSource(`oci:${folder("layout")}:${wanted}`)).reference, descriptor.digest);
    }
    await assert.rejects(
      openSource(`oci:${folder("layout")}`),
      coded("USAGE", "2 images", `"a", "registry.example.com/x/b:v1"`),
    );
    await assert.rejects(openSource(`oci:${folder("layout")}:c`), coded("NOT_FOUND", `"c"`, `"a"`));
  });

  it("openSource opens archives of both kinds under both names, and compresses only what is wanted", async () => {
    const built = await LayoutBuilder.begin(folder("layout"));
    const { descriptor } = await one(built);
    await writeFile(folder("modern.tar"), await layoutTar(built.dir));
    const [small, big] = [await layerTar("small", 10), await layerTar("big", 100_000)];
    const images = [
      { names: ["orders/a:v1"], layers: [small] },
      { names: ["orders/b:v1"], layers: [big] },
    ];
    await writeFile(folder("saved.tar"), (await savedArchive(images)).tar);
    for (const form of ["docker-archive", "oci-archive"]) {
      const modern = await openSource(`${form}:${folder("modern.tar")}:v1`);
      assert.equal(modern.reference, descriptor.digest);
      await modern.close();
      const saved = await openSource(`${form}:${folder("saved.tar")}:orders/a:v1`, { tempDir: folder() });
      assert.deepEqual([saved.name, saved.stats.uncompressed], ["orders/a:v1", small.length]);
      await saved.close();
      await assert.rejects(
        openSource(`${form}:${folder("saved.tar")}`),
        coded("USAGE", `"orders/a:v1", "orders/b:v1"`),
      );
      await assert.rejects(openSource(`${form}:${folder("saved.tar")}:c`), coded("NOT_FOUND", "orders/a:v1"));
      await assert.rejects(openSource(`${form}:${folder("modern.tar")}:c`), coded("NOT_FOUND", `"v1"`));
    }
    assert.deepEqual(
      (await readdir(folder())).filter((file) => file.startsWith("dualreg-")),
      [],
    );
  });

  it("openSource asks the engine of DOCKER_HOST", async () => {
    const { tar } = await savedArchive();
    const engine = await engineStandIn(folder("engine.sock"), () => ({ status: 200, body: tar }));
    const before = process.env["DOCKER_HOST"];
    process.env["DOCKER_HOST"] = `unix://${folder("engine.sock")}`;
    try {
      for (const form of ["engine", "docker-daemon"]) {
        const { name, close } = await openSource(`${form}:orders/api:v1`, { tempDir: folder() });
        assert.equal(name, "orders/api:v1");
        await close();
      }
      assert.equal(engine.asked.length, 2);
    } finally {
      if (before === undefined) delete process.env["DOCKER_HOST"];
      else process.env["DOCKER_HOST"] = before;
      await engine.stop();
    }
  });

  it("openSource refuses other forms with those that are allowed, and an empty layout", async () => {
    for (const text of ["", "image.tar", "docker://example.com/a", "oci:", "oci:dir:", "oci::v1", "OCI:dir", "dir:x"]) {
      await assert.rejects(openSource(text), coded("USAGE", "oci:DIR[:TAG]", "docker-archive:FILE", "engine:NAME"));
    }
    await openLayout(folder("empty"), { create: true });
    await assert.rejects(openSource(`oci:${folder("empty")}`), coded("NOT_FOUND", "no image"));
    await assert.rejects(openSource(`oci:${folder("none")}`), coded("NOT_FOUND", "no OCI image layout"));
  });
});
