import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { withoutVersionAliases } from "../../src/components/versionAliases";
import { recordProject } from "../support/recorder";

const versioned = { type: "azure-native:containerregistry/v20230701:Registry" };

describe("withoutVersionAliases", () => {
  it("withoutVersionAliases takes out aliases of one API version, and no others", () => {
    const renamed = { type: "azure-native:insights:Workbook" };
    const named = { ...versioned, name: "former" };
    const others = ["urn:pulumi:qa::orders::a:b:C::former", renamed, named];
    assert.deepEqual(withoutVersionAliases([versioned, ...others]), others);
  });

  it("withoutVersionAliases returns the list it was given where nothing is to be taken out", () => {
    const aliases = [{ name: "former" }];
    assert.equal(withoutVersionAliases(aliases), aliases);
  });

  it("withoutVersionAliases knows every alias that azure-native gives a registry", () => {
    const path = require.resolve("@pulumi/azure-native/containerregistry/registry");
    const line = /const aliasOpts = \{ aliases: \[(.*)\] \};/.exec(readFileSync(path, "utf8"))?.[1] ?? "";
    const aliases = [...line.matchAll(/type: "([^"]+)"/g)].map(([, type]) => ({ type: type ?? "" }));
    assert.ok(aliases.length > 10);
    assert.deepEqual(withoutVersionAliases(aliases), []);
  });
});

describe("removeVersionAliases", () => {
  const HEAD = `const { removeVersionAliases } = require("./src/components/versionAliases");
    const pulumi = require("@pulumi/pulumi");
    const { Registry } = require("@pulumi/azure-native/containerregistry/registry");
    const args = { resourceGroupName: "group", registryName: "one", sku: { name: "Premium" } };\n`;

  async function recordProgram(body: string) {
    const { recordings, failures } = await recordProject({ program: HEAD + body, stacks: { qa: {} } });
    assert.deepEqual(failures, []);
    return recordings.get("qa") ?? assert.fail("nothing was recorded");
  }

  it("removeVersionAliases registers an Azure resource, also inside a component, without them and with its others", async () => {
    const recording = await recordProgram(`const warn = removeVersionAliases();
      const parent = new pulumi.ComponentResource("test:a:B", "parent", {});
      new Registry("one", args, { parent, aliases: [{ name: "former" }] });
      warn();`);
    assert.match(JSON.stringify(recording), /former/);
    assert.doesNotMatch(JSON.stringify(recording), /containerregistry\/v20/);
  });

  it("removeVersionAliases warns where no Azure resource came with one", async () => {
    const recording = await recordProgram(`const warn = removeVersionAliases();
      new pulumi.CustomResource("azure-native:containerregistry:Registry", "one", args, {});
      warn();`);
    assert.match(JSON.stringify(recording), /None of 1 Azure resources came with aliases of older API versions/);
  });
});
