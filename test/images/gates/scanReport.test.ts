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

const grype = (over: Json = {}): Json => ({
  matches: [
    { vulnerability: { id: "CVE-1", severity: "Critical" }, artifact: { name: "openssl" } },
    { vulnerability: { id: "CVE-2", severity: "Negligible" }, artifact: { name: "zlib" } },
    { vulnerability: { id: "CVE-3" }, artifact: { name: "zlib" } },
  ],
  source: { type: "image", target: { imageID: OTHER, manifestDigest: DIGEST, repoDigests: null } },
  descriptor: { name: "grype", version: "0.104.0", timestamp: "2026-11-21T08:00:00Z" },
  ...over,
});

describe("readScanReport", () => {
  it("S1-5 readScanReport reads Trivy's JSON: digests, time in UTC, each id once for each package", () => {
    assert.deepEqual(read(trivy()), {
      scanner: "trivy",
      scannerVersion: "0.69.1",
      digests: [DIGEST, OTHER],
      scannedAt: "2026-11-21T08:00:00.123Z",
      counts: { critical: 2, high: 1, medium: 0, low: 0, unknown: 0 },
    });
  });

  it("S1-5 readScanReport reads Grype's JSON: digests, time, severities in its words", () => {
    assert.deepEqual(read(grype()), {
      scanner: "grype",
      scannerVersion: "0.104.0",
      digests: [DIGEST, OTHER],
      scannedAt: "2026-11-21T08:00:00.000Z",
      counts: { critical: 1, high: 0, medium: 0, low: 1, unknown: 1 },
    });
  });

  it("readScanReport takes an image in which nothing was found", () => {
    assert.equal(read(trivy({ Results: undefined })).counts.critical, 0);
    assert.equal(read(grype({ matches: [] })).counts.critical, 0);
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
    [
      "a Grype report that leaves the unfixed out",
      grype({
        descriptor: { name: "grype", timestamp: "2026-11-21T08:00:00Z", configuration: { "only-fixed": true } },
      }),
      /--only-fixed/,
    ],
    ["another tool's report", { runs: [] }, /neither Trivy's JSON nor Grype's/],
  ];
  for (const [title, json, message] of REFUSED) {
    it(`readScanReport refuses ${title} and says what to run`, () =>
      refuses(() => read(json), "CONTENT_INVALID", message, /run: trivy image --format json.*grype/));
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
    assert.equal(read(trivy({ Results: [{ Vulnerabilities }] })).counts.low, 200_000);
  });
});
