import type { ScanPolicy } from "../domain/imagePolicy";
import type { ImageTree, TreeManifest } from "../oci/copy/tree";
import type { Digest } from "../oci/digest";
import { platformsOf } from "../oci/platforms";
import type { ScanReport } from "./contract";
import { scanProblems } from "./gates/scanGate";

const HOUR = 60 * 60 * 1000;

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
  const oldest = now.getTime() - policy.maxAgeHours * HOUR;
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
