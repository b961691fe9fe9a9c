import type { Digest } from "../base/digest";
import type { SignOffReader, SignOffs } from "../domain/flow/signOffs";
import type { ImageClass } from "../domain/image/imageClass";
import type { ImagePolicy } from "../domain/image/policy";
import type { TagRules } from "../domain/image/tags";
import type { Stage } from "../domain/stage";
import type { CopyPlace, ImageSource, ImageTarget, ImageTree } from "../oci";
import type { Signer, Verifier } from "../signing";
import type { ImageLocks } from "./locks";

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

/** A file that goes with an image, as it was given. */
export interface Attachment {
  mediaType: string;
  bytes: Buffer;
}

/** The registry of an image's class in one stage, and what holds there. */
export interface Destination {
  stage: Stage;
  class: ImageClass;
  target: ImageTarget;
  /** The repository's path in the registry, its namespace in front. */
  path: string;
  /** Hosts that a stage-bound image may have baked in. */
  hosts: readonly string[];
  tagRules: TagRules;
  policy: ImagePolicy;
  locks: ImageLocks;
  /** Whether only reading back keeps tags immutable. */
  settles: boolean;
}

/** The tools of a transaction. */
export interface ReleaseTools {
  verifier: Verifier;
  signer?: Signer;
  place: CopyPlace;
  now: () => Date;
}

/** An image to publish, with what was said about it. */
export interface PublishRequest {
  source: ImageSource;
  /** Tag or digest in the source. */
  reference: string;
  /** Decided by the tag rules. */
  tags: readonly string[];
  build: BuildMetadata;
  scans: readonly { report: ScanReport; raw: Buffer }[];
  sboms: readonly Attachment[];
  /** Stages it may be deployed to. */
  targets: readonly Stage[];
  /** Whether it is promoted or rebuilt, as the map of images says. */
  binding: "portable" | "stage-bound";
  destination: Destination;
  tools: ReleaseTools;
}

/** An image on its way along one edge. */
export interface PromoteRequest {
  from: Stage;
  source: ImageSource;
  /** Tag or digest at the source. */
  reference: string;
  /** Path of the repository as the map of images has it. */
  repository: string;
  binding: "portable" | "stage-bound";
  /** The release, such as v1.2.3-rc1; what was signed off must name it. */
  version: string;
  /** Decided by the tag rules of the target. */
  tags: readonly string[];
  /** Roles that must have approved, in order; empty where the stage asks for none. */
  roles: readonly string[];
  readSignOffs?: SignOffReader;
  /** Scans made since the publication: where there are any, they count and the recorded ones do not. */
  scans: readonly ScanReport[];
  /** Path of the source's repository where it is in the target's registry. */
  mountFrom?: string;
  destination: Destination;
  tools: ReleaseTools;
}

/** The image as its referrers name it. */
export function subjectOf({ root }: ImageTree): { mediaType: string; digest: Digest; size: number } {
  return { mediaType: root.mediaType, digest: root.digest, size: root.bytes.length };
}
