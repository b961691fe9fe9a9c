import { type Digest, isDigest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { fieldsOf, listOf, parseJson } from "../../base/json";
import { quoted } from "../../base/text/quote";
import { utcTime } from "../../base/time";
import type { ScanReport } from "../recordSchemas";

/** Bytes of the largest report that is read. */
export const MAX_REPORT = 64 * 1024 * 1024;

/** What to run for a report that this gate reads. */
export const SCAN_COMMANDS =
  "run: trivy image --format json --output scan.json <image>@<digest>, or: grype <image>@<digest> --output json --file scan.json";

/**
 * Reads a scanner's report: Trivy's JSON of schema 2 or Grype's, told apart by what stands in it.
 *
 * @param where names the report, for messages
 * @throws DualRegistryError CONTENT_INVALID for another format, and for a report that does not say what was scanned, or
 * when: it could be any image's
 */
export function readScanReport(bytes: Buffer, where: string): ScanReport {
  const refuse: Refuse = (why) => {
    throw new DualRegistryError("CONTENT_INVALID", `Scan report ${where}: ${why}; ${SCAN_COMMANDS}`);
  };
  const report = fieldsOf(parseJson(bytes, `Scan report ${where}`));
  const descriptor = fieldsOf(report["descriptor"]);
  const trivy = "SchemaVersion" in report;
  if (!trivy && !("matches" in report && descriptor["name"] === "grype")) {
    return refuse("neither Trivy's JSON nor Grype's");
  }
  const read = trivy ? readTrivy(report, refuse) : readGrype(report, refuse);
  if (read.digests.length === 0) return refuse("does not say which digest was scanned");
  return read;
}

/** Refuses a report. */
type Refuse = (why: string) => never;

/** Severities as the scanners write them, in lower case; a word that is none of these hides something. */
const SEVERITIES: Readonly<Record<string, keyof ScanReport["counts"]>> = {
  critical: "critical",
  high: "high",
  medium: "medium",
  low: "low",
  negligible: "low",
  unknown: "unknown",
  "": "unknown",
};

/** Counts vulnerabilities: each id once for each package it was found in. */
class SeverityCount {
  private readonly seen = new Set<string>();
  readonly counts: Record<keyof ScanReport["counts"], number> = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 };

  constructor(private readonly refuse: Refuse) {}

  add(severity: unknown, id: unknown, packageName: unknown): void {
    const word = severity === undefined || severity === null ? "" : severity;
    const name = typeof word === "string" ? word.toLowerCase() : undefined;
    const known = name !== undefined && Object.hasOwn(SEVERITIES, name) ? SEVERITIES[name] : undefined;
    if (known === undefined) {
      this.refuse(`severity ${typeof word === "string" ? quoted(word) : "of another type"} is not a known one`);
      return;
    }
    if (typeof id !== "string" || id === "") {
      this.refuse("a vulnerability has no id");
      return;
    }
    const key = `${known} ${id} ${typeof packageName === "string" ? packageName : ""}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.counts[known]++;
  }
}

/** The digests among texts such as `registry.example.com/orders/api@sha256:...`, each once; what is no digest is left out. */
function digestsIn(texts: readonly unknown[]): Digest[] {
  const digests = texts.flatMap((text): Digest[] => {
    if (typeof text !== "string" || text.length > 1000) return [];
    const digest = text.slice(text.lastIndexOf("@") + 1);
    return isDigest(digest) ? [digest] : [];
  });
  return [...new Set(digests)];
}

/** A list that may be left out or null, as Go writes an empty one, and is nothing else. */
function listOrNothing(value: unknown, name: string, refuse: Refuse): readonly unknown[] {
  if (value !== undefined && value !== null && !Array.isArray(value)) refuse(`${name} is not a list`);
  return listOf(value);
}

/**
 * Grype's JSON. Sources: anchore/grype, grype/presenter/models (`matches[].vulnerability.severity`,
 * `matches[].artifact.name`, `source.type`, `descriptor.{name,version,timestamp}`); anchore/syft, ImageMetadata
 * (`source.target.{imageID,manifestDigest,repoDigests}`; the image id is the configuration's digest).
 */
function readGrype(report: Readonly<Record<string, unknown>>, refuse: Refuse): ScanReport {
  const { type, target } = fieldsOf(report["source"]);
  if (type !== "image") return refuse("source.type is not image");
  const descriptor = fieldsOf(report["descriptor"]);
  const scannedAt = utcTime(descriptor["timestamp"]);
  if (scannedAt === undefined) return refuse("descriptor.timestamp is missing or not a time");
  if (fieldsOf(descriptor["configuration"])["only-fixed"] === true) {
    return refuse("made with --only-fixed, which leaves vulnerabilities out");
  }
  const { imageID, manifestDigest, repoDigests } = fieldsOf(target);
  const count = new SeverityCount(refuse);
  for (const match of listOrNothing(report["matches"], "matches", refuse)) {
    const { vulnerability, artifact } = fieldsOf(match);
    const { severity, id } = fieldsOf(vulnerability);
    count.add(severity, id, fieldsOf(artifact)["name"]);
  }
  const version = descriptor["version"];
  return {
    scanner: "grype",
    ...(typeof version === "string" ? { scannerVersion: version.slice(0, 50) } : {}),
    digests: digestsIn([manifestDigest, ...listOrNothing(repoDigests, "source.target.repoDigests", refuse), imageID]),
    scannedAt,
    counts: count.counts,
  };
}

/**
 * Trivy's JSON. Source: aquasecurity/trivy, pkg/types/report.go (`SchemaVersion`, `Metadata.ImageID`, which is the
 * configuration's digest, `Metadata.RepoDigests`, `Results[].Vulnerabilities[]`); `CreatedAt` since 0.48, `Trivy.Version`
 * since 0.69. What was looked at and found empty is left out or null.
 */
function readTrivy(report: Readonly<Record<string, unknown>>, refuse: Refuse): ScanReport {
  if (report["SchemaVersion"] !== 2) return refuse("a Trivy report of another schema; allowed: SchemaVersion 2");
  const kind = report["ArtifactType"];
  if (kind !== undefined && kind !== "container_image") return refuse("ArtifactType is not container_image");
  const scannedAt = utcTime(report["CreatedAt"]);
  if (scannedAt === undefined) return refuse("CreatedAt is missing or not a time");
  const metadata = fieldsOf(report["Metadata"]);
  const repoDigests = listOrNothing(metadata["RepoDigests"], "Metadata.RepoDigests", refuse);
  const count = new SeverityCount(refuse);
  for (const result of listOrNothing(report["Results"], "Results", refuse)) {
    const found = listOrNothing(fieldsOf(result)["Vulnerabilities"], "Results[].Vulnerabilities", refuse);
    for (const one of found) {
      const { Severity, VulnerabilityID, PkgName } = fieldsOf(one);
      count.add(Severity, VulnerabilityID, PkgName);
    }
  }
  const version = fieldsOf(report["Trivy"])["Version"];
  return {
    scanner: "trivy",
    ...(typeof version === "string" ? { scannerVersion: version.slice(0, 50) } : {}),
    digests: digestsIn([...repoDigests, metadata["ImageID"]]),
    scannedAt,
    counts: count.counts,
  };
}
