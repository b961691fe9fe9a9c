import assert from "node:assert/strict";
import type { Json } from "../../../src/base/json";
import { diffRecordings } from "../../../src/preview/change/diff";
import { changedValues, formatPath } from "../../../src/preview/change/values";
import { FACTS, recording, REGISTRY } from "../../support/sampleRecording";

/** The changes as `path: before -> after`. */
const changes = (before: Json, after: Json) =>
  changedValues(before, after, true).map(
    (one) => `${formatPath(one.path)}: ${JSON.stringify(one.before)} -> ${JSON.stringify(one.after)}`,
  );

describe("changedValues by name", () => {
  const api = { repository: "orders/api", class: "secure" };
  const web = { repository: "orders/web", class: "standard" };

  it("changedValues tells what changed in an entry by its name, whatever stands before it", () => {
    const images = (...list: Json[]) => ({ images: list });
    const added = { repository: "orders/a", class: "secure" };
    assert.deepEqual(changes(images(api, web), images(added, api, { ...web, class: "secure" })), [
      `images["orders/a"]: undefined -> ${JSON.stringify(added)}`,
      `images["orders/web"].class: "standard" -> "secure"`,
    ]);
    assert.deepEqual(changes(images(api, web), images(web)), [
      `images["orders/api"]: ${JSON.stringify(api)} -> undefined`,
    ]);
  });

  it("changedValues tells entries of one name apart by their registry", () => {
    const token = (registry: string, days: number) => ({ name: "shop-pull", registry, days });
    assert.deepEqual(
      changes([token("secure", 60), token("standard", 60)], [token("secure", 60), token("standard", 30)]),
      [`["shop-pull (standard)"].days: 60 -> 30`],
    );
  });

  it("changedValues compares a list of distinct texts by the texts, and says that only the order changed", () => {
    assert.deepEqual(changes({ of: ["a", "b", "c"] }, { of: ["x", "a", "c"] }), [
      `of[*]: "b" -> undefined`,
      `of[*]: undefined -> "x"`,
    ]);
    assert.deepEqual(changes({ of: ["a", "b"] }, { of: ["b", "a"] }), [`of: ["a","b"] -> ["b","a"]`]);
    assert.deepEqual(changes([api, web], [web, api]), [`: ["orders/api","orders/web"] -> ["orders/web","orders/api"]`]);
  });

  it("changedValues goes by place where an entry has no name, or two the same", () => {
    assert.deepEqual(changes([1, 2], [0, 1, 2]), [`[0]: 1 -> 0`, `[1]: 2 -> 1`, `[2]: undefined -> 2`]);
    assert.deepEqual(changes(["a", "a"], ["b", "a"]), [`[0]: "a" -> "b"`]);
    assert.deepEqual(changes([{ name: "a" }, { name: "[unknown]" }], [{ name: "b" }, { name: "[unknown]" }]), [
      `[0].name: "a" -> "b"`,
    ]);
  });

  it("diffRecordings goes by place where an option of the resource names one", () => {
    const rules = (...names: string[]) => names.map((name) => ({ name }));
    const stage = (list: Json) =>
      recording([
        { type: REGISTRY, name: "r", inputs: { rules: list }, options: { replaceOnChanges: ["rules[0].name"] } },
      ]);
    const [change] = diffRecordings(stage(rules("b")), stage(rules("a", "b")), FACTS).changes;
    assert.deepEqual([change?.kind, change?.properties[0]?.path], ["replace", "rules[0].name"]);
  });
});
