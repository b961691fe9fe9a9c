import assert from "node:assert/strict";
import fc from "fast-check";
import { defined } from "../../src/base/defined";
import { digestOf } from "../../src/base/digest";
import {
  formatReference,
  isLoopback,
  isRepository,
  isTag,
  parseReference,
  type Reference,
} from "../../src/base/reference";
import { failsAs } from "../oci/registry/support/client";

const part = fc.stringMatching(/^[a-z0-9]{1,6}$/);
const path = fc
  .array(
    fc.tuple(part, fc.constantFrom(".", "_", "__", "-", "---"), part).map((parts) => parts.join("")),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join("/"));
const host = fc.constantFrom(
  "localhost",
  "localhost:5000",
  "registry.example.com",
  "Registry.Example.com:443",
  "127.0.0.1:1",
  "[::1]:5000",
  "a:5000",
);
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/);
const digest = fc.string().map((text) => digestOf(Buffer.from(text)));

const reference: fc.Arbitrary<Reference> = fc
  .tuple(host, path, fc.option(tag, { nil: undefined }), fc.option(digest, { nil: undefined }))
  .map(([at, repository, named, exact]) => ({
    host: at,
    repository,
    ...defined({ tag: named, digest: exact }),
  }));

describe("parseReference", () => {
  it("parseReference reads back what formatReference writes", () => {
    fc.assert(fc.property(reference, (given) => assert.deepEqual(parseReference(formatReference(given)), given)));
  });

  it("parseReference throws nothing but USAGE, whatever the text, and what it reads is the text", () => {
    const odd = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...Array.from("ab./:@-_A0%?#[]\n")) }));
    fc.assert(
      fc.property(odd, (text) => {
        try {
          assert.equal(formatReference(parseReference(text)), text);
        } catch (error) {
          failsAs("USAGE", /^Image /)(error);
        }
      }),
      { numRuns: 2000 },
    );
  });

  const refused = [
    "",
    "api",
    "orders/api:v1",
    "registry.example.com",
    "registry.example.com/",
    "registry.example.com/Orders",
    "registry.example.com/a/../b",
    "registry.example.com/a//b",
    "registry.example.com/a:",
    "registry.example.com/a@",
    "registry.example.com/a@sha256:abc",
    "registry.example.com/a:v1@v2",
    "https://registry.example.com/a",
    "user@registry.example.com/a",
    "registry.example.com:99999999/a",
    "registry.example.com/a?x",
    `registry.example.com/${"a".repeat(256)}`,
    `registry.example.com/a:${"a".repeat(129)}`,
    "registry.example.com/a\n",
  ];
  for (const text of refused) {
    it(`parseReference refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.throws(() => parseReference(text), failsAs("USAGE", /registry\.example\.com\/orders\/api/));
    });
  }
});

describe("isLoopback", () => {
  it("isLoopback takes this machine's names and no name that only looks like one", () => {
    for (const name of ["localhost", "LOCALHOST:5000", "127.0.0.1", "127.9.9.9:1", "[::1]", "[::1]:5000"])
      assert.ok(isLoopback(name), name);
    const others = [
      "localhost.example.com",
      "127.0.0.1.example.com",
      "10.0.0.1",
      "[::2]",
      "xlocalhost",
      "127.example.com",
      "",
      "localhost:5000:1",
    ];
    for (const name of others) assert.ok(!isLoopback(name), name);
  });
});

describe("isRepository and isTag", () => {
  it("isRepository and isTag take nothing that would change an address", () => {
    const odd = fc.string({ unit: fc.constantFrom(...Array.from("ab./:@%?#\\ \n\u0000")) });
    fc.assert(
      fc.property(odd, (text) => {
        for (const taken of [isRepository(text) ? `/v2/${text}/x` : "", isTag(text) ? `/v2/a/manifests/${text}` : ""]) {
          if (taken === "" || /\/\.{1,2}(?:\/|$)/.test(taken)) continue;
          assert.equal(new URL(taken, "http://x").href, `http://x${taken}`);
        }
      }),
      { numRuns: 3000 },
    );
    for (const odd of ["..", ".", "a/..", "../a", "-a"]) assert.ok(!isRepository(odd) && !isTag(odd), odd);
  });

  it("isRepository ends soon for a long text", () => {
    const start = performance.now();
    for (const text of [
      `${"a-".repeat(120)}!`,
      `${"a".repeat(250)}!`,
      `${"a/".repeat(120)}!`,
      "-".repeat(250),
      `a${"-".repeat(250)}!`,
    ])
      isRepository(text);
    assert.ok(performance.now() - start < 500);
  });
});
