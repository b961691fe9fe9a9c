import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { bundle } from "../../src/startup/bundledProgram";

const PROGRAM = resolve(__dirname, "../../src/program.ts");

describe("bundle", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "dualreg-bundle-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("bundle makes one script of the program, whose packages stay packages, and always the same", async () => {
    const { code } = (await bundle(PROGRAM)) ?? assert.fail("no bundle");
    assert.match(code, /require\("@pulumi\/azure-native\/containerregistry\/registry"\)/);
    assert.doesNotMatch(code, /require\("\.{1,2}\//);
    assert.equal((await bundle(PROGRAM))?.code, code);
  });

  it("bundle has a map that names the sources, and does not repeat them", async () => {
    const { map } = (await bundle(PROGRAM)) ?? assert.fail("no bundle");
    const { sources, sourcesContent } = JSON.parse(map) as { sources: string[]; sourcesContent?: string[] };
    assert.equal(sourcesContent, undefined);
    assert.ok(sources.includes("program.ts") && sources.includes("domain/plan/planStage.ts"), sources.join());
  });

  it("bundle returns undefined for a source that is not TypeScript, and writes nothing", async () => {
    const file = join(folder, "broken.ts");
    writeFileSync(file, "const = ;");
    assert.equal(await bundle(file), undefined);
    assert.deepEqual(readdirSync(folder), ["broken.ts"]);
  });

  it("bundle returns undefined where esbuild is not installed", () => {
    const code = `require("tsx/cjs"); require("node:module").Module._resolveFilename = ((resolve) => (name, ...rest) => {
      if (name === "esbuild") throw new Error("Cannot find module");
      return resolve(name, ...rest);
    })(require("node:module").Module._resolveFilename);
    const { bundle } = require("./src/startup/bundledProgram.ts");
    bundle(${JSON.stringify(PROGRAM)}).then((code) => console.log(code));`;
    const { stdout } = spawnSync(process.execPath, ["-e", code], {
      cwd: resolve(__dirname, "../.."),
      encoding: "utf8",
    });
    assert.equal(stdout.trim(), "undefined");
  });
});
