import type { Digest } from "../../base/digest";
import { quoted } from "../../base/text/quote";
import { CLOCK_SKEW, DAY_MS, HOUR_MS } from "../../base/time";
import type { ScanPolicy } from "../../domain/image/policy";
import { type ImageTree, platformsOf, type TreeManifest } from "../../oci";
import type { ScanReport } from "../recordSchemas";
import { SCAN_COMMANDS } from "./scanReport";

/** Days that a scanner's database may be older than the scan: what was found since is in no report of it. */
const DATABASE_DAYS = 7;

/** What stands against findings that the scanner was told to hide: each needs a reason that has not ended. */
function hiddenProblems({ hidden = [] }: ScanReport, now: Date): string[] {
  const unexcused = hidden.filter(({ excuse }) => excuse === undefined || Date.parse(excuse.until) < now.getTime());
  if (unexcused.length === 0) return [];
  const names = unexcused.slice(0, 10).map(({ vulnerability, package: of, excuse }) => {
    const where = of === undefined ? "" : ` in ${quoted(of)}`;
    return `${quoted(vulnerability)}${where}${excuse ? `, excused until ${excuse.until}` : ""}`;
  });
  const more = unexcused.length > names.length ? ` and ${unexcused.length - names.length} more` : "";
  const allowed = "a signed OpenVEX statement of this image with a justification for each, with --vex";
  return [`the report hides ${names.join("; ")}${more}; allowed: none, but for ${allowed}`];
}

function databaseProblems({ databaseAt, scannedAt }: ScanReport): string[] {
  if (databaseAt === undefined) return [];
  const days = Math.floor((Date.parse(scannedAt) - Date.parse(databaseAt)) / DAY_MS);
  if (days <= DATABASE_DAYS) return [];
  const allowed = `allowed: at most ${DATABASE_DAYS}; update the scanner's database, and scan again`;
  return [`the scanner's database of ${databaseAt} was ${days} days old at the scan; ${allowed}`];
}

/**
 * What keeps an image back, by its scan; empty where it may pass.
 *
 * @param report absent where none was given
 * @param policy absent where no scan is asked for: a report is then looked at for its digest alone
 * @param image the digests that are the image: its manifest's, its configuration's and, for an index, its children's
 */
export function scanProblems(
  report: ScanReport | undefined,
  policy: ScanPolicy | undefined,
  image: { digests: readonly Digest[]; now: Date },
): string[] {
  if (!report) return policy ? [`no scan report was given, and the policy asks for one; ${SCAN_COMMANDS}`] : [];
  const problems: string[] = [];
  if (!report.digests.some((digest) => image.digests.includes(digest))) {
    problems.push(
      `the scan report is of ${report.digests.slice(0, 3).join(", ")}, which is another image; ` +
        `allowed: ${image.digests.slice(0, 3).join(", ")}; scan this image`,
    );
  }
  const { imageId } = report;
  if (imageId !== undefined && !image.digests.includes(imageId)) {
    problems.push(`the scan report is of the image with id ${imageId}, which is another image; scan this image`);
  }
  if (!policy) return problems;
  const lapsed = policy.until !== undefined && image.now.toISOString().slice(0, 10) > policy.until;
  for (const severity of ["critical", "high"] as const) {
    const most = lapsed ? 0 : policy[severity];
    // Nobody has said yet how bad these are, so they may be.
    const unknown = severity === "high" ? report.counts.unknown : 0;
    const found = report.counts[severity] + unknown;
    if (found <= most) continue;
    const name = severity.toUpperCase();
    const limit = `at most ${most}${lapsed ? `, since the waiver ended on ${policy.until ?? ""}` : ""}`;
    const of = unknown === 0 ? "" : `, ${unknown} of them of unknown severity, which count as HIGH`;
    problems.push(`${found} ${name} vulnerabilities${of}; allowed: ${limit}; update what they are in, and build again`);
  }
  problems.push(...hiddenProblems(report, image.now), ...databaseProblems(report));
  const age = image.now.getTime() - Date.parse(report.scannedAt);
  if (Number.isNaN(age) || age < -CLOCK_SKEW) {
    problems.push(`the scan is dated ${report.scannedAt}, in the future; allowed: a time in the past; set the clock`);
  } else if (age > policy.maxAgeHours * HOUR_MS) {
    const hours = Math.floor(age / HOUR_MS);
    problems.push(`the scan is ${hours} h old; allowed: at most ${policy.maxAgeHours} h; scan this image again`);
  }
  return problems;
}

/**
 * What stands against an image, by its scans. Each platform needs one of its own: a scanner that is given an index
 * looks at one platform of it and names the index all the same, so the index's digest counts only where there is no
 * other platform.
 *
 * @returns a line a problem; none where the policy asks for no scan
 */
export function scansProblems(
  tree: ImageTree,
  scans: readonly ScanReport[],
  policy: ScanPolicy | undefined,
  now: Date,
): string[] {
  if (policy === undefined) return [];
  const platforms = platformsOf(tree);
  const digestsOf = ({ digest, content }: TreeManifest): Digest[] => [
    digest,
    ...(content.config ? [content.config.digest] : []),
    ...(platforms.length === 1 ? [tree.root.digest] : []),
  ];
  return platforms.flatMap((platform) => {
    const digests = digestsOf(platform);
    const about = scans.filter((scan) => scan.digests.some((digest) => digests.includes(digest)));
    if (about.length === 0) return [uncovered(platform, scans, platforms.length)];
    return judged(about, policy, now).flatMap((scan) =>
      scanProblems(scan, policy, { digests, now }).map((line) => `Scan: ${line}`),
    );
  });
}

/**
 * Those of an image's scans that count: all that are not too old, since two may each have looked at a part; where every
 * one is, the last, which then says so.
 */
function judged(scans: readonly ScanReport[], policy: ScanPolicy, now: Date): readonly ScanReport[] {
  const oldest = now.getTime() - policy.maxAgeHours * HOUR_MS;
  const fresh = scans.filter(({ scannedAt }) => !(Date.parse(scannedAt) < oldest));
  if (fresh.length > 0) return fresh;
  return [...scans].sort((one, other) => Date.parse(other.scannedAt) - Date.parse(one.scannedAt)).slice(0, 1);
}

function uncovered({ digest }: TreeManifest, scans: readonly ScanReport[], platforms: number): string {
  const given = scans.flatMap((scan) => scan.digests);
  const seen = given.length === 0 ? "no scan was given" : `the scans given are of ${given.slice(0, 4).join(", ")}`;
  const each = platforms > 1 ? `, one of its ${platforms} platforms, each of which needs a scan` : "";
  return `Scan: none is of ${digest}${each}: ${seen}; scan it by this digest and give the report with --scan`;
}
