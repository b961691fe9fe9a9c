import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { ComplianceReport } from "../../src/reports/model";
import { filesOf, keptReport, keptReports, REPORTED, reportOf } from "../support/complianceGolden";

const REPOSITORY = resolve(__dirname, "../..");

describe("golden compliance reports", () => {
  const reports = new Map<string, ComplianceReport>();
  before(async () => {
    for (const name of REPORTED) reports.set(name, await reportOf(name));
  });
  const of = (name: string) => {
    const report = reports.get(name);
    assert.ok(report);
    return report;
  };

  for (const name of REPORTED) {
    it(`the report of ${name} is the kept one (after a wanted change: npm run golden)`, () => {
      for (const [file, text] of filesOf(name, of(name))) assert.equal(text, keptReport(file), file);
    });
  }

  it("every kept report is of a project that there is", () => {
    const files = REPORTED.flatMap((name) => [...filesOf(name, of(name)).keys()]);
    assert.deepEqual(keptReports(), files.sort());
  });

  it("S0-4 S1-5 S1-11 hardened has no failure, each of its waivers is used, and docs/compliance.md explains each", () => {
    const text = readFileSync(resolve(REPOSITORY, "docs/compliance.md"), "utf8");
    const explained = text.slice(text.indexOf("Its waivers, and why"), text.indexOf("## The policy pack"));
    const { compliance, counts } = of("hardened").stages.find(({ stage }) => stage === "prod") ?? {};
    assert.equal(counts?.fail, 0);
    assert.ok((compliance?.waivers.length ?? 0) > 0);
    for (const { control, state } of compliance?.waivers ?? []) {
      assert.equal(state, "used", control);
      assert.ok(explained.includes(`\`${control}\``), control);
    }
  });

  it("no report holds what is encrypted in a stage file, decrypted or not", () => {
    for (const name of REPORTED) {
      for (const text of filesOf(name, of(name)).values()) {
        assert.doesNotMatch(text, /bm90IGEgcmVhbCBja|not a real cipher|Zm9yIHByZXZpZXdz/);
      }
    }
  });
});
