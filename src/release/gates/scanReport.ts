import { fieldsOf, parseJson, quoted, readBounded } from "../../boundedFile";
import { DualRegistryError } from "../../errors";
import type { ScanReport } from "../contract";
import type { Refuse } from "./scanCommon";
import { readGrype } from "./scanGrype";
import { readTrivy } from "./scanTrivy";

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

/** Reads a report from a file. @throws DualRegistryError as {@link readScanReport}, and USAGE where the file is not there */
export function readScanFile(file: string): ScanReport {
  return readScanReport(readBounded(file, MAX_REPORT), quoted(file));
}
