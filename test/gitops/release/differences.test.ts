import assert from "node:assert/strict";
import { differencesOf } from "../../../src/gitops/release/differences";

/** A chart's values with one image. */
const values = (version: string, more: readonly string[]): string =>
  ["image:", "  repository: qa.example.com/orders/api", `  tag: ${version}`, ...more, ""].join("\n");
const pathsOf = (one: string, other: string) =>
  differencesOf(one, other).differences.map((each) => `${each.path} ${each.in}`);

describe("differencesOf", () => {
  it("S3-12 tells where values differ beside images, with aliases and merge keys followed", () => {
    const uat = values("v2", ["base: &base", "  replicas: 1", "api:", "  <<: *base", "list: [1, 2]", "only: 1"]);
    const prod = values("v1", ["base: &base", "  replicas: 3", "api:", "  <<: *base", "list: [1, 3]", "mine: 1"]);
    assert.deepEqual(pathsOf(uat, prod), [
      ...["base.replicas both", "api.replicas both", "list.1 both", "only source", "mine target"],
    ]);
    assert.deepEqual(pathsOf(uat, uat), []);
  });

  it("S3-12 compares every key of a large map, at a cost that is no square of their number", () => {
    const count = 40_000;
    const map = (value: string) =>
      values("v1", ["settings:", ...Array.from({ length: count }, (_, at) => `  key-${at}: ${value}`)]);
    const { differences, more } = differencesOf(map("a"), map("b"));
    assert.deepEqual([differences.length, more], [50, count - 50]);
  });

  it("S3-12 ends on aliases of aliases", () => {
    const levels = Array.from({ length: 40 }, (_, at) => `l${at}: &l${at} [${`*l${at - 1}, `.repeat(at && 4)}]`);
    const text = ["apiVersion: v1", "kind: ConfigMapList", "items: []", ...levels, ""].join("\n");
    assert.deepEqual(differencesOf(text, text).differences, []);
  });
});
