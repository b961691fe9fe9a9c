import assert from "node:assert/strict";
import { readBuildMetadata } from "../../../src/images/gates/buildMetadata";
import { refuses } from "../../support/signing/samples";

const BUILD = {
  source: "https://git.example.com/company/orders",
  commit: "3f2a9c1d5e7b8a6f4c2d1e0f9a8b7c6d5e4f3a2b",
  version: "v1.2.3-rc1",
  createdAt: "2026-11-21T08:00:00.000Z",
  run: "https://ci.example.com/runs/7",
};
const read = (over: object = {}) =>
  readBuildMetadata(Buffer.from(JSON.stringify({ ...BUILD, ...over })), '"build.json"');

describe("readBuildMetadata", () => {
  it("S1-7 readBuildMetadata reads source, commit, version, time and run, and leaves the rest out", () => {
    assert.deepEqual(read({ more: 1 }), BUILD);
    assert.equal(read({ run: undefined }).run, undefined);
    assert.equal(read({ createdAt: "2026-11-21T09:00:00+01:00" }).createdAt, BUILD.createdAt);
  });

  const REFUSED: readonly [string, object, RegExp][] = [
    ["no commit", { commit: undefined }, /commit is missing/],
    ["a short commit", { commit: "3f2a9c1" }, /commit: "3f2a9c1" is not allowed; allowed: a whole commit/],
    ["no time", { createdAt: "yesterday" }, /createdAt: "yesterday"/],
    ["a version no tag could be", { version: "v1 2" }, /version: "v1 2"/],
    ["a source without https", { source: "git@git.example.com:company/orders" }, /source: the value.*https/],
    ["a number for a version", { version: 1 }, /version: the value/],
  ];
  for (const [title, over, message] of REFUSED) {
    it(`readBuildMetadata refuses ${title}`, () =>
      refuses(() => read(over), "CONTENT_INVALID", /build\.json/, message));
  }

  it("readBuildMetadata says everything at once, and never a password in an address", () =>
    refuses(
      () => read({ source: "https://user:hunter2@example.com/", commit: undefined, version: "" }),
      "CONTENT_INVALID",
      /commit is missing/,
      /version: ""/,
      /^(?!.*hunter2)/,
    ));
});
