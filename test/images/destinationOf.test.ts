import assert from "node:assert/strict";
import { REGISTRY_KINDS, type RegistryKind } from "../../src/domain/image/registryKind";
import { supportOf } from "../../src/domain/image/ruleSupport";
import { destinationOf, Registries } from "../../src/images/registries";
import { imageOf } from "../../src/outputs";
import { outputsFor } from "../support/release/outputsFor";

describe("destinationOf", () => {
  const settles = async (kind: RegistryKind, stage: string) => {
    const base = outputsFor({ stage, host: "localhost:1", kind, policy: { signature: false, signers: [] } });
    const nobody = new Registries(() => Promise.resolve({ kind: "anonymous", from: "a test" }));
    try {
      return destinationOf(base, imageOf(base, "orders/web"), nobody).settles;
    } finally {
      await nobody.close();
    }
  };

  it("S2-11 destinationOf reads back at every kind that keeps no tag by itself for sure, an expected setting included", async () => {
    const kinds = await Promise.all(REGISTRY_KINDS.map(async (kind) => [kind, await settles(kind, "uat")] as const));
    assert.deepEqual(
      kinds.filter(([, reads]) => !reads).map(([kind]) => kind),
      ["acr"],
    );
    for (const kind of ["ecr", "gar", "quay", "harbor"] as const) {
      assert.equal(supportOf(kind)["tag-immutability"].support, "expected", kind);
    }
  });

  it("S2-2 destinationOf reads nothing back where tags move", async () => {
    for (const kind of REGISTRY_KINDS) assert.equal(await settles(kind, "dev"), false, kind);
  });
});
