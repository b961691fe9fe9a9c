import { fieldsOf } from "../../boundedFile";
import type { ScanReport } from "../contract";
import { digestsIn, listOrNothing, SeverityCount, type Refuse } from "./scanCommon";
import { utcTime } from "./time";

/**
 * Trivy's JSON. Source: aquasecurity/trivy, pkg/types/report.go (`SchemaVersion`, `Metadata.ImageID`, which is the
 * configuration's digest, `Metadata.RepoDigests`, `Results[].Vulnerabilities[]`); `CreatedAt` since 0.48, `Trivy.Version`
 * since 0.69. What was looked at and found empty is left out or null.
 */
export function readTrivy(report: Readonly<Record<string, unknown>>, refuse: Refuse): ScanReport {
  if (report["SchemaVersion"] !== 2) return refuse("a Trivy report of another schema; allowed: SchemaVersion 2");
  const kind = report["ArtifactType"];
  if (kind !== undefined && kind !== "container_image") return refuse("ArtifactType is not container_image");
  const scannedAt = utcTime(report["CreatedAt"]);
  if (scannedAt === undefined) return refuse("CreatedAt is missing or no time");
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
