import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MAX_LABEL_VALUE, MAX_LABELS } from "../../src/oci/imageDetails";
import { readLabels } from "../../src/oci/labels";
import { openLayout } from "../../src/oci/layout/layoutStore";
import { type Descriptor, MEDIA } from "../../src/oci/manifest";
import { AS_ATTESTATION, attestation } from "../support/images/attestations";
import { image } from "../support/images/image";
import { FIVE_PLATFORMS, index, indexOf, nestedIndex } from "../support/images/indexes";
import { LayoutBuilder } from "../support/images/layoutBuilder";
import { artifact, dockerImage } from "../support/images/oddities";
import { refuses } from "../support/signing/samples";

describe("readLabels", () => {
  const folder = mkdtempSync(join(tmpdir(), "dualreg-labels-"));
  let layout: LayoutBuilder;
  before(async () => {
    layout = await LayoutBuilder.begin(folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const read = async ({ digest }: Descriptor) => readLabels(await openLayout(folder), digest);
  const labels = { "org.opencontainers.image.version": "v1.2.3" };

  it("S0-9 readLabels goes from manifest to configuration", async () => {
    const { descriptor, config } = await image(layout, { labels, tag: "one" });
    assert.deepEqual(
      (await read(descriptor)).map((one) => ({ ...one, labels: { ...one.labels } })),
      [{ digest: descriptor.digest, config: config.digest, labels }],
    );
  });

  it("S0-9 readLabels goes from index to each platform's configuration", async () => {
    const { descriptor, images } = await index(layout, { labels, tag: "five" });
    const found = await read(descriptor);
    assert.deepEqual(
      found.map((one) => one.digest),
      images.map((one) => one.descriptor.digest),
    );
    assert.deepEqual(
      found.map((one) => one.platform),
      ["linux/amd64", "linux/arm64/v8", "linux/arm/v7", "linux/s390x", "windows/amd64"],
    );
    for (const one of found) assert.equal(one.labels["org.opencontainers.image.version"], "v1.2.3");
    assert.equal(FIVE_PLATFORMS.length, found.length);
  });

  it("readLabels reads a nested index, each image once, and Docker's media types", async () => {
    const { descriptor, images } = await nestedIndex(layout, { labels, tag: "nested" });
    assert.equal((await read(descriptor)).length, images.length);
    assert.equal((await read(await dockerImage(layout, { tag: "docker" }))).length, 1);
  });

  it("readLabels leaves build attestations of an index out, and finds no labels in an artifact", async () => {
    const { descriptor } = await image(layout, { labels });
    const beside = { ...(await attestation(layout)), ...AS_ATTESTATION };
    const listed = [{ ...descriptor, platform: { os: "linux", architecture: "amd64" } }, beside];
    const attested = await indexOf(layout, listed, { tag: "attested" });
    assert.equal((await read(attested)).length, 1);
    const [alone] = await read(await artifact(layout, { tag: "note" }));
    assert.deepEqual({ ...alone?.labels }, {});
  });

  it("readLabels reads an image that is only listed as an attestation: it could run", async () => {
    const { descriptor } = await image(layout, { labels });
    const hidden = await image(layout, { labels: { hidden: "yes" }, seed: "hidden" });
    const listed = [descriptor, { ...hidden.descriptor, ...AS_ATTESTATION, artifactType: "application/vnd.example" }];
    const found = await read(await indexOf(layout, listed, { tag: "hiding" }));
    assert.equal(found[1]?.labels["hidden"], "yes");
  });

  it("S0-10 readLabels cuts huge values, keeps so many labels and no more, and takes no name for a prototype", async () => {
    const many = Object.fromEntries(Array.from({ length: MAX_LABELS + 10 }, (_, at) => [`l${at}`, "x".repeat(5000)]));
    const hostile = JSON.parse('{"__proto__": "y"}') as Record<string, string>;
    const { descriptor } = await image(layout, { labels: Object.assign(hostile, many), tag: "huge" });
    const [found] = await read(descriptor);
    const values = Object.values(found?.labels ?? {});
    assert.ok(values.length <= MAX_LABELS && values.every((value) => value.length <= MAX_LABEL_VALUE));
    assert.equal(Object.getPrototypeOf(found?.labels), null);
  });

  it("readLabels refuses an index of too many images, and one that is nested too deep", async () => {
    const children: Descriptor[] = [];
    for (let at = 0; at < 65; at++)
      children.push((await image(layout, { seed: "same", layers: 1, labels: { at: String(at) } })).descriptor);
    const wide = await indexOf(layout, children, { tag: "wide" });
    await refuses(() => read(wide), "CONTENT_INVALID", /too many images.*at most 64/);
    let inner = children[0];
    for (let at = 0; at < 6 && inner; at++)
      inner = await indexOf(layout, [inner], at === 5 ? { tag: "deep" } : undefined);
    assert.ok(inner);
    const deep = inner;
    await refuses(() => read(deep), "CONTENT_INVALID", /at most 4 deep/);
  });

  it("readLabels refuses a configuration that is too large before it reads it", async () => {
    const config = { mediaType: MEDIA.ociConfig, digest: `sha256:${"0".repeat(64)}`, size: 5_000_000 };
    const manifest = { schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers: [] };
    const descriptor = await layout.manifest(manifest, MEDIA.ociManifest, { tag: "large" });
    await refuses(() => read(descriptor), "CONTENT_INVALID", /a configuration of 5000000 bytes/);
  });

  it("readLabels refuses a configuration that is no JSON", async () => {
    const config = await layout.blob(Buffer.from("<html>"), MEDIA.ociConfig);
    const manifest = { schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers: [] };
    const descriptor = await layout.manifest(manifest, MEDIA.ociManifest, { tag: "html" });
    await refuses(() => read(descriptor), "CONTENT_INVALID", /not JSON/);
  });
});
