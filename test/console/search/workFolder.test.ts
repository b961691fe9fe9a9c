import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { makeWorkFolder, removeWorkFolder } from "../../../src/console/search/workFolder";

const MODULE = join(__dirname, "../../../src/console/search/workFolder.ts");

describe("makeWorkFolder", () => {
  let temporary: string;
  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), "dualreg-work-test-"));
  });
  afterEach(() => rmSync(temporary, { recursive: true, force: true }));

  it("makeWorkFolder removes what a killed process left, and nothing of a process that runs or of something else", () => {
    const own = makeWorkFolder(temporary);
    const foreign = mkdtempSync(join(temporary, "dual-registry-search-"));
    const ofParent = own.replace(`-${process.pid}-`, `-${process.ppid}-`);
    const script = `require(${JSON.stringify(MODULE)}).makeWorkFolder(${JSON.stringify(temporary)}); process.kill(process.pid, "SIGKILL");`;
    const { signal } = spawnSync(process.execPath, ["--import", "tsx", "-e", script], { encoding: "utf8" });
    assert.equal(signal, "SIGKILL");
    mkdirSync(ofParent);
    assert.equal(readdirSync(temporary).length, 4);
    const second = makeWorkFolder(temporary);
    assert.deepEqual(
      readdirSync(temporary).sort(),
      [own, foreign, ofParent, second].map((one) => basename(one)).sort(),
    );
    for (const one of [own, second]) removeWorkFolder(one);
    assert.equal(readdirSync(temporary).length, 2);
  });

  it("makeWorkFolder removes what an earlier process of the same number left, as in a container that begins again", () => {
    const own = makeWorkFolder(temporary);
    const earlier = `${own.slice(0, -6)}before`;
    mkdirSync(earlier);
    const second = makeWorkFolder(temporary);
    assert.deepEqual(readdirSync(temporary).sort(), [own, second].map((one) => basename(one)).sort());
    for (const one of [own, second]) removeWorkFolder(one);
  });
});
