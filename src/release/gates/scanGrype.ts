import { fieldsOf } from "../../boundedFile";
import type { ScanReport } from "../contract";
import { digestsIn, listOrNothing, SeverityCount, type Refuse } from "./scanCommon";
import { utcTime } from "./time";

/**
 * Grype's JSON. Sources: anchore/grype, grype/presenter/models (`matches[].vulnerability.severity`,
 * `matches[].artifact.name`, `source.type`, `descriptor.{name,version,timestamp}`); anchore/syft, ImageMetadata
 * (`source.target.{imageID,manifestDigest,repoDigests}`; the image id is the configuration's digest).
 */
export function readGrype(report: Readonly<Record<string, unknown>>, refuse: Refuse): ScanReport {
  const { type, target } = fieldsOf(report["source"]);
  if (type !== "image") return refuse("source.type is not image");
  const descriptor = fieldsOf(report["descriptor"]);
  const scannedAt = utcTime(descriptor["timestamp"]);
  if (scannedAt === undefined) return refuse("descriptor.timestamp is missing or no time");
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
