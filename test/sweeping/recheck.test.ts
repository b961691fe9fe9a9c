import assert from "node:assert/strict";
import { DualRegistryError } from "../../src/base/errors";
import type { SweepManifest } from "../../src/domain/sweep/graph";
import type { SweepDecision } from "../../src/domain/sweep/planSweep";
import type { RegistryCall } from "../../src/images/acr";
import { recheckAcr } from "../../src/sweeping/executeSweep";

const DIGEST = `sha256:${"a".repeat(64)}` as const;
const PUSHED = "2026-01-01T00:00:00Z";
const LISTED: SweepManifest = {
  ...{ digest: DIGEST, tags: ["v1"], pushedAt: PUSHED, locked: false, size: 1 },
  ...{ mediaType: "application/vnd.oci.image.manifest.v1+json", children: [] },
};
const PLANNED: SweepDecision = { digest: DIGEST, tags: ["v1"], action: "delete", why: "old", size: 1 };

/** What an ACR says of the manifest by now. */
const says =
  (manifest: object): RegistryCall =>
  () => {
    const unlocked = { writeEnabled: true, deleteEnabled: true };
    const whole = { tags: ["v1"], lastUpdateTime: PUSHED, changeableAttributes: unlocked, ...manifest };
    return Promise.resolve({ status: 200, bytes: Buffer.from(JSON.stringify({ manifest: whole })) });
  };

describe("recheckAcr", () => {
  for (const [criterion, manifest, changed] of [
    ["nothing where nothing has changed", {}, undefined],
    ["a lock against deleting", { changeableAttributes: { deleteEnabled: false } }, "it was locked"],
    ["a lock against writing", { changeableAttributes: { writeEnabled: false } }, "it was locked"],
    ["a tag that came", { tags: ["v1", "v2"] }, "it was tagged v2"],
    ["a push", { lastUpdateTime: "2026-11-01T00:00:00Z" }, "it was pushed again"],
  ] as const) {
    it(`recheckAcr sees ${criterion}`, async () => {
      assert.equal(await recheckAcr("orders/api", says(manifest), [LISTED])(PLANNED), changed);
    });
  }

  it("recheckAcr sees nothing to spare in what is gone, and throws what else is answered", async () => {
    const fails = (code: "NOT_FOUND" | "REGISTRY_AUTH"): RegistryCall => {
      return () => Promise.reject(new DualRegistryError(code, "no"));
    };
    assert.equal(await recheckAcr("orders/api", fails("NOT_FOUND"), [LISTED])(PLANNED), undefined);
    await assert.rejects(recheckAcr("orders/api", fails("REGISTRY_AUTH"), [LISTED])(PLANNED), /no/);
  });
});
