import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { bundle } from "../../src/startup/bundle";

const PROGRAM = resolve(__dirname, "../../src/program.ts");

describe("bundle", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "dualreg-bundle-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("bundle makes one script of the program, whose packages stay packages", () => {
    const code = bundle(PROGRAM, { map: false })?.code ?? "";
    assert.match(code, /require\("@pulumi\/azure-native\/containerregistry\/registry"\)/);
    assert.doesNotMatch(code, /require\("\.{1,2}\//);
  });

  it("bundle makes the same script with a map, which names the sources", () => {
    const [plain, mapped] = [bundle(PROGRAM, { map: false }), bundle(PROGRAM, { map: true })];
    assert.equal(plain?.map, undefined);
    assert.equal(plain?.code, mapped?.code);
    const { sources } = JSON.parse(mapped?.map ?? "{}") as { sources: string[] };
    assert.ok(sources.includes("program.ts") && sources.includes("domain/planStage.ts"), sources.join());
  });

  it("bundle gives nothing for a source that is no TypeScript, and writes nothing", () => {
    const file = join(folder, "broken.ts");
    writeFileSync(file, "const = ;");
    assert.equal(bundle(file, { map: false }), undefined);
  });

  it("bundle gives nothing where esbuild is not there", () => {
    const code = `require("tsx/cjs"); require("node:module").Module._resolveFilename = ((resolve) => (name, ...rest) => {
      if (name === "esbuild") throw new Error("Cannot find module");
      return resolve(name, ...rest);
    })(require("node:module").Module._resolveFilename);
    const { bundle } = require("./src/startup/bundle.ts");
    console.log(bundle(${JSON.stringify(PROGRAM)}, { map: false }));`;
    const { stdout } = spawnSync(process.execPath, ["-e", code], {
      cwd: resolve(__dirname, "../.."),
      encoding: "utf8",
    });
    assert.equal(stdout.trim(), "undefined");
  });
});
