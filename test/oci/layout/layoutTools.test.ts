import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { defined } from "../../../src/base/defined";
import { openLayout } from "../../../src/oci/layout/layoutStore";
import type { Descriptor } from "../../../src/oci/manifest";
import { copyImage } from "../../support/images/copyImage";
import { image } from "../../support/images/image";
import { index, indexOf } from "../../support/images/indexes";
import { LayoutBuilder } from "../../support/images/layoutBuilder";
import { describeSkopeo, skopeo } from "../../support/images/skopeo";
import { workFolder } from "../../support/images/workFolder";

/** A tree of indexes whose leaves are images with so many layers. */
type Tree = number | readonly Tree[];

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof({ maxDepth: 3, withCrossShrink: true }, fc.nat(3), fc.array(tie("tree"), { maxLength: 3 })),
}));

async function build(layout: LayoutBuilder, grown: Tree, tag?: string): Promise<Descriptor> {
  const name = defined({ tag });
  if (typeof grown === "number")
    return (await image(layout, { layers: grown, seed: `leaf-${grown}`, ...name })).descriptor;
  const children: Descriptor[] = [];
  for (const child of grown) children.push(await build(layout, child));
  return indexOf(layout, children, tag === undefined ? undefined : name);
}

describe("LayoutStore round trip", () => {
  const folder = workFolder();

  it("LayoutStore gives any tree back with the same digests and bytes", async () => {
    let run = 0;
    const property = fc.asyncProperty(tree, async (grown) => {
      run += 1;
      const built = await LayoutBuilder.begin(folder(`from-${run}`));
      const { digest } = await build(built, grown, "v1");
      const to = await openLayout(folder(`to-${run}`), { create: true });
      await copyImage(await openLayout(built.dir), to, "v1", "v1");
      assert.equal((await to.manifest("v1")).digest, digest);
      const back = await openLayout(folder(`back-${run}`), { create: true });
      await copyImage(to, back, "v1", "v1");
      assert.deepEqual((await back.manifest(digest)).bytes, await readFile(built.pathOf(digest)));
      assert.deepEqual(await back.entries(), await to.entries());
    });
    await fc.assert(property, { numRuns: 40 });
  });
});

describeSkopeo("LayoutStore and skopeo", () => {
  const folder = workFolder();

  it("skopeo inspects and copies what LayoutStore wrote, by tag, in the same bytes", async () => {
    const built = await LayoutBuilder.begin(folder("from"));
    const { descriptor } = await image(built, { tag: "one", labels: { team: "orders" } });
    const whole = await index(built, { tag: "whole" });
    const to = await openLayout(folder("to"), { create: true });
    const from = await openLayout(folder("from"));
    await copyImage(from, to.repository("registry.example.com/orders/api"), "one", "v1");
    await copyImage(from, to, "whole", "whole");
    const told = JSON.parse(await skopeo("inspect", `oci:${folder("to")}:v1`)) as Record<string, unknown>;
    assert.equal(told["Digest"], descriptor.digest);
    assert.deepEqual(told["Labels"], { team: "orders" });
    await skopeo("copy", "--all", "--preserve-digests", `oci:${folder("to")}:whole`, `oci:${folder("skopeo")}:whole`);
    const copied = await openLayout(folder("skopeo"));
    assert.equal((await copied.resolve("whole"))?.digest, whole.descriptor.digest);
    await copyImage(copied, await openLayout(folder("again"), { create: true }), "whole", "whole");
  });
});
