import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAsked, parseRunning } from "../../src/clusters/imageNames";
import { DIGEST } from "../support/signing/samples";

describe("parseAsked", () => {
  const CASES: readonly [string, object | undefined][] = [
    ["nginx", { repository: "docker.io/library/nginx", tag: "latest" }],
    ["company/api:v1", { repository: "docker.io/company/api", tag: "v1" }],
    ["localhost/api", { repository: "localhost/api", tag: "latest" }],
    ["registry.example.com:5000/orders/api:v1", { repository: "registry.example.com:5000/orders/api", tag: "v1" }],
    [`registry.example.com/api:v1@${DIGEST}`, { repository: "registry.example.com/api", tag: "v1", digest: DIGEST }],
    [`registry.example.com/api@${DIGEST}`, { repository: "registry.example.com/api", digest: DIGEST }],
    ["registry.example.com/Orders:v1", undefined],
    ["no image", undefined],
    [`api@${DIGEST}@${DIGEST}`, undefined],
    ["api@sha256:12", undefined],
    ["", undefined],
  ];
  for (const [text, wanted] of CASES) {
    it(`parseAsked reads ${JSON.stringify(text.slice(0, 60))} as runtimes do`, () => {
      assert.deepEqual(parseAsked(text), wanted);
    });
  }
});

describe("parseRunning", () => {
  const repository = "registry.example.com/orders/api";
  const CASES: readonly [string, object | undefined][] = [
    [`${repository}@${DIGEST}`, { repository, digest: DIGEST }],
    [`docker-pullable://${repository}@${DIGEST}`, { repository, digest: DIGEST }],
    [`docker://${DIGEST}`, { digest: DIGEST }],
    [DIGEST, { digest: DIGEST }],
    ["", undefined],
    [`${repository}:v1.2.3`, undefined],
    ["import-2026-11-01", undefined],
  ];
  for (const [text, wanted] of CASES) {
    it(`S3-14 parseRunning reads ${JSON.stringify(text.slice(0, 60))}, and no digest where the runtime names none`, () => {
      assert.deepEqual(parseRunning(text), wanted);
    });
  }

  it("parseRunning and parseAsked take any text without failing, and give back no other digest than stands there", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        for (const read of [parseAsked(text), parseRunning(text)]) {
          if (read?.digest !== undefined) assert.ok(text.includes(read.digest));
        }
      }),
    );
  });
});
