import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { columnsOf, type Io, showsColors, terminalText } from "../../src/cli/io";

describe("terminalText", () => {
  it("terminalText keeps line feeds and the colours of our own printers", () => {
    const ours = "\u001b[1m\u001b[4mStage qa\u001b[24m\u001b[22m\n\u001b[32m✔\u001b[39m node\n\u001b[90mgrey\u001b[39m";
    assert.equal(terminalText(ours), ours);
  });

  for (const [what, hostile, printed] of [
    ["a label that clears the screen", "v1\u001b[2J", "v1\\u001b[2J"],
    ["a tag that hides what follows", "v1\u001b[8mhidden", "v1\\u001b[8mhidden"],
    ["a registry's error that goes back over the line", "denied\rgranted", "denied\\u000dgranted"],
    ["a title that names the window", "\u001b]0;root\u0007", "\\u001b]0;root\\u0007"],
    ["a name that is read from right to left", "a\u202egnp.exe", "a\\u202egnp.exe"],
    ["an isolate, and a single-character control sequence", "\u2066x\u009b2J", "\\u2066x\\u009b2J"],
  ] as const) {
    it(`terminalText escapes ${what}`, () => assert.equal(terminalText(hostile), printed));
  }
});

/** Surroundings of a terminal, or of a pipe, with an environment. */
function surroundings(isTTY: boolean, env: Io["env"], columns?: number): Io {
  const stdout = { write: () => undefined, isTTY, ...(columns === undefined ? {} : { columns }) };
  return { stdout, stderr: stdout, env, cwd: "/", nodeVersion: "v24.0.0", now: () => new Date(0) };
}

describe("showsColors", () => {
  for (const [isTTY, env, expected] of [
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [true, { TERM: "dumb" }, false],
    [false, { FORCE_COLOR: "1" }, true],
    [false, { FORCE_COLOR: "" }, true],
    [false, { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
    [true, { FORCE_COLOR: "0" }, false],
    [true, { FORCE_COLOR: "false" }, false],
  ] as const) {
    it(`showsColors says ${expected} ${isTTY ? "on a terminal" : "in a pipe"} with ${JSON.stringify(env)}`, () => {
      assert.equal(showsColors(surroundings(isTTY, env)), expected);
    });
  }
});

describe("columnsOf", () => {
  it("columnsOf gives those of the terminal, 80 where it says none, and no limit in a pipe", () => {
    assert.equal(columnsOf(surroundings(true, {}, 120)), 120);
    assert.equal(columnsOf(surroundings(true, {}, 0)), 80);
    assert.equal(columnsOf(surroundings(true, {})), 80);
    assert.equal(columnsOf(surroundings(false, {}, 120)), undefined);
  });
});

describe("processIo", () => {
  it("processIo escapes what goes into a pipe, on both streams", () => {
    const script = `require("tsx/cjs"); const io = require("./src/cli/io.ts").processIo();
      io.stdout.write("a\\u202eb\\u001b[2J\\n"); io.stderr.write("c\\u2066d\\n");`;
    const options = { cwd: resolve(__dirname, "../.."), encoding: "utf8" } as const;
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], options);
    assert.deepEqual([stdout, stderr], ["a\\u202eb\\u001b[2J\n", "c\\u2066d\n"]);
  });
});
