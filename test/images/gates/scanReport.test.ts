import assert from "node:assert/strict";
import { readScanReport } from "../../../src/images/gates/scanReport";
import { DIGEST, OTHER, refuses } from "../../support/signing/samples";

type Json = Record<string, unknown>;
const read = (json: unknown) => readScanReport(Buffer.from(JSON.stringify(json)), '"scan.json"');

const trivy = (over: Json = {}): Json => ({
  SchemaVersion: 2,
  Trivy: { Version: "0.69.1" },
  CreatedAt: "2026-11-21T09:00:00.123456789+01:00",
  ArtifactName: "registry.example.com/orders/api:v1.2.3",
  ArtifactType: "container_image",
  Metadata: { ImageID: OTHER, RepoDigests: [`registry.example.com/orders/api@${DIGEST}`] },
  Results: [
    {
      Target: "debian",
      Class: "os-pkgs",
      Vulnerabilities: [
        { VulnerabilityID: "CVE-1", PkgName: "openssl", Severity: "CRITICAL" },
        { VulnerabilityID: "CVE-1", PkgName: "libssl3", Severity: "CRITICAL" },
        { VulnerabilityID: "CVE-1", PkgName: "openssl", Severity: "CRITICAL" },
        { VulnerabilityID: "CVE-2", PkgName: "zlib", Severity: "HIGH" },
      ],
    },
    { Target: "node", Class: "lang-pkgs", Vulnerabilities: null },
    { Target: "secrets", Class: "secret" },
  ],
  ...over,
});

/** Of Grype 0.104 with its own settings, database schema 6. */
const DESCRIPTOR = {
  ...{ name: "grype", version: "0.104.0", timestamp: "2026-11-21T08:00:00Z" },
  configuration: {
    ...{ output: ["json"], distro: "", "only-fixed": false, "only-notfixed": false, "ignore-wontfix": "" },
    ...{ platform: "", search: { scope: "squashed" }, ignore: [], exclude: [], "fail-on-severity": "" },
  },
  db: {
    status: {
      schemaVersion: "v6.1.2",
      from: "https://grype.anchore.io/databases/v6/x",
      built: "2026-11-20T01:30:00Z",
      valid: true,
    },
    providers: {},
  },
};

const configured = (configuration: Json): Json => grype({ descriptor: { ...DESCRIPTOR, configuration } });

const grype = (over: Json = {}): Json => ({
  matches: [
    { vulnerability: { id: "CVE-1", severity: "Critical" }, artifact: { name: "openssl" } },
    { vulnerability: { id: "CVE-2", severity: "Negligible" }, artifact: { name: "zlib" } },
    { vulnerability: { id: "CVE-3" }, artifact: { name: "zlib" } },
  ],
  source: { type: "image", target: { imageID: OTHER, manifestDigest: DIGEST, repoDigests: null } },
  distro: { name: "debian", version: "13", idLike: [] },
  descriptor: DESCRIPTOR,
  ...over,
});

