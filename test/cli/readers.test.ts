import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

const BIN = resolve(__dirname, "../../bin/dualreg.js");

describe("dualreg, its readers", () => {
  it("dualreg goes on and ends as it would where nobody reads its standard error any more", async () => {
    const args = [BIN, "image", "labels", "localhost:1/orders/api:v1"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
    // The first line tells of a repetition; more are to come.
    await once(child.stderr, "data");
    child.stderr.destroy();
    const [code] = (await once(child, "exit")) as [number | null];
    assert.equal(code, 2);
  });
});
