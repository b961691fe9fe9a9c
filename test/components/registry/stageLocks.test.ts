import assert from "node:assert/strict";
import type { RecordedResource, Recording } from "../../../src/preview/recording";
import { recordProgram } from "../../support/recorder";

/** Locks on a pair that is kept, after what somebody else has put into it. */
const PROGRAM = `
import { DualRegistry } from "./src/components/registry/dualRegistry";
import { StageLocks } from "./src/components/registry/stageLocks";

const own = (registryName: string) => ({ mode: "create" as const, registryName, resourceGroupName: "rg" });
const pair = new DualRegistry("kept", {
  location: "westeurope",
  resourceGroup: "rg",
  audit: {},
  retain: true,
  registries: {
    secure: { ...own("keptsecure"), tokens: [{ name: "shop-pull", actions: ["repositories/a/content/read"] }] },
    standard: own("keptstandard"),
  },
});
const scope = pair.registries.secure.registryId;
if (scope) {
  const locks = [{ on: "secure", scope, name: "keep", notes: "Ask first" }];
  new StageLocks("locks", { locks }, { dependsOn: [pair] });
}
`;

describe("StageLocks", () => {
  let recording: Recording;
  before(async () => {
    recording = await recordProgram({ program: PROGRAM });
  });
  const named = (name: string): RecordedResource => {
    const found = recording.resources.filter((resource) => resource.name === name);
    assert.equal(found.length, 1, name);
    return found[0] as RecordedResource;
  };

  it("StageLocks makes a lock against deletion on each scope, as its own child", () => {
    const { type, inputs, parent = "" } = named("locks-secure");
    assert.equal(type, "azure-native:authorization:ManagementLockByScope");
    assert.deepEqual(inputs, { level: "CanNotDelete", lockName: "keep", notes: "Ask first", scope: "[unknown]" });
    assert.match(parent, /dualregistry:index:StageLocks::locks$/);
  });

  it("StageLocks come after everything below what they lock, so that they go before it", () => {
    const { options } = named("locks-secure");
    for (const name of ["kept-secure-registry", "kept-secure-token-shop-pull", "kept-secure-log"]) {
      assert.ok(options.dependsOn?.includes(named(name).urn), `not after ${name}`);
    }
  });

  it("DualRegistry with retain leaves in Azure what holds data, and protects it", () => {
    for (const name of ["kept-group", "kept-audit-workspace", "kept-secure-registry", "kept-standard-registry"]) {
      const { protect, retainOnDelete } = named(name).options;
      assert.deepEqual([protect, retainOnDelete], [true, true], name);
    }
    assert.equal(named("kept-secure-token-shop-pull").options.retainOnDelete, undefined);
  });
});
