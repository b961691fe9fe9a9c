import { defined } from "../../base/defined";
import { DualRegistryError } from "../../base/errors";
import { fieldsOf, listOf, parseJson } from "../../base/json";
import { quoted } from "../../base/text/quote";
import { utcTime } from "../../base/time";
import type { HiddenFinding, ScanReport } from "../recordSchemas";
import { isDefender, readDefender } from "./defenderReport";
import { digestsIn, hiddenFinding, hiddenOf, listOrNothing, type Refuse, SeverityCount } from "./scanParts";

/** Bytes of the largest report that is read. */
export const MAX_REPORT = 64 * 1024 * 1024;

/** What to run for a report that this gate reads, in an empty folder, since scanners obey the files of theirs. */
export const SCAN_COMMANDS =
  "run: trivy image --scanners vuln --list-all-pkgs --show-suppressed --format json --output scan.json, with --input image.tar " +
  "(of docker save) or --input <folder> (an OCI layout) before the image is in a registry, and with <image>@<digest> after; " +
  "or: grype --output json --file scan.json, with oci-archive:image.tar, docker-archive:image.tar or oci-dir:<folder> " +
  "before, and with <image>@<digest> after";

/**
 * Reads a scanner's report: Trivy's JSON of schema 2, Grype's, or Microsoft Defender's sub-assessments of one image, told
 * apart by what stands in it.
 *
 * @param where names the report, for messages
 * @throws DualRegistryError CONTENT_INVALID for another format, and for a report that does not say what was scanned, or
 * when: it could be any image's; for one that looked for no vulnerability, and for one that leaves some out without
 * saying which
 */
export function readScanReport(bytes: Buffer, where: string): ScanReport {
  const refuse: Refuse = (why) => {
    throw new DualRegistryError("CONTENT_INVALID", `Scan report ${where}: ${why}; ${SCAN_COMMANDS}`);
  };
  const json = parseJson(bytes, `Scan report ${where}`);
  const report = fieldsOf(json);
  if (isDefender(json)) return readDefender(report, refuse);
  const descriptor = fieldsOf(report["descriptor"]);
  const trivy = "SchemaVersion" in report;
  if (!trivy && !("matches" in report && descriptor["name"] === "grype")) return refuse(otherFormat(report));
  const read = trivy ? readTrivy(report, refuse) : readGrype(report, refuse);
  if (read.digests.length === 0) return refuse("does not say which digest was scanned");
  return read;
}

/**
 * What a report of another format is. SARIF names no digest and no time: what its results are of is in no field. Sources:
 * snyk/cli, src/lib/formatters/sarif-output.ts (`driver.name` Snyk Container, `rules`, `results`, and nothing of the
 * image); docker/scout-cli, `cves --format sarif`, issues 78 and 189 (`driver.name` docker scout; no other form is JSON).
 */
function otherFormat(report: Readonly<Record<string, unknown>>): string {
  const known = "neither Trivy's JSON, Grype's, nor Microsoft Defender's sub-assessments";
  const [run] = listOf(report["runs"]);
  if (run === undefined) return known;
  const driver = fieldsOf(fieldsOf(fieldsOf(run)["tool"])["driver"])["name"];
  const name = typeof driver === "string" ? quoted(driver) : "a scanner without a name";
  return `SARIF by ${name} says neither which digest was scanned nor when, so it could be any image's of any day`;
}

/** Settings of Grype that leave findings out of the report, by what they are called on its command line. */
const GRYPE_FILTERS: Readonly<Record<string, string>> = {
  "only-fixed": "--only-fixed",
  "only-notfixed": "--only-notfixed",
  "ignore-wontfix": "--ignore-states",
  "ignore-states": "--ignore-states",
  exclude: "--exclude",
  distro: "--distro, which looks the packages of one distribution up as those of another",
};

