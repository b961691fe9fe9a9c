import assert from "node:assert/strict";
import { DualRegistryError } from "../../../src/base/errors";
import { findImages } from "../../../src/gitops/documents";

describe("hostile documents", () => {
  const nested = (depth: number) => Array.from({ length: depth }, (_, at) => `${" ".repeat(at)}a:\n`).join("");
  const bomb = (width: number) =>
    `a0: &a0 { image: ghcr.io/a:v1 }\n${Array.from({ length: 40 }, (_, at) => `a${at + 1}: &a${at + 1} [${Array.from({ length: width }, () => `*a${at}`).join(", ")}]\n`).join("")}`;
  for (const [name, text, problem] of [
    ["aliases of aliases", bomb(9), /more than 300000 values, with aliases followed/],
    [
      "merges of merges",
      `b: &b { ${Array.from({ length: 5000 }, (_, at) => `k${at}: 1`).join(", ")} }\nl:\n${"- { <<: *b }\n".repeat(1000)}`,
      /more than 300000 values/,
    ],
    ["an alias in its own anchor", "a: &a [*a]\n", /line 1: alias "a" has no anchor in front of it/],
    ["65 levels", nested(66), /nested too deeply; allowed: at most 64 levels/],
    ["a hundred thousand brackets", "[".repeat(100_000), /nested too deeply/],
    ["a hundred thousand dashes", "- ".repeat(100_000), /nested too deeply/],
    ["more than 4 Mi characters", " ".repeat(4 * 1024 * 1024 + 1), /more than 4194304 characters/],
    ["a key twice", "image: a\nimage: b\n", /line 2: key "image" stands there twice/],
    ["a key twice in quotes", '{ image: a, "image": b }', /key "image" stands there twice/],
    ["a type of its own", "a: !!js/function 'x'\n", /line 1: .*js\/function/],
    ["a local type", "a: !image x\n", /line 1: .*image/],
    ["a control character", "a: \u001b[2J\n", /line 1: "\\u001b" is a control character/],
    ["what is no YAML", "a: [1\nb: }\n", /not YAML/],
  ] as const) {
    it(`findImages refuses ${name}`, () => {
      assert.throws(
        () => findImages("release.yaml", text),
        (error) =>
          error instanceof DualRegistryError && error.code === "CONTENT_INVALID" && problem.test(error.message),
      );
    });
  }

  it("findImages reads ten thousand places of one anchor", () => {
    const text = `base: &base { repository: ghcr.io/a, tag: v1 }\nlist:\n${"- { image: *base }\n".repeat(10_000)}`;
    assert.equal(findImages("values.yaml", text).images.length, 10_001);
  });
});
