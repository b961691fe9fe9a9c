import type { ScanPolicy } from "../../domain/imagePolicy";
import type { Digest } from "../../oci/digest";
import type { ScanReport } from "../contract";
import { SCAN_COMMANDS } from "./scanReport";
import { CLOCK_SKEW } from "./time";

const HOUR = 60 * 60 * 1000;

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
  if (!policy) return problems;
  for (const severity of ["critical", "high"] as const) {
    const [found, most] = [report.counts[severity], policy[severity]];
    if (found <= most) continue;
    const name = severity.toUpperCase();
    problems.push(
      `${found} ${name} vulnerabilities; allowed: at most ${most}; update what they are in, and build again`,
    );
  }
  const age = image.now.getTime() - Date.parse(report.scannedAt);
  if (Number.isNaN(age) || age < -CLOCK_SKEW) {
    problems.push(
      `the scan is of ${report.scannedAt}, which is yet to come; allowed: a time that has been; set the clock`,
    );
  } else if (age > policy.maxAgeHours * HOUR) {
    const hours = Math.floor(age / HOUR);
    problems.push(`the scan is ${hours} h old; allowed: at most ${policy.maxAgeHours} h; scan this image again`);
  }
  return problems;
}
