import assert from "node:assert/strict";
import {
  isSameArmId,
  nameInId,
  parseArmId,
  readArmId,
  resourceGroupOf,
  subscriptionOf,
} from "../../../src/base/azure/armId";
import { REGISTRY_ARM_KIND } from "../../../src/domain/plan/names";
import { VAULT_ARM_KIND } from "../../../src/domain/plan/passwords";
import { WORKSPACE_ARM_KIND } from "../../../src/domain/watch/audit";

const GUID = "00000000-0000-0000-0000-0000000000a1";
const ID = `/subscriptions/${GUID}/resourceGroups/RG-Legacy/providers/Microsoft.ContainerRegistry/registries/companyOld`;

describe("parseArmId", () => {
  for (const [title, text] of [
    ["Azure's usual spelling", ID],
    ["Log Analytics' spelling", ID.replace("resourceGroups", "resourcegroups").replace("Microsoft.C", "microsoft.c")],
    [
      "capital letters in every fixed part",
      ID.replace("subscriptions", "SUBSCRIPTIONS").replace("registries", "Registries"),
    ],
    ["a slash at its end", `${ID}/`],
  ] as const) {
    it(`parseArmId reads ${title}, and keeps the names as they are written`, () => {
      assert.deepEqual(parseArmId(text, REGISTRY_ARM_KIND), {
        ...{ subscriptionId: GUID, resourceGroup: "RG-Legacy", name: "companyOld", id: ID },
      });
    });
  }

  for (const [title, text, part, allowed] of [
    ["another type", ID.replace("registries", "registry"), "registry", "registries"],
    [
      "another provider",
      ID.replace("ContainerRegistry", "ContainerService"),
      "Microsoft.ContainerService",
      "Microsoft.ContainerRegistry",
    ],
    ["no guid", ID.replace(GUID, "qa"), "qa", "a guid"],
    ["no slash first", ID.slice(1), "subscriptions", "a slash first"],
    ["no name", ID.replace("companyOld", ""), "", "5 to 50"],
    [
      "a name that Azure does not take",
      ID.replace("companyOld", "company-old"),
      "company-old",
      "5 to 50 letters and digits",
    ],
    ["something behind its name", `${ID}/tokens/shop`, "tokens", "nothing behind"],
    ["a group that ends with a dot", ID.replace("RG-Legacy", "rg."), "rg.", "resource group"],
    ["a login server", "companyold.azurecr.io", "companyold.azurecr.io", "a slash first"],
  ] as const) {
    it(`readArmId names the part that is wrong: ${title}`, () => {
      const read = readArmId(text, REGISTRY_ARM_KIND);
      assert.ok("part" in read, JSON.stringify(read));
      assert.equal(read.part, part);
      assert.ok(read.allowed.includes(allowed), read.allowed);
    });
  }

  it("parseArmId knows what vaults and workspaces may be called", () => {
    const of = (type: string, name: string) => `/subscriptions/${GUID}/resourceGroups/rg/providers/${type}/${name}`;
    const vault = (name: string) => parseArmId(of("microsoft.keyvault/vaults", name), VAULT_ARM_KIND)?.name;
    assert.deepEqual(["kv-company", "KV1", "kv--a", "1kv", "kv-", "kv", "k".repeat(25)].map(vault), [
      ...["kv-company", "KV1", undefined, undefined, undefined, undefined, undefined],
    ]);
    const log = (name: string) => parseArmId(of("Microsoft.OperationalInsights/workspaces", name), WORKSPACE_ARM_KIND);
    assert.deepEqual(
      ["log-company", "log", "-log", "log-"].map((name) => log(name) !== undefined),
      [...[true, false, false, false]],
    );
  });

  it("isSameArmId, subscriptionOf, resourceGroupOf and nameInId ignore letter case", () => {
    const lower = ID.toLowerCase();
    assert.ok(isSameArmId(ID, `${lower}/`) && !isSameArmId(ID, `${lower}x`));
    assert.equal(subscriptionOf(lower.replace("/subscriptions", "/Subscriptions")), GUID);
    assert.equal(resourceGroupOf(lower), `/subscriptions/${GUID}/resourcegroups/rg-legacy`);
    assert.deepEqual([nameInId(lower, "registries"), nameInId(lower, "tokens")], ["companyold", undefined]);
  });
});
