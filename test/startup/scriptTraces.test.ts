import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

const REPOSITORY = resolve(__dirname, "../..");

/** What a process prints that runs the script of a module with three lines, under Pulumi's TypeScript runtime. */
function run(after: string): string[] {
  const code = `
    require("source-map-support/register");
    const esbuild = require("esbuild"), { compileFunction } = require("node:vm");
    require("@pulumi/pulumi/vendor/ts-node@7.0.1").register({ transpileOnly: true });
    const { prepareScriptTraces } = require("./src/startup/scriptTraces.ts");
    const source = "interface Room {}\\n\\n\\nexport function fail(make: () => Error): never {\\n  throw make();\\n}\\nexport const call = (of: () => unknown) => of();\\n";
    const options = { loader: "ts", format: "cjs", sourcemap: "external", sourcefile: "room.ts", sourcesContent: false };
    const { code, map } = esbuild.transformSync(source, options);
    prepareScriptTraces({ filename: "/made/room.bundle.js", map, folder: "/made" });
    const module = { exports: {} };
    compileFunction(code, ["module", "exports"], { filename: "/made/room.bundle.js" })(module, module.exports);
    const { fail, call } = module.exports;
    ${after}`;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", code], { cwd: REPOSITORY, encoding: "utf8" });
  assert.equal(stderr, "");
  return stdout.trim().split("\n");
}

describe("prepareScriptTraces", () => {
  it("prepareScriptTraces names the source's file, line and column, and keeps the function's name", () => {
    const lines = run(`try { fail(() => new TypeError("no room")); } catch (error) { console.log(error.stack); }`);
    assert.equal(lines[0], "TypeError: no room");
    assert.match(lines[1] ?? "", /^ {4}at .*\[eval\]/);
    assert.match(lines[2] ?? "", /^ {4}at .*fail \(\/made\/room\.ts:5:9\)$/);
  });

  it("prepareScriptTraces leaves frames of other files as V8 prints them", () => {
    const lines = run(`try { call(() => JSON.parse("{")); } catch (error) { console.log(error.stack); }`);
    assert.match(lines[0] ?? "", /^SyntaxError: /);
    assert.match(lines[1] ?? "", /^ {4}at JSON\.parse \(<anonymous>\)$/);
    assert.ok(
      lines.some((line) => /^ {4}at call \(\/made\/room\.ts:7:\d+\)$/.test(line)),
      lines.join("\n"),
    );
  });

  it("prepareScriptTraces does not fail on an error whose message cannot be read", () => {
    const lines = run(`const made = Object.create(Error.prototype, { message: { get() { throw new Error("no"); } } });
      Error.captureStackTrace(made); console.log(made.stack);`);
    assert.equal(lines[0], "Error");
    assert.match(lines[1] ?? "", /^ {4}at /);
  });

  it("prepareScriptTraces lets Pulumi note the position of a resource in its source", () => {
    const lines = run(`const { Resource } = require("@pulumi/pulumi");
      const frames = call(() => Resource.callsites());
      console.log(JSON.stringify(frames.find(({ file }) => file === "/made/room.ts")));`);
    assert.deepEqual(JSON.parse(lines[0] ?? "{}"), { file: "/made/room.ts", line: 7, column: 44 });
  });
});
