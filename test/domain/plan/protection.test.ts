import assert from "node:assert/strict";
import { DualRegistryError } from "../../../src/base/errors";
import { decodeConfig } from "../../../src/config";
import { planStage } from "../../../src/domain/plan/planStage";
import { rawConfig } from "../../support/rawConfig";

const planned = (stack: string, stage: Record<string, unknown> = {}) =>
  planStage(decodeConfig(rawConfig({ stack, stage }))).protection;

describe("planProtection", () => {
  it("planProtection locks prod's registries and log, and keeps its data, where nothing is said (S1-4)", () => {
    const { retain, locks } = planned("prod");
    assert.equal(retain, true);
    assert.deepEqual(
      locks.map(({ on }) => on),
      ["secure", "standard", "workspace"],
    );
    for (const { notes } of locks) assert.match(notes, /^.{10,512}$/s);
    assert.match(locks[0]?.notes ?? "", /set protection\.lock to false in Pulumi\.prod\.yaml and run pulumi up/);
  });

  for (const stage of ["dev", "qa", "uat"]) {
    it(`planProtection locks nothing in ${stage} where nothing is said`, () => {
      assert.deepEqual(planned(stage), { retain: false, locks: [] });
    });
  }

  it("planProtection does what a stage says, each for itself", () => {
    const { retain, locks } = planned("qa", { protection: { lock: true } });
    assert.deepEqual([retain, locks.length], [false, 3]);
    assert.deepEqual(planned("prod", { protection: { lock: false } }), { retain: true, locks: [] });
    assert.equal(planned("prod", { protection: { retain: false } }).retain, false);
  });

  it("planProtection locks the archive, and no workspace of somebody else", () => {
    const workspaceId =
      "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-logs/providers/Microsoft.OperationalInsights/workspaces/log-company";
    const { locks } = planned("prod", { audit: { workspaceId, archive: { years: 1 } } });
    assert.deepEqual(
      locks.map(({ on }) => on),
      ["secure", "standard", "archive"],
    );
  });

  it("planProtection locks nothing that is only named", () => {
    const named = (namespace: string) => ({ mode: "reference", kind: "ghcr", host: "ghcr.io", namespace });
    const registries = { secure: named("company/secure"), standard: named("company/standard") };
    assert.deepEqual(planned("prod", { registries }), { retain: false, locks: [] });
  });

  it("decodeConfig says which words protection takes", () => {
    assert.throws(
      () => planned("prod", { protection: { guarded: true } }),
      (error: unknown) =>
        error instanceof DualRegistryError &&
        /Pulumi\.prod\.yaml: protection\.guarded: .*allowed: lock, retain/.test(error.message),
    );
  });
});
