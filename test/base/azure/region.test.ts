import assert from "node:assert/strict";
import { isSameRegion, regionKey, regionNamed } from "../../../src/base/azure/region";

describe("regionNamed", () => {
  for (const [written, name] of [
    ["northeurope", "northeurope"],
    ["North Europe", "northeurope"],
    ["NorthEurope", "northeurope"],
    ["NORTHEUROPE", "northeurope"],
    [" west us 2 ", "westus2"],
    ["(Europe) North Europe", "northeurope"],
    ["(US) East US 2 EUAP", "eastus2euap"],
    ["", undefined],
    ["2westus", undefined],
    ["north-europe", undefined],
    ["west\u2066europe", undefined],
    ["x".repeat(60), undefined],
  ] as const) {
    it(`regionNamed reads ${JSON.stringify(written)} as ${name ?? "no region"}`, () => {
      assert.equal(regionNamed(written), name);
    });
  }

  it("isSameRegion compares names and display names, and leaves what is no region as it is", () => {
    assert.ok(isSameRegion("North Europe", "northeurope"));
    assert.ok(!isSameRegion("North Europe", "westeurope"));
    assert.equal(regionKey("none"), "none");
    assert.ok(!isSameRegion("West-Europe", "westeurope"));
  });
});