describe("readScanReport", () => {
  it("S1-5 readScanReport reads Trivy's JSON: digests, time in UTC, each id once for each package", () => {
    assert.deepEqual(read(trivy()), {
      scanner: "trivy",
      scannerVersion: "0.69.1",
      digests: [DIGEST, OTHER],
      imageId: OTHER,
      scannedAt: "2026-11-21T08:00:00.123Z",
      counts: { critical: 2, high: 1, medium: 0, low: 0, unknown: 0 },
    });
  });

  it("S1-5 readScanReport reads Grype's JSON: digests, time, severities in its words", () => {
    assert.deepEqual(read(grype()), {
      scanner: "grype",
      scannerVersion: "0.104.0",
      digests: [DIGEST, OTHER],
      imageId: OTHER,
      scannedAt: "2026-11-21T08:00:00.000Z",
      databaseAt: "2026-11-20T01:30:00.000Z",
      counts: { critical: 1, high: 0, medium: 0, low: 1, unknown: 1 },
    });
  });

  it("readScanReport takes an image in which nothing was found", () => {
    const looked = [{ Target: "app", Class: "lang-pkgs", Type: "gobinary", Packages: [{ Name: "stdlib" }] }];
    assert.equal(read(trivy({ Results: looked })).counts.critical, 0);
    assert.equal(read(grype({ matches: [] })).counts.critical, 0);
  });

  it("readScanReport names what a report hides, and counts none of it", () => {
    const rules = [{ vulnerability: "CVE-7", reason: "told so", "fix-state": "" }];
    const artifact = { name: "zlib", purl: "pkg:deb/debian/zlib@1.2" };
    const ignoredMatches = [
      { vulnerability: { id: "CVE-7", severity: "Critical" }, artifact, appliedIgnoreRules: rules },
    ];
    const { counts, hidden } = read(grype({ ignoredMatches }));
    assert.equal(counts.critical, 1);
    assert.deepEqual(hidden, [{ vulnerability: "CVE-7", package: "zlib", purl: "pkg:deb/debian/zlib@1.2" }]);
    const Finding = { VulnerabilityID: "CVE-8", PkgName: "openssl", Severity: "CRITICAL" };
    const suppressed = { Type: "vulnerability", Status: "ignored", Source: ".trivyignore", Finding };
    const secret = { Type: "secret", Status: "ignored", Finding: { RuleID: "key" } };
    const Results = [{ Target: "debian", Class: "os-pkgs", ExperimentalModifiedFindings: [suppressed, secret] }];
    assert.deepEqual(read(trivy({ Results })).hidden, [{ vulnerability: "CVE-8", package: "openssl" }]);
  });

  const REFUSED: readonly [string, Json, RegExp][] = [
    [
      "a Trivy report without a digest",
      trivy({ Metadata: { RepoTags: ["orders/api:v1"] } }),
      /which digest was scanned/,
    ],
    ["a Trivy report without a time", trivy({ CreatedAt: undefined }), /CreatedAt is missing/],
    [
      "a Trivy report whose time is none",
      trivy({ CreatedAt: "2026-13-41T00:00:00Z" }),
      /CreatedAt is missing or not a time/,
    ],
    ["a Trivy report of schema 1", trivy({ SchemaVersion: 1 }), /SchemaVersion 2/],
    ["a Trivy report of a file system", trivy({ ArtifactType: "filesystem" }), /ArtifactType is not container_image/],
    ["a Trivy report without Results", trivy({ Results: undefined }), /no vulnerability was looked for/],
    ["a Trivy report of no results", trivy({ Results: [] }), /no vulnerability was looked for/],
    [
      "a Trivy report that looked for secrets and misconfigurations alone",
      trivy({
        Results: [
          { Target: "app", Class: "secret" },
          { Target: "Dockerfile", Class: "config" },
        ],
      }),
      /no vulnerability was looked for/,
    ],
    ["a Grype report without matches", grype({ matches: null }), /matches is not a list/],
    [
      "a Grype report without a database",
      grype({ descriptor: { ...DESCRIPTOR, db: null } }),
      /no vulnerability database/,
    ],
    [
      "a Grype report of a database that was not valid",
      grype({ descriptor: { ...DESCRIPTOR, db: { status: { built: "2026-11-20T01:30:00Z", valid: false } } } }),
      /database was not valid/,
    ],
    [
      "a Grype report that found neither a distribution nor anything",
      grype({ matches: [], distro: { name: "", version: "" } }),
      /as if it had found no package/,
    ],
    [
      "a Grype report of a distribution that was not looked up",
      grype({ alertsByPackage: [{ package: { name: "bash" }, alerts: [{ type: "distro-unknown" }] }] }),
      /unknown distribution were not looked up/,
    ],
    ["a Grype report with paths left out", configured({ exclude: ["/opt/**"] }), /--exclude/],
    ["a Grype report of the fixed alone", configured({ "only-notfixed": true }), /--only-notfixed/],
    ["a Grype report without what is not fixed", configured({ "ignore-wontfix": "wont-fix" }), /--ignore-states/],
    ["a Grype report by another distribution", configured({ distro: "alpine:3.10" }), /as those of another/],
    ["a Grype report with a hidden finding that has no id", grype({ ignoredMatches: [{}] }), /no id/],
    ["Results that are no list", trivy({ Results: { 0: {} } }), /Results is not a list/],
    [
      "vulnerabilities that are no list",
      trivy({ Results: [{ Vulnerabilities: "none" }] }),
      /Vulnerabilities is not a list/,
    ],
    [
      "a severity nobody knows",
      trivy({ Results: [{ Vulnerabilities: [{ VulnerabilityID: "CVE-1", Severity: "CRITICAL " }] }] }),
      /severity "CRITICAL " is not a known one/,
    ],
    [
      "a severity called constructor",
      trivy({ Results: [{ Vulnerabilities: [{ VulnerabilityID: "CVE-1", Severity: "constructor" }] }] }),
      /severity "constructor"/,
    ],
    ["a vulnerability without an id", trivy({ Results: [{ Vulnerabilities: [{ Severity: "LOW" }] }] }), /has no id/],
    ["a Grype report of a folder", grype({ source: { type: "directory", target: "/" } }), /source\.type is not image/],
    ["a Grype report without a time", grype({ descriptor: { name: "grype" } }), /descriptor\.timestamp is missing/],
    ["a Grype report without a digest", grype({ source: { type: "image", target: {} } }), /which digest was scanned/],
    ["a Grype report that leaves the unfixed out", configured({ "only-fixed": true }), /--only-fixed/],
    ["another tool's report", { runs: [] }, /neither Trivy's JSON, Grype's, nor Microsoft Defender's/],
  ];
  for (const [title, json, message] of REFUSED) {
    it(`readScanReport refuses ${title} and says what to run`, () =>
      refuses(() => read(json), "CONTENT_INVALID", message, /run: trivy image .*--format json.*grype/));
  }

  it("readScanReport refuses what is no JSON, and JSON that is nested to harm", async () => {
    await refuses(() => readScanReport(Buffer.from("<html>"), '"scan.json"'), "CONTENT_INVALID", /not JSON/);
    const deep = Buffer.from('{"a":'.repeat(100_000));
    await refuses(() => readScanReport(deep, '"scan.json"'), "CONTENT_INVALID", /nested too deeply/);
  });

  it("readScanReport shortens and quotes hostile text in its messages", () => {
    const Severity = `\u001b[31m${"x".repeat(5000)}\u202e`;
    const json = trivy({ Results: [{ Vulnerabilities: [{ VulnerabilityID: "CVE-1", Severity }] }] });
    return refuses(() => read(json), "CONTENT_INVALID", /^(?![^]*[\u001b\u202e])[^]{0,700}$/);
  });

  it("readScanReport reads two hundred thousand vulnerabilities", () => {
    const Vulnerabilities = Array.from({ length: 200_000 }, (_, at) => ({
      VulnerabilityID: `CVE-${at}`,
      PkgName: "p",
      Severity: "LOW",
    }));
    assert.equal(read(trivy({ Results: [{ Class: "os-pkgs", Vulnerabilities }] })).counts.low, 200_000);
  });
});
