import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, utimes } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { digestOf } from "../../../src/base/digest";
import { openLayout } from "../../../src/oci/layout/layoutStore";
import { workFolder } from "../../support/images/workFolder";

const WRITER = join(__dirname, "../../support/images/endlessWriter.ts");

describe("LayoutStore of a killed process", () => {
  const folder = workFolder();

  it("LayoutStore has no half blob under a digest's name and no half index, whenever its writer is killed", async () => {
    let whole = 0;
    for (let run = 0; run < 8; run += 1) {
      const dir = folder(`layout-${run}`);
      const writer = spawn(process.execPath, ["--import", "tsx", WRITER, dir], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(writer.stdout, "data");
      await new Promise((resolve) => setTimeout(resolve, 15 + run * 17));
      writer.kill("SIGKILL");
      await once(writer, "close");
      for (const blob of await readdir(join(dir, "blobs", "sha256"))) {
        assert.equal(digestOf(await readFile(join(dir, "blobs", "sha256", blob))), `sha256:${blob}`);
        whole += 1;
      }
      const store = await openLayout(dir);
      for await (const tag of store.tags()) assert.ok(await store.manifest(tag));
    }
    assert.ok(whole > 8);
  });

  it("openLayout removes partial files a day later, and none before", async () => {
    const dir = folder("layout");
    const writer = spawn(process.execPath, ["--import", "tsx", WRITER, dir, "stall"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(writer.stdout, "data");
    const partial = async (): Promise<string[]> => (await readdir(dir)).filter((file) => file.startsWith(".partial-"));
    // It says that it writes before the file is there: what is killed too early leaves nothing.
    while ((await partial()).length === 0) await wait(10);
    writer.kill("SIGKILL");
    await once(writer, "close");
    const [left] = await partial();
    assert.ok(left);
    await openLayout(dir, { create: true });
    assert.deepEqual(await partial(), [left]);
    const before = new Date(Date.now() - 25 * 60 * 60 * 1000);
    await utimes(join(dir, left), before, before);
    await openLayout(dir, { create: true });
    assert.deepEqual(await partial(), []);
  });
});
