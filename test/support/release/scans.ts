import type { Digest } from "../../../src/base/digest";

/** A report of Trivy, in its own form, of one image; severities as given. */
export function trivyReport(config: Digest, severities: readonly string[] = [], createdAt = new Date()): object {
  return {
    SchemaVersion: 2,
    CreatedAt: createdAt.toISOString(),
    ArtifactName: "image",
    ArtifactType: "container_image",
    Metadata: { ImageID: config },
    Results: [
      {
        Target: "debian",
        Class: "os-pkgs",
        Vulnerabilities: severities.map((Severity, at) => ({
          ...{ VulnerabilityID: `CVE-2026-${1000 + at}`, PkgName: `package-${at}`, Severity },
        })),
      },
    ],
  };
}

/** What Grype is asked to hide. */
export interface HiddenMatch {
  id: string;
  /** Default: pkg:deb/debian/zlib1g@1.3. */
  purl?: string;
}

/** A report of Grype, in its own form, of one image; with findings that it was told to hide. */
export function grypeReport(imageID: Digest, hidden: readonly HiddenMatch[] = [], at = new Date()): object {
  const built = new Date(at.getTime() - 24 * 60 * 60 * 1000).toISOString();
  const match = ({ id, purl = "pkg:deb/debian/zlib1g@1.3" }: HiddenMatch) => ({
    vulnerability: { id, severity: "Critical" },
    artifact: { name: "zlib1g", type: "deb", purl },
    appliedIgnoreRules: [{ vulnerability: id, reason: "" }],
  });
  return {
    matches: [],
    ...(hidden.length > 0 && { ignoredMatches: hidden.map(match) }),
    source: { type: "image", target: { imageID, repoDigests: [] } },
    distro: { name: "debian", version: "13", idLike: [] },
    descriptor: {
      ...{ name: "grype", version: "0.104.0", timestamp: at.toISOString() },
      configuration: { "only-fixed": false, exclude: [], ignore: [], distro: "" },
      db: { status: { schemaVersion: "v6.1.2", built, valid: true } },
    },
  };
}
