import assert from "node:assert/strict";
import fc from "fast-check";
import { DualRegistryError } from "../../../src/base/errors";
import { scanProblems } from "../../../src/images/gates/scan";
import { readScanReport } from "../../../src/images/gates/scanReport";
import { type DefenderFinding, defenderReport, scoutSarif, snykSarif } from "../../support/release/scans";
import { DIGEST, OTHER } from "../../support/signing/samples";

const AT = new Date("2026-11-21T08:00:00Z");
const read = (json: unknown) => readScanReport(Buffer.from(JSON.stringify(json)), '"defender.json"');
const report = (...findings: DefenderFinding[]) => defenderReport(DIGEST, findings, AT);
const refused = (json: unknown, says: RegExp) =>
  assert.throws(
    () => read(json),
    (error) => error instanceof DualRegistryError && error.code === "CONTENT_INVALID" && says.test(error.message),
    String(says),
  );

describe("readScanReport of Microsoft Defender", () => {
  it("readDefender counts each id once a package, of one digest, as old as its oldest finding", () => {
    const found = read(
      report(
        { id: "CVE-1", severity: "Critical" },
        { id: "CVE-1", severity: "Critical" },
        { id: "CVE-1", severity: "Critical", packageName: "zlib" },
        { id: "CVE-2", severity: "High", at: "2026-11-20T07:00:00.1234567Z" },
        { id: "CVE-3", severity: "Medium", code: "Healthy" },
      ),
    );
    assert.deepEqual(found, {
      ...{ scanner: "defender", digests: [DIGEST], scannedAt: "2026-11-20T07:00:00.123Z" },
      counts: { critical: 2, high: 1, medium: 0, low: 0, unknown: 0 },
    });
  });

  it("readDefender takes the REST API's list of one page as well", () => {
    const { data } = report({ id: "CVE-1" }) as { data: unknown[] };
    assert.equal(read({ value: data }).counts.high, 1);
    refused({ value: data, nextLink: "https://management.azure.com/next" }, /goes on elsewhere \(nextLink\)/);
  });

  it("readDefender takes a finding that somebody exempted for a hidden one, which keeps the image back (S2-10)", () => {
    const found = read(
      report({ id: "CVE-1", code: "NotApplicable", packageName: "openssl" }, { id: "CVE-2", severity: "Low" }),
    );
    assert.deepEqual(found.hidden, [{ vulnerability: "CVE-1", package: "openssl" }]);
    const policy = { critical: 0, high: 0, maxAgeHours: 72 };
    const problems = scanProblems(found, policy, { digests: [DIGEST], now: AT });
    assert.match(problems.join(), /the report hides "CVE-1" in "openssl"/);
  });

  const whole = report({ id: "CVE-1" }) as Record<string, unknown>;
  const rows = whole["data"] as Record<string, unknown>[];
  const properties = (over: object) => ({
    ...whole,
    data: [{ ...rows[0], properties: { ...(rows[0]?.["properties"] as object), ...over } }],
  });
  for (const [title, json, says] of [
    ["an answer without a finding", report(), /also what Defender says of an image that it has not scanned/],
    ["an empty list of the REST API", { value: [] }, /holds no finding/],
    ["a bare list", rows, /a bare list does not say whether it is whole/],
    ["a page of more", { ...whole, skip_token: "x" }, /goes on elsewhere \(skip_token\)/],
    ["a page of more, as another client calls it", { ...whole, "@odata.nextLink": "x" }, /goes on elsewhere \(@odata/],
    ["a page of more in other letters", { ...whole, SkipToken: "x" }, /goes on elsewhere \(SkipToken\)/],
    ["two lists of rows", { ...whole, value: rows }, /holds rows in data and in value/],
    ["a truncated answer", { ...whole, resultTruncated: "true" }, /goes on elsewhere \(resultTruncated\)/],
    ["fewer rows than there are", { ...whole, total_records: 2 }, /holds 1 rows, and total_records is 2/],
    ["a count that is not a number", { ...whole, count: {} }, /count is \{\}/],
    ["findings of two images", report({ id: "CVE-1" }, { id: "CVE-2", digest: OTHER }), /findings of 2 digests/],
    ["a tag in the place of a digest", report({ id: "CVE-1", digest: "latest" }), /findings of 0 digests/],
    [
      "a finding beside one of no digest",
      report({ id: "CVE-1" }, { id: "CVE-2", digest: "" }),
      /findings of 1 digests, or of none/,
    ],
    ["a finding without a package", report({ id: "CVE-1", packageName: "" }), /names no package/],
    ["a finding without an id", report({ id: "" }), /has no id/],
    [
      "an unknown severity's word",
      report({ id: "CVE-1", severity: "Terrible" }),
      /severity "Terrible" is not a known one/,
    ],
    ["an unknown status", report({ id: "CVE-1", code: "Snoozed" }), /status\.code "Snoozed" is not a known one/],
    ["a finding without a time", properties({ timeGenerated: "yesterday" }), /timeGenerated is missing or not a time/],
    [
      "findings of a server",
      properties({ additionalData: { assessedResourceType: "ServerVulnerability" } }),
      /is no sub-assessment of type/,
    ],
    [
      "a row of something else",
      { ...whole, count: 2, total_records: 2, data: [...rows, { type: "microsoft.security/alerts" }] },
      /is no sub-assessment/,
    ],
  ] as const)
    it(`readDefender refuses ${title}`, () => refused(json, says));

  it("readDefender counts what was counted by hand, whatever the order and however often a row is repeated", () => {
    const severity = fc.constantFrom("Critical", "High", "Medium", "Low");
    const finding = fc.record({
      id: fc.constantFrom("CVE-1", "CVE-2", "CVE-3"),
      packageName: fc.constantFrom("openssl", "zlib"),
      severity,
      code: fc.constantFrom("Unhealthy", "Healthy", "NotApplicable"),
    });
    fc.assert(
      fc.property(fc.array(finding, { minLength: 1, maxLength: 20 }), (findings) => {
        const { counts, hidden = [] } = read(report(...findings, ...findings));
        for (const one of ["critical", "high", "medium", "low"] as const) {
          const wanted = findings.filter((each) => each.code === "Unhealthy" && each.severity.toLowerCase() === one);
          assert.equal(counts[one], new Set(wanted.map(({ id, packageName }) => `${id} ${packageName}`)).size);
        }
        assert.equal(hidden.length, 2 * findings.filter(({ code }) => code === "NotApplicable").length);
      }),
    );
  });
});

describe("readScanReport of SARIF", () => {
  for (const [name, json] of [
    ["Snyk Container", snykSarif()],
    ["docker scout", scoutSarif()],
    ["grype", { version: "2.1.0", runs: [{ tool: { driver: { name: "grype" } } }] }],
  ] as const)
    it(`readScanReport refuses SARIF by ${name} by its name, and says which report to make`, () => {
      refused(
        json,
        new RegExp(`SARIF by "${name}" says neither which digest was scanned nor when.*; run: trivy image`),
      );
    });

  it("readScanReport refuses SARIF of nobody, and a name that could act", () => {
    refused({ runs: [{}] }, /SARIF by a scanner without a name/);
    refused({ runs: [{ tool: { driver: { name: "a\u202eb\n::error::" } } }] }, /SARIF by "a\\u202eb\\n::error::"/);
    refused({ runs: [] }, /neither Trivy's JSON, Grype's, nor Microsoft Defender's/);
  });
});
