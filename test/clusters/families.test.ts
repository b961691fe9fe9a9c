import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ImageFamilies } from "../../src/clusters/families";
import { type ImageSource, openLayout } from "../../src/oci";
import { type BuiltIndex, index } from "../support/images/indexes";
import { LayoutBuilder } from "../support/images/layoutBuilder";

describe("ImageFamilies", () => {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-families-"));
  let source: ImageSource;
  let built: BuiltIndex;
  const asked: string[] = [];
  before(async () => {
    built = await index(await LayoutBuilder.begin(dir), { tag: "v1.2.3" });
    const layout = await openLayout(dir);
    const plain = layout.manifest.bind(layout);
    layout.manifest = (reference) => {
      asked.push(reference);
      return plain(reference);
    };
    source = layout;
  });
  beforeEach(() => asked.splice(0));
  after(() => rmSync(dir, { recursive: true, force: true }));

  it("S3-14 ImageFamilies maps a platform's manifest to its index, by what pods name, and asks for the index alone", async () => {
    const families = new ImageFamilies(source);
    await families.learn(["v1.2.3"], false);
    for (const { descriptor } of built.images) {
      assert.deepEqual(await families.familyOf(descriptor.digest), { root: built.descriptor.digest, held: true });
    }
    assert.deepEqual(asked, ["v1.2.3"]);
  });

  it("S3-14 ImageFamilies maps the configuration of each platform to the index, where runtimes report configurations", async () => {
    const families = new ImageFamilies(source);
    await families.learn([built.descriptor.digest], true);
    for (const { config } of built.images) {
      assert.deepEqual(await families.familyOf(config.digest), { root: built.descriptor.digest, held: true });
    }
    assert.equal(asked.length, 1 + built.images.length);
  });

  it("ImageFamilies says what the registry does not hold, and asks for a digest once but for a tag each time", async () => {
    const families = new ImageFamilies(source);
    const absent = `sha256:${"0f".repeat(32)}` as const;
    assert.deepEqual(await families.familyOf(absent), { root: absent, held: false });
    asked.splice(0);
    await families.learn(["v1.2.3", built.descriptor.digest], false);
    await families.learn(["v1.2.3", built.descriptor.digest], false);
    assert.deepEqual(asked, ["v1.2.3", built.descriptor.digest, "v1.2.3"]);
  });
});
