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
