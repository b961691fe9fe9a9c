import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { tempFolder } from "../../../src/base/file";
import { resultProperties } from "../../../src/preview/record/functionResults";

const ROOT = resolve(__dirname, "../../..");

describe("resultProperties", () => {
  it("resultProperties names what a function of each shape of token answers", () => {
    const caller = resultProperties("azure-native:authorization:getClientConfig", [ROOT]);
    assert.deepEqual(caller, ["clientId", "objectId", "subscriptionId", "tenantId"]);
    const user = resultProperties("github:index/getUser:getUser", [ROOT]);
    assert.ok(user?.includes("avatarUrl") && user.includes("login") && !user.includes("username "));
    const registry = resultProperties("azure-native:containerregistry:getRegistry", [ROOT]);
    assert.ok(registry?.includes("loginServer") && registry.includes("networkRuleSet"), String(registry));
  });

  it("resultProperties knows nothing of a package, module or function that is not installed", () => {
    for (const token of [
      "nosuch:index:getX",
      "azure-native:nosuch:getClientConfig",
      "azure-native:authorization:getNothing",
      "azure-native:authorization",
      "",
      "a:b:c:d",
    ]) {
      assert.equal(resultProperties(token, [ROOT]), undefined, token);
    }
  });

  it("resultProperties reads no file outside the package, whatever the token says", async () => {
    const folder = await tempFolder();
    try {
      await mkdir(join(folder.path, "node_modules/@pulumi/p/inner"), { recursive: true });
      await writeFile(join(folder.path, "node_modules/@pulumi/p/package.json"), "{}");
      const declaration =
        "export interface GetXResult {\n    readonly secret: string;\n    readonly other?: string;\n}\n";
      for (const place of ["getX.d.ts", "node_modules/@pulumi/p/inner/getX.d.ts"]) {
        await writeFile(join(folder.path, place), declaration);
      }
      assert.deepEqual(resultProperties("p:inner:getX", [folder.path]), ["secret", "other"]);
      for (const module of ["../../..", "inner/../../../..", "..", ".", "/", "inner\\.."]) {
        assert.equal(resultProperties(`p:${module}:getX`, [folder.path]), undefined, module);
      }
      assert.equal(resultProperties("../..:index:getX", [folder.path]), undefined);
    } finally {
      await folder.remove();
    }
  });
});