/** True for a setting that does something: neither absent nor false, "", [] or what is written for "no". */
const isSet = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : ![undefined, null, false, "", "false"].includes(value as string);

/** Alerts that say that Grype looked none of a package's vulnerabilities up. */
const NOT_LOOKED_UP = ["distro-unknown", "distro-disabled"];

/** When the database was built: since version 6 of its schema below `status`, before beside it. */
function grypeDatabase(db: unknown, refuse: Refuse): string {
  const whole = fieldsOf(db);
  const state = "status" in whole ? fieldsOf(whole["status"]) : whole;
  if (state["valid"] === false || isSet(state["error"])) return refuse("its vulnerability database was not valid");
  const built = utcTime(state["built"]);
  return built ?? refuse("names no vulnerability database (descriptor.db), so nothing was looked up");
}

/**
 * Grype's JSON. Sources: anchore/grype, grype/presenter/models (`matches[].vulnerability.severity`,
 * `matches[].artifact.name`, `ignoredMatches[]` of the same form, `alertsByPackage[].alerts[].type`, `distro.name`,
 * `source.type`, `descriptor.{name,version,timestamp,configuration,db}`), cmd/grype/cli/options (the configuration's
 * keys), grype/db/v6 (`status`); anchore/syft, ImageMetadata (`source.target.{imageID,manifestDigest,repoDigests}`; the
 * image id is the configuration's digest).
 */
function readGrype(report: Readonly<Record<string, unknown>>, refuse: Refuse): ScanReport {
  const { type, target } = fieldsOf(report["source"]);
  if (type !== "image") return refuse("source.type is not image");
  const descriptor = fieldsOf(report["descriptor"]);
  const scannedAt = utcTime(descriptor["timestamp"]);
  if (scannedAt === undefined) return refuse("descriptor.timestamp is missing or not a time");
  const configuration = fieldsOf(descriptor["configuration"]);
  for (const [key, option] of Object.entries(GRYPE_FILTERS)) {
    if (isSet(configuration[key]))
      return refuse(`made with ${option}: it leaves vulnerabilities out, and says not which`);
  }
  const databaseAt = grypeDatabase(descriptor["db"], refuse);
  const matches = report["matches"];
  if (!Array.isArray(matches)) return refuse("matches is not a list, so nothing was looked up");
  const alerts = listOf(report["alertsByPackage"]).flatMap((each) => listOf(fieldsOf(each)["alerts"]));
  const blind = alerts.find((alert) => NOT_LOOKED_UP.includes(String(fieldsOf(alert)["type"])));
  if (blind !== undefined) return refuse("packages of an unknown distribution were not looked up (alertsByPackage)");
  if (matches.length === 0 && !isSet(fieldsOf(report["distro"])["name"])) {
    const why = "names no distribution and found nothing, as if it had found no package";
    return refuse(
      `${why}; for an image without an operating system give Trivy's report, which lists what it looked at`,
    );
  }
  const { imageID, manifestDigest, repoDigests } = fieldsOf(target);
  const count = new SeverityCount(refuse);
  for (const match of matches) {
    const { vulnerability, artifact } = fieldsOf(match);
    const { severity, id } = fieldsOf(vulnerability);
    count.add(severity, id, fieldsOf(artifact)["name"]);
  }
  const ignored = listOrNothing(report["ignoredMatches"], "ignoredMatches", refuse).map((match) => {
    const { vulnerability, artifact } = fieldsOf(match);
    const { name, purl } = fieldsOf(artifact);
    return hiddenFinding(fieldsOf(vulnerability)["id"], name, purl, refuse);
  });
  const version = descriptor["version"];
  const [imageId] = digestsIn([imageID]);
  return {
    scanner: "grype",
    ...(typeof version === "string" ? { scannerVersion: version.slice(0, 50) } : {}),
    digests: digestsIn([manifestDigest, ...listOrNothing(repoDigests, "source.target.repoDigests", refuse), imageID]),
    ...defined({ imageId }),
    scannedAt,
    databaseAt,
    counts: count.counts,
    ...hiddenOf(ignored, refuse),
  };
}

