import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { lateExports } from "../../src/startup/latePackages";

const REPOSITORY = resolve(__dirname, "../..");

/** What a new process prints that loads latePackages.ts and then runs a script. */
function runAfter(script: string): string {
  const code = `require("tsx/cjs"); require("./src/startup/latePackages.ts");
    const { createRequire } = require("node:module");
    const sdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));
    const loaded = () => Object.keys(require.cache).filter((file) => /@npmcli.arborist.lib.arborist/.test(file)).length;
    ${script}`;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", code], { cwd: REPOSITORY, encoding: "utf8" });
  assert.equal(stderr, "");
  return stdout.trim();
}

describe("latePackages", () => {
  it("latePackages keeps Pulumi's SDK from loading npm's tree of packages", () => {
    assert.equal(runAfter(`require("@pulumi/pulumi"); console.log(loaded());`), "0");
  });

  it("latePackages gives it to whoever asks, the one that is there", () => {
    const script = `require("@pulumi/pulumi"); const late = sdk("@npmcli/arborist"); const { Arborist } = late;
      console.log(typeof Arborist, loaded() > 0, sdk("@npmcli/arborist").Arborist === Arborist, late.Arborist === Arborist);`;
    assert.equal(runAfter(script), "function true true true");
  });

  it("lateExports loads nothing for being asked whether it is an ES module", () => {
    let loads = 0;
    const late = lateExports(() => ({ there: ++loads }));
    assert.equal(Reflect.get(late, "__esModule"), true);
    assert.equal(loads, 0);
    assert.equal(Reflect.get(late, "there"), 1);
  });
});
