import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeConfig } from "../../src/config";
import { planStage } from "../../src/domain/plan/planStage";
import { readOutputs, type StageOutputs } from "../../src/outputs";
import { makeOutputs } from "../../src/outputs/makeOutputs";
import { facts, rawConfig } from "../support/rawConfig";
import { refuses } from "../support/signing/samples";

const ALL = facts(`{
  audit: { archive: { years: 7 }, scanners: [scanner-b, scanner-a] },
  alerts: { emails: [operations@example.com] },
  budget: { amount: 100, start: "2026-01-01", emails: [finance@example.com] },
  insights: true, defender: true }`);

/** The outputs of a prod where everything is watched, as Pulumi writes them. */
function outputs(): StageOutputs {
  const plan = planStage(decodeConfig(rawConfig({ stack: "prod", stage: ALL })));
  const registries = { secure: { loginServer: "a.azurecr.io" }, standard: { loginServer: "b.azurecr.io" } };
  const logging = { workspaceId: "/w", archiveId: "/a", workbookId: "/b", receiversId: "/r", insightsId: "/i" };
  return JSON.parse(JSON.stringify(makeOutputs(plan, { registries, logging }))) as StageOutputs;
}

describe("logging of StageOutputs", () => {
  const folder = mkdtempSync(join(tmpdir(), "dualreg-outputs-"));
  const file = join(folder, "outputs.json");
  after(() => rmSync(folder, { recursive: true, force: true }));
  const read = (json: unknown) => {
    writeFileSync(file, JSON.stringify(json));
    return readOutputs(file);
  };

  it("S1-19 S1-20 S1-21 loggingOutput says archive, queries, alerts and budget, and readOutputs reads them whole", () => {
    const json = outputs();
    assert.deepEqual(read(json), { ...json, versionPrefix: "v" });
    const { archive, queries, alerts, budget, defender, receiversId, insightsId } = json.logging;
    assert.equal(archive?.accountId, "/a");
    assert.equal(archive.years, 7);
    assert.equal(queries?.length, 8);
    assert.equal(budget?.notices.length, 3);
    assert.deepEqual([defender, receiversId, insightsId], [true, "/r", "/i"]);
    const states = new Set(alerts?.map(({ state }) => state));
    assert.deepEqual([...states].sort(), ["impossible", "on"]);
  });

  it("S1-15 loggingOutput names the scanners of the stage file, which readOutputs reads", () => {
    assert.deepEqual(read(outputs()).logging.scanners, ["scanner-a", "scanner-b"]);
  });

  it("loggingOutput tells nobody's address", () => {
    const text = JSON.stringify(outputs());
    assert.doesNotMatch(text, /operations@|finance@/);
  });

  it("readOutputs reads what an older version said of its log", () => {
    const json = { ...outputs(), logging: { workspaceId: "/w", categories: ["AllMetrics"] } };
    assert.deepEqual(read(json).logging, json.logging);
  });

  it("readOutputs refuses an alert that is neither on, off nor impossible", async () => {
    const json = outputs();
    const logging = { ...json.logging, alerts: [{ name: "a", title: "b", state: "maybe" }] };
    await refuses(() => read({ ...json, logging }), "CONFIG_INVALID", /logging\.alerts\[0\]\.state/);
  });
});
