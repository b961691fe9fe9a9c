import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { terminalText } from "../../src/cli/io";

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

describe("processIo", () => {
  it("processIo escapes what goes into a pipe, on both streams", () => {
    const script = `require("tsx/cjs"); const io = require("./src/cli/io.ts").processIo();
      io.stdout.write("a\\u202eb\\u001b[2J\\n"); io.stderr.write("c\\u2066d\\n");`;
    const options = { cwd: resolve(__dirname, "../.."), encoding: "utf8" } as const;
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], options);
    assert.deepEqual([stdout, stderr], ["a\\u202eb\\u001b[2J\n", "c\\u2066d\n"]);
  });
});
