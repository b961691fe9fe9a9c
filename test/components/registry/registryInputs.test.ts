import assert from "node:assert/strict";
import { registryInputs } from "../../../src/components/registry/registryInputs";

const PLACE = { registryName: "ordersqasecure", resourceGroupName: "rg", location: "westeurope" };
const ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/ordersqasecure";

describe("registryInputs", () => {
  it("registryInputs sends the rules of a network whole: who is named no more is let out by an update", () => {
    const rules = (allowedIps?: readonly string[]) => registryInputs({ ...PLACE, ...(allowedIps && { allowedIps }) });
    assert.deepEqual(rules(["203.0.113.0/24"]).networkRuleSet, {
      defaultAction: "Deny",
      ipRules: [{ action: "Allow", iPAddressOrRange: "203.0.113.0/24" }],
    });
    for (const open of [rules(), rules([])]) {
      assert.deepEqual(open.networkRuleSet, { defaultAction: "Allow", ipRules: [] });
    }
  });

  for (const sku of ["Basic", "Standard"] as const) {
    it(`registryInputs sends ${sku} no rules of a network, which it does not take`, () => {
      assert.ok(!("networkRuleSet" in registryInputs({ ...PLACE, sku })));
    });
  }

  it("S0-5 registryInputs sends an adopted registry no rules where none are named", () => {
    assert.ok(!("networkRuleSet" in registryInputs({ ...PLACE, importId: ID })));
  });
});
