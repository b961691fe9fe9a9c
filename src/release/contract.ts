import type { ImageClass } from "../domain/imageClass";
import type { Stage } from "../domain/stage";
import type { Digest } from "../oci/digest";

/** What a scanner found in one image, whichever scanner it was. */
export interface ScanReport {
  scanner: "trivy" | "grype";
  /** The scanner's own version, where the report says it. */
  scannerVersion?: string;
  /** The digest scanned: the manifest's or, where only that is named, the configuration's; never a tag. */
  digests: readonly Digest[];
  /** ISO 8601, UTC. */
  scannedAt: string;
  /** Different vulnerabilities by severity: an id found in several packages counts once for each package. */
  counts: Readonly<Record<"critical" | "high" | "medium" | "low" | "unknown", number>>;
}

/** One approval. Source of the facts: whoever runs the approvals; who may say so is pinned by key. */
export interface SignOff {
  role: string;
  /** Whoever approved, by login. */
  by: string;
  /** ISO 8601, UTC. */
  at: string;
  /** The commit approved, 40 or 64 hexadecimal digits. */
  commit: string;
  digest: Digest;
}

/** The sign-offs of one release, as they stand in a signed file. */
export interface SignOffs {
  from: Stage;
  to: Stage;
  /** Path of the repository. */
  repository: string;
  digest: Digest;
  version: string;
  commit: string;
  /** Logins that may not approve: who wrote the commit and who asked for the release. */
  authors: readonly string[];
  approvals: readonly SignOff[];
}

/** A reader of sign-offs that were verified; files are one, GitHub's own records another. */
export type SignOffReader = (wanted: { repository: string; digest: Digest; to: Stage }) => Promise<SignOffs>;

/** How an image was built. */
export interface BuildMetadata {
  /** Address of the source repository. */
  source: string;
  commit: string;
  /** Such as v1.2.3-rc1. */
  version: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** Address of the run that built it. */
  run?: string;
}

/** What is kept of a publication, as a referrer of the image. */
export interface PublishRecord {
  version: 1;
  stage: Stage;
  class: ImageClass;
  /** `host/path`. */
  repository: string;
  digest: Digest;
  tags: readonly string[];
  build: BuildMetadata;
  /** Of each platform; empty where the class asks for no scan and none was given. */
  scans: readonly ScanReport[];
  /** Stages the image may be deployed to by its class and binding. */
  targets: readonly Stage[];
  publishedAt: string;
}

/** What is kept of a promotion, as a referrer of the image at its target. It embeds the sign-offs. */
export interface ReleaseRecord {
  version: 1;
  edge: { from: Stage; to: Stage };
  source: string;
  target: string;
  digest: Digest;
  tags: readonly string[];
  class: ImageClass;
  scans: readonly ScanReport[];
  signOffs?: SignOffs;
  /** Digests of what came along: signatures, SBOMs, records. */
  referrers: readonly Digest[];
  releasedAt: string;
}

/** Predicate types of the records, in-toto statements in Sigstore bundles. */
export const PREDICATES = {
  publish: "urn:dual-registry:publish:v1",
  release: "urn:dual-registry:release:v1",
  signOffs: "urn:dual-registry:sign-offs:v1",
} as const;

/** Artifact types of what is attached without a signature of its own. */
export const ARTIFACTS = {
  scan: "application/vnd.dual-registry.scan.v1+json",
  build: "application/vnd.dual-registry.build.v1+json",
  publish: "application/vnd.dual-registry.publish.v1+json",
  release: "application/vnd.dual-registry.release.v1+json",
} as const;
