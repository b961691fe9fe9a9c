import assert from "node:assert/strict";
import { load } from "js-yaml";
import { mountedObjects } from "../../../src/domain/cluster/mountedObjects";

describe("mountedObjects", () => {
  it("mountedObjects is YAML within YAML, as the driver reads it, with another name where a file has one", () => {
    const { array } = load(
      mountedObjects([{ secretName: "one" }, { secretName: "two", file: "session-keys/2027-01-31" }]),
    ) as { array: string[] };
    assert.deepEqual(
      array.map((text) => load(text)),
      [
        { objectName: "one", objectType: "secret" },
        { objectName: "two", objectType: "secret", objectAlias: "session-keys/2027-01-31" },
      ],
    );
  });
});
