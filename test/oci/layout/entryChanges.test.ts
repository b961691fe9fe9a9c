import assert from "node:assert/strict";
import fc from "fast-check";
import { defined } from "../../../src/base/defined";
import { type Digest, digestOf } from "../../../src/base/digest";
import { EMPTY_INDEX, formatIndex, parseIndex, type RawEntry } from "../../../src/oci/layout/layoutIndex";
import { withEntry, withoutTag } from "../../../src/oci/layout/layoutStore";
import { MEDIA } from "../../../src/oci/manifest";

const REPOSITORIES = [undefined, "registry.example.com/a", "registry.example.com:5000/a/b"];

const step = fc.record({
  repository: fc.constantFrom(...REPOSITORIES),
  image: fc.nat(3),
  tag: fc.option(fc.constantFrom("v1", "v2", "latest"), { nil: undefined }),
  remove: fc.boolean(),
});

const digest = (image: number): Digest => digestOf(Buffer.from(String(image)));

describe("withEntry and withoutTag", () => {
  it("withEntry and withoutTag keep one entry a tag, and every image listed, in each repository apart", () => {
    const property = fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      let entries: readonly RawEntry[] = [];
      const [tags, images] = [new Map<string, Digest>(), new Set<string>()];
      for (const { repository, image, tag, remove } of steps) {
        const name = { ...defined({ repository, tag }) };
        const key = `${repository ?? ""} ${tag ?? ""}`;
        if (remove && tag !== undefined) {
          entries = withoutTag(entries, { ...name, tag });
          tags.delete(key);
        } else {
          entries = withEntry(entries, { mediaType: MEDIA.ociManifest, digest: digest(image), size: 1 }, name);
          images.add(`${repository ?? ""} ${digest(image)}`);
          if (tag !== undefined) tags.set(key, digest(image));
        }
        const { entries: read } = parseIndex(formatIndex({ ...EMPTY_INDEX, entries }, "layout"), "layout");
        assert.deepEqual(read, entries);
      }
      const tagged = entries.filter(({ name }) => name.tag !== undefined);
      const bare = entries.filter(({ name }) => name.tag === undefined);
      const place = ({ name, descriptor }: RawEntry): string => `${name.repository ?? ""} ${descriptor.digest}`;
      const byTag = tagged.map(({ name, descriptor }) => [
        `${name.repository ?? ""} ${name.tag ?? ""}`,
        descriptor.digest,
      ]);
      assert.deepEqual(byTag.sort(), [...tags].sort());
      assert.deepEqual(new Set(entries.map(place)), images);
      assert.equal(new Set(bare.map(place)).size, bare.length);
      assert.ok(!bare.some((entry) => tagged.some((other) => place(other) === place(entry))));
    });
    fc.assert(property, { numRuns: 300 });
  });

  it("withEntry gives the same array back where nothing changes", () => {
    const listed = { mediaType: MEDIA.ociManifest, digest: digest(1), size: 1 };
    const entries = withEntry([], listed, { tag: "v1" });
    assert.equal(withEntry(entries, listed, { tag: "v1" }), entries);
    assert.equal(withEntry(entries, listed, {}), entries);
    assert.equal(withoutTag(entries, { tag: "v2" }), entries);
  });
});
