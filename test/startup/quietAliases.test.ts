import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withoutVersions } from "../../src/startup/quietAliases";

const versioned = { type: "azure-native:containerregistry/v20230701:Registry" };

describe("withoutVersions", () => {
  it("withoutVersions takes out aliases of one API version, and none else", () => {
    const renamed = { type: "azure-native:insights:Workbook" };
    const named = { ...versioned, name: "former" };
    const other = ["urn:pulumi:qa::orders::a:b:C::former", renamed, named];
    assert.deepEqual(withoutVersions({ aliases: [versioned, ...other], protect: true }), {
      aliases: other,
      protect: true,
    });
  });

  it("withoutVersions hands on as they are options without a list of aliases", () => {
    const options = { protect: true };
    assert.equal(withoutVersions(options), options);
    assert.equal(withoutVersions(undefined), undefined);
  });

  it("withoutVersions knows every alias that azure-native gives a registry", () => {
    const path = require.resolve("@pulumi/azure-native/containerregistry/registry");
    const line = /const aliasOpts = \{ aliases: \[(.*)\] \};/.exec(readFileSync(join(path), "utf8"))?.[1] ?? "";
    const aliases = [...line.matchAll(/type: "([^"]+)"/g)].map(([, type]) => ({ type }));
    assert.ok(aliases.length > 10);
    assert.deepEqual(withoutVersions({ aliases }), { aliases: [] });
  });
});