/** Classes of Trivy's results in which vulnerabilities are looked for. */
const TRIVY_PACKAGES: readonly unknown[] = ["os-pkgs", "lang-pkgs"];

/** Findings of one result that Trivy was told to hide; it shows them where it runs with --show-suppressed. */
function trivyHidden(result: Readonly<Record<string, unknown>>, refuse: Refuse): HiddenFinding[] {
  const lists = ["ExperimentalModifiedFindings", "ModifiedFindings"].flatMap((key) =>
    listOrNothing(result[key], `Results[].${key}`, refuse),
  );
  return lists.flatMap((each) => {
    const { Type, Finding } = fieldsOf(each);
    // Hidden secrets and misconfigurations are no vulnerabilities.
    if (Type !== undefined && Type !== "vulnerability") return [];
    const { VulnerabilityID, PkgName, PkgIdentifier } = fieldsOf(Finding);
    return [hiddenFinding(VulnerabilityID, PkgName, fieldsOf(PkgIdentifier)["PURL"], refuse)];
  });
}

/**
 * Trivy's JSON. Source: aquasecurity/trivy, pkg/types/report.go (`SchemaVersion`, `Metadata.ImageID`, which is the
 * configuration's digest, `Metadata.RepoDigests`, `Results[].{Class,Vulnerabilities}`), pkg/types/finding.go
 * (`ExperimentalModifiedFindings[].{Type,Status,Finding}`); `CreatedAt` since 0.48, `Trivy.Version` since 0.69. What was
 * looked at and found empty is left out or null. What was filtered by `--severity`, `--ignore-unfixed` or an ignore file
 * without `--show-suppressed` is in no field: who runs it is to be trusted.
 */
function readTrivy(report: Readonly<Record<string, unknown>>, refuse: Refuse): ScanReport {
  if (report["SchemaVersion"] !== 2) return refuse("a Trivy report of another schema; allowed: SchemaVersion 2");
  const kind = report["ArtifactType"];
  if (kind !== undefined && kind !== "container_image") return refuse("ArtifactType is not container_image");
  const scannedAt = utcTime(report["CreatedAt"]);
  if (scannedAt === undefined) return refuse("CreatedAt is missing or not a time");
  const metadata = fieldsOf(report["Metadata"]);
  const repoDigests = listOrNothing(metadata["RepoDigests"], "Metadata.RepoDigests", refuse);
  const results = listOrNothing(report["Results"], "Results", refuse).map(fieldsOf);
  const count = new SeverityCount(refuse);
  for (const result of results) {
    const found = listOrNothing(result["Vulnerabilities"], "Results[].Vulnerabilities", refuse);
    for (const one of found) {
      const { Severity, VulnerabilityID, PkgName } = fieldsOf(one);
      count.add(Severity, VulnerabilityID, PkgName);
    }
  }
  if (!results.some((result) => TRIVY_PACKAGES.includes(result["Class"]))) {
    return refuse("Results hold no packages (os-pkgs or lang-pkgs), so no vulnerability was looked for");
  }
  const { Version: version, VulnerabilityDB } = fieldsOf(report["Trivy"]);
  const { UpdatedAt } = fieldsOf(VulnerabilityDB);
  const [imageId] = digestsIn([metadata["ImageID"]]);
  return {
    scanner: "trivy",
    ...(typeof version === "string" ? { scannerVersion: version.slice(0, 50) } : {}),
    digests: digestsIn([...repoDigests, metadata["ImageID"]]),
    ...defined({ imageId }),
    scannedAt,
    ...defined({ databaseAt: utcTime(UpdatedAt) }),
    counts: count.counts,
    ...hiddenOf(
      results.flatMap((result) => trivyHidden(result, refuse)),
      refuse,
    ),
  };
}
