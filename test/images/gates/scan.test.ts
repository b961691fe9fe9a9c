import assert from "node:assert/strict";
import { DEFAULT_SCAN } from "../../../src/domain/image/policy";
import { scanProblems } from "../../../src/images/gates/scan";
import type { ScanReport } from "../../../src/images/recordSchemas";
import { DIGEST, OTHER } from "../../support/signing/samples";

const now = new Date("2026-11-21T08:00:00Z");
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000).toISOString();
const report = (over: Partial<ScanReport> = {}): ScanReport => ({
  scanner: "trivy",
  digests: [DIGEST],
  scannedAt: hoursAgo(1),
  counts: { critical: 0, high: 0, medium: 99, low: 99, unknown: 0 },
  ...over,
});
const problems = (given?: ScanReport, policy = DEFAULT_SCAN) => scanProblems(given, policy, { digests: [DIGEST], now });

describe("scanProblems", () => {
  it("S2-10 scanProblems lets pass CRITICAL = 0 and HIGH = 0, whatever else was found", () => {
    assert.deepEqual(problems(report()), []);
  });

  it("S2-10 scanProblems refuses one CRITICAL and one HIGH, each in a line", () => {
    const counts = { critical: 1, high: 1, medium: 0, low: 0, unknown: 0 };
    const [critical = "", high = "", ...more] = problems(report({ counts }));
    assert.match(critical, /^1 CRITICAL vulnerabilities; allowed: at most 0/);
    assert.match(high, /^1 HIGH/);
    assert.deepEqual(more, []);
  });

  it("S2-10 scanProblems counts an unknown severity as HIGH, and says so", () => {
    const counts = { critical: 0, high: 1, medium: 0, low: 0, unknown: 2 };
    const [problem = ""] = problems(report({ counts }));
    assert.match(
      problem,
      /^3 HIGH vulnerabilities, 2 of them of unknown severity, which count as HIGH; allowed: at most 0/,
    );
  });

  it("scanProblems refuses a database that was more than a week old at the scan", () => {
    const week = 7 * 24;
    assert.deepEqual(problems(report({ databaseAt: hoursAgo(week) })), []);
    const [problem = ""] = problems(report({ databaseAt: hoursAgo(week + 25) }));
    assert.match(
      problem,
      /database of .* was 8 days old at the scan; allowed: at most 7; update the scanner's database/,
    );
  });

  it("scanProblems refuses a report of another image's id, though a digest of this one stands in it", () => {
    const [problem = "", ...more] = problems(report({ digests: [DIGEST, OTHER], imageId: OTHER }));
    assert.match(problem, /is of the image with id sha256:.*, which is another image/);
    assert.deepEqual(more, []);
  });

  it("scanProblems names each hidden finding that nobody excused, and those whose reason has ended", () => {
    const excuse = (hours: number) => ({
      ...({ justification: "component_not_present", author: "a", signer: "key" } as const),
      until: hoursAgo(hours),
    });
    const hidden = [
      { vulnerability: "CVE-1", package: "zlib" },
      { vulnerability: "CVE-2", excuse: excuse(1) },
      { vulnerability: "CVE-3", excuse: excuse(-1) },
    ];
    const [problem = "", ...more] = problems(report({ hidden }));
    assert.match(
      problem,
      /hides "CVE-1" in "zlib"; "CVE-2", excused until .*; allowed: none, but for a signed OpenVEX/,
    );
    assert.ok(!problem.includes("CVE-3"));
    assert.deepEqual(more, []);
  });

  it("scanProblems takes as many as the class allows, and not one more", () => {
    const counts = { critical: 0, high: 5, medium: 0, low: 0, unknown: 0 };
    assert.deepEqual(problems(report({ counts }), { ...DEFAULT_SCAN, high: 5 }), []);
    assert.equal(problems(report({ counts }), { ...DEFAULT_SCAN, high: 4 }).length, 1);
  });

  it("S1-5 scanProblems refuses a report of another image, whatever it says", () => {
    const [problem = "", ...more] = problems(report({ digests: [OTHER] }));
    assert.ok(problem.includes(OTHER) && problem.includes(DIGEST), problem);
    assert.deepEqual(more, []);
  });

  for (const [hours, refused] of [
    [72, false],
    [72.01, true],
    [-0.05, false],
    [-0.1, true],
  ] as const) {
    it(`scanProblems ${refused ? "refuses" : "takes"} a scan that is ${hours} hours old`, () => {
      assert.equal(problems(report({ scannedAt: hoursAgo(hours) })).length, refused ? 1 : 0);
    });
  }

  it("scanProblems refuses an image without a report where the policy asks for one, and only there", () => {
    assert.match(problems(undefined)[0] ?? "", /no scan report was given.*run: trivy/);
    assert.deepEqual(scanProblems(undefined, undefined, { digests: [DIGEST], now }), []);
    assert.equal(scanProblems(report({ digests: [OTHER] }), undefined, { digests: [DIGEST], now }).length, 1);
  });
});
