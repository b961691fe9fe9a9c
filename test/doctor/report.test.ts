import assert from "node:assert/strict";
import { ok, problem, reportJson, reportText, skipped, warning } from "../../src/doctor/finding";
import { atLeast, checkNode, parseVersion } from "../../src/doctor/tools";

const FINDINGS = [
  ok("node", "Node.js 20.19.0"),
  problem("backend", "two\nlines", "pulumi login x\npulumi whoami"),
  warning("rights.qa", "nearly"),
  skipped("reviewers", "gh cannot be asked"),
];

describe("reportText", () => {
  it("reportText gives a line a check, with details and remedies indented", () => {
    assert.equal(
      reportText(FINDINGS, false),
      [
        "✔ node       Node.js 20.19.0",
        "✖ backend    two",
        "    lines",
        "    → pulumi login x",
        "    → pulumi whoami",
        "▲ rights.qa  nearly",
        "– reviewers  gh cannot be asked",
        "",
        "1 problem, 1 warning, 1 skipped",
        "",
      ].join("\n"),
    );
  });

  it("reportText colours the marks and nothing else", () => {
    const colored = reportText(FINDINGS, true);
    assert.ok(colored.startsWith("\u001b[32m✔\u001b[39m node"));
    assert.equal(colored.replace(/\u001b\[\d+m/g, ""), reportText(FINDINGS, false));
  });
});

describe("reportJson", () => {
  it("reportJson holds every check, and a remedy only where there is one", () => {
    const report: unknown = JSON.parse(reportJson(FINDINGS));
    assert.deepEqual(report, { version: 1, checks: FINDINGS });
  });
});

describe("checkNode", () => {
  it("checkNode takes 20.19 and later, and refuses what is older", () => {
    const statuses = ["v20.19.0", "v22.3.0", "v20.18.9", "v18.20.0"].map((version) => checkNode(version).status);
    assert.deepEqual(statuses, ["ok", "ok", "problem", "problem"]);
  });
});

describe("version", () => {
  it("parseVersion reads tags, ranges and development versions, and nothing else", () => {
    const texts = ["v3.248.0\n", ">=20.19", "3.249.0-dev.1", "dev"];
    assert.deepEqual(texts.map(parseVersion), [[3, 248, 0], [20, 19, 0], [3, 249, 0], undefined]);
  });

  it("atLeast compares numbers, not texts", () => {
    assert.ok(atLeast([3, 1000, 0], [3, 248, 9]) && atLeast([3, 248, 0], [3, 248, 0]));
    assert.ok(!atLeast([3, 99, 0], [3, 248, 0]));
  });
});
