import assert from "node:assert/strict";
import fc from "fast-check";
import { defined } from "../../src/base/defined";
import { digestOf } from "../../src/base/digest";
import { type Manifest, MEDIA, readManifest } from "../../src/oci/manifest";
import { failsAs } from "./registry/support/client";

const manifestOf = (content: unknown, mediaType: string = MEDIA.ociManifest): Manifest => {
  const bytes = Buffer.from(typeof content === "string" ? content : JSON.stringify(content));
  return { bytes, digest: digestOf(bytes), mediaType };
};

const descriptor = fc.record(
  {
    mediaType: fc.constantFrom<string>(MEDIA.ociLayer, MEDIA.ociLayerGzip, "application/x+zstd"),
    digest: fc.string().map((text) => digestOf(Buffer.from(text))),
    size: fc.nat(),
    annotations: fc.dictionary(
      fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
      fc.string(),
      { noNullPrototype: true },
    ),
    artifactType: fc.constant("text/plain"),
    platform: fc.constantFrom("amd64", "arm64").map((architecture) => ({ os: "linux", architecture })),
  },
  { requiredKeys: ["mediaType", "digest", "size"], noNullPrototype: true },
);
const plain = { mediaType: MEDIA.ociLayer, digest: digestOf(Buffer.from("x")), size: 1 };

describe("readManifest", () => {
  it("readManifest reads the descriptors of an image, and leaves unknown fields out", () => {
    fc.assert(
      fc.property(
        descriptor,
        fc.array(descriptor),
        fc.option(descriptor, { nil: undefined }),
        (config, layers, subject) => {
          const odd = {
            schemaVersion: 2,
            config: { ...config, urls: ["x"] },
            layers,
            subject,
            "x-unknown": { deep: [1] },
          };
          const read = readManifest(manifestOf(odd), "Here");
          assert.deepEqual(read, { manifests: [], config, layers, annotations: {}, ...defined({ subject }) });
        },
      ),
    );
  });

  it("readManifest reads the descriptors of an index", () => {
    fc.assert(
      fc.property(fc.array(descriptor), (manifests) => {
        const read = readManifest(manifestOf({ schemaVersion: 2, manifests }, MEDIA.ociIndex), "Here");
        assert.deepEqual(read, { manifests, layers: [], annotations: {} });
      }),
    );
  });

  it("readManifest throws nothing but CONTENT_INVALID, whatever the bytes", () => {
    const types = fc.constantFrom<string>(MEDIA.ociIndex, MEDIA.ociManifest, MEDIA.dockerManifest);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.object().map((value) => JSON.stringify({ schemaVersion: 2, ...value })),
        ),
        types,
        (text, type) => {
          try {
            readManifest(manifestOf(text, type), "Here");
          } catch (error) {
            failsAs("CONTENT_INVALID", /^Here: not a manifest/)(error);
          }
        },
      ),
    );
  });

  const refused: [string, unknown, string?][] = [
    ["an index and an image at once", { schemaVersion: 2, config: plain, layers: [], manifests: [] }],
    ["an image in an index", { schemaVersion: 2, manifests: [], layers: [] }, MEDIA.ociIndex],
    [
      "another type than it was sent as",
      { schemaVersion: 2, mediaType: MEDIA.dockerManifest, config: plain, layers: [] },
    ],
    ["an image without configuration", { schemaVersion: 2, layers: [] }],
    ["an index without a list", { schemaVersion: 2 }, MEDIA.ociIndex],
    ["schema 1", { schemaVersion: 1, config: plain, layers: [] }],
    ["a digest that is a path", { schemaVersion: 2, config: { ...plain, digest: "sha256:../../x" }, layers: [] }],
    ["a size below zero", { schemaVersion: 2, config: { ...plain, size: -1 }, layers: [] }],
    ["a broken size", { schemaVersion: 2, config: { ...plain, size: 1.5 }, layers: [] }],
    [
      "a size no number can hold",
      '{"schemaVersion":2,"config":{"mediaType":"x","digest":"sha256:0","size":1e400},"layers":[]}',
    ],
    ["a list in a list", [{ schemaVersion: 2 }]],
    ["null", null],
  ];
  for (const [name, content, type] of refused) {
    it(`readManifest refuses ${name}`, () => {
      assert.throws(() => readManifest(manifestOf(content, type), "Here"), failsAs("CONTENT_INVALID", /^Here/));
    });
  }

  it("readManifest shows hostile text shortened and quoted", () => {
    const hostile = `\u001b[31m${"x".repeat(10_000)}`;
    const contents = [
      { schemaVersion: 2, mediaType: hostile, config: plain, layers: [] },
      { schemaVersion: 2, config: plain, annotations: { [hostile]: 1 } },
    ];
    for (const content of contents) {
      assert.throws(
        () => readManifest(manifestOf(content), "Here"),
        failsAs("CONTENT_INVALID", /^[\x20-\x7e…]{0,600}$/),
      );
    }
  });
});
