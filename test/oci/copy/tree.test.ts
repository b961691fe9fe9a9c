import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { digestOf } from "../../../src/base/digest";
import { copyImage, copyThrottle } from "../../../src/oci/copy/copyImage";
import { readTree, TREE_LIMITS } from "../../../src/oci/copy/tree";
import { verifyOrMend } from "../../../src/oci/copy/verifyCopy";
import { openLayout } from "../../../src/oci/layout/layoutStore";
import { MEDIA } from "../../../src/oci/manifest";
import { image } from "../../support/images/image";
import { index } from "../../support/images/indexes";
import { LayoutBuilder } from "../../support/images/layoutBuilder";
import { coded } from "../../support/images/rejection";
import { workFolder } from "../../support/images/workFolder";

describe("readTree", () => {
  const folder = workFolder();

  it("readTree gives each manifest before the index that names it, and each blob once", async () => {
    const { descriptor, images } = await index(await LayoutBuilder.begin(folder()), { tag: "v1" });
    const tree = await readTree(await openLayout(folder()), "v1");
    assert.equal(tree.manifests.at(-1)?.digest, descriptor.digest);
    assert.equal(tree.manifests.length, images.length + 1);
    assert.equal(new Set(tree.blobs.map(({ digest }) => digest)).size, tree.blobs.length);
  });

  it("readTree refuses an index of more manifests than any has before it asks for one of them", async () => {
    const layout = await LayoutBuilder.begin(folder());
    const manifests = Array.from({ length: TREE_LIMITS.manifests + 1 }, (_, at) => ({
      ...{ mediaType: MEDIA.ociManifest, digest: digestOf(Buffer.from(String(at))), size: 2 },
    }));
    await layout.manifest({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests }, MEDIA.ociIndex, { tag: "v1" });
    const store = await openLayout(folder());
    let asked = 0;
    const counting = {
      ...{ name: "counted", resolve: store.resolve.bind(store), blob: store.blob.bind(store) },
      ...{ referrers: store.referrers.bind(store), tags: store.tags.bind(store) },
      manifest: (reference: string) => {
        asked++;
        return store.manifest(reference);
      },
    };
    await assert.rejects(readTree(counting, "v1"), coded("CONTENT_INVALID", "more than 1000 manifests"));
    assert.equal(asked, 1);
  });
});

describe("verifyOrMend", () => {
  const folder = workFolder();

  it("verifyOrMend sends again what is gone below a root that is there", async () => {
    const { descriptor, layers } = await image(await LayoutBuilder.begin(folder("from")), { tag: "v1" });
    const from = await openLayout(folder("from"));
    const to = await openLayout(folder("to"), { create: true });
    const options = { throttle: copyThrottle(), repository: "orders/api" };
    await copyImage(from, to, "v1", options);
    const [layer] = layers;
    assert.ok(layer);
    rmSync(`${folder("to")}/blobs/${layer.descriptor.digest.replace(":", "/")}`);
    const fresh = { throttle: copyThrottle(), repository: "orders/api" };
    const again = await copyImage(from, to, "v1", fresh);
    assert.deepEqual([again.outcomes.sent, again.digest], [0, descriptor.digest]);
    await verifyOrMend(from, to, again, fresh);
    assert.ok(await to.hasBlob(layer.descriptor));
  });
});
