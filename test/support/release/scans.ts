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

/** One finding of Microsoft Defender. */
export interface DefenderFinding {
  id: string;
  severity?: string;
  packageName?: string;
  /** Default: Unhealthy. */
  code?: string;
  at?: string;
  digest?: string;
}

/**
 * Microsoft Defender's findings of one image, as `az graph query` prints them. Written after Microsoft Learn, "Container
 * vulnerability assessments REST API" and "Azure Resource Graph REST": fields that nobody reads here are left out.
 */
export function defenderReport(digest: string, findings: readonly DefenderFinding[], at = new Date()): object {
  const data = findings.map((finding) => ({
    type: "microsoft.security/assessments/subassessments",
    properties: {
      id: finding.id,
      additionalData: {
        assessedResourceType: "AzureContainerRegistryVulnerability",
        vulnerabilityDetails: { cveId: finding.id, severity: finding.severity ?? "High" },
        artifactDetails: {
          ...{
            repositoryName: "orders/api",
            registryHost: "ordersqasecure.azurecr.io",
            artifactType: "ContainerImage",
          },
          digest: finding.digest ?? digest,
        },
        softwareDetails: { packageName: finding.packageName ?? "openssl", version: "3.0.1" },
      },
      timeGenerated: finding.at ?? at.toISOString(),
      status: { code: finding.code ?? "Unhealthy", severity: finding.severity ?? "High" },
    },
  }));
  return { count: data.length, data, skip_token: null, total_records: data.length };
}

/**
 * SARIF as `snyk container test --sarif` writes it. Written after snyk/cli, src/lib/formatters/sarif-output.ts: of the
 * image it says nothing.
 */
export const snykSarif = (): object => ({
  version: "2.1.0",
  runs: [
    {
      tool: {
        driver: {
          ...{ name: "Snyk Container", properties: { artifactsScanned: 90 } },
          rules: [{ id: "SNYK-DEBIAN12-OPENSSL-1", properties: { "security-severity": "9.8" } }],
        },
      },
      results: [{ ruleId: "SNYK-DEBIAN12-OPENSSL-1", level: "error", message: { text: "a vulnerable package" } }],
    },
  ],
});

/**
 * SARIF as `docker scout cves --format sarif` writes it. Written after SARIF 2.1.0 and what docker/scout-cli's issues 78
 * and 189 tell of it: a rule for each vulnerability, a result for each place, and nothing of the image.
 */
export const scoutSarif = (): object => ({
  version: "2.1.0",
  runs: [
    {
      tool: { driver: { name: "docker scout", fullName: "Docker Scout", rules: [{ id: "CVE-2026-1" }] } },
      results: [{ ruleId: "CVE-2026-1", kind: "fail", message: { text: "a vulnerable package" } }],
    },
  ],
});
