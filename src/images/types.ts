import type { Digest } from "../base/digest";
import type { SignOffReader } from "../domain/flow/signOffs";
import type { ImageClass } from "../domain/image/imageClass";
import type { ImagePolicy } from "../domain/image/policy";
import type { TagRules } from "../domain/image/tags";
import type { Stage, Stages } from "../domain/stage";
import type { CopyThrottle, ImageSource, ImageTarget, ImageTree } from "../oci";
import type { Signer, Verifier } from "../signing";
import type { ImageLocks } from "./locks";
import type { BuildMetadata, ScanReport } from "./recordSchemas";

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
  throttle: CopyThrottle;
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
  /** The project's stages, in the order of promotion. */
  stages: Stages;
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
