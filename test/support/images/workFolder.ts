import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for each test of a suite, removed after it. */
export function workFolder(): (name?: string) => string {
  let path = "";
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), "dualreg-test-"));
  });
  afterEach(async () => {
    await rm(path, { recursive: true, force: true });
  });
  return (name = "") => join(path, name);
}
