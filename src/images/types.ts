import type { Digest } from "../base/digest";
import type { BuildSignOffReader, SignOffReader } from "../domain/flow/signOffs";
import type { ImageClass } from "../domain/image/imageClass";
import type { ImagePolicy } from "../domain/image/policy";
import type { PublishGate } from "../domain/image/publication";
import type { TagRules } from "../domain/image/tags";
import type { VersionScheme } from "../domain/image/version";
import type { Stage } from "../domain/stage";
import type { CopyThrottle, ImageSource, ImageTarget, ImageTree } from "../oci";
import type { Signer, Verifier } from "../signing";
import type { VexDocument } from "./gates/openVex";
import type { ImageLocks } from "./locks";
import type { BuildMetadata, ScanReport } from "./recordSchemas";

/** A file that goes with an image, as it was given. */
export interface Attachment {
  mediaType: string;
  bytes: Buffer;
}

/** The registry of an image's class in one stage, and what holds there. */
export interface Destination extends VersionScheme {
  stage: Stage;
  class: ImageClass;
  /** Path of the repository as the map of images has it. */
  repository: string;
  target: ImageTarget;
  /** The repository's path in the registry, its namespace in front. */
  path: string;
  /** Hosts that a stage-bound image may have baked in. */
  hosts: readonly string[];
  tagRules: TagRules;
  policy: ImagePolicy;
  locks: ImageLocks;
  /** What stands before a publication. */
  gate: PublishGate;
  /** Roles whose sign-offs the stage asks for, in order. */
  roles: readonly string[];
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
  /** Signed statements on findings that the scans hide. */
  vex?: readonly VexDocument[];
  sboms: readonly Attachment[];
  /** Stages it may be deployed to. */
  targets: readonly Stage[];
  /** Whether it is promoted or rebuilt, as the map of images says. */
  binding: "portable" | "stage-bound";
  /** Reads who signed off what was built; absent where nobody was named. */
  readSignOffs?: BuildSignOffReader;
  /** Why it goes past the stages before, and what reads who approved that. */
  breakGlass?: { reason: string; readSignOffs: SignOffReader };
  /** Ends before the tags: the image stands by its digest until its product is tagged as a whole. */
  byDigest?: true;
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
  readSignOffs?: SignOffReader;
  /** Scans made since the publication: where there are any, they count and the recorded ones do not. */
  scans: readonly ScanReport[];
  /** Signed statements on findings that the scans hide. */
  vex?: readonly VexDocument[];
  /** Path of the source's repository where it is in the target's registry. */
  mountFrom?: string;
  /** Ends before the tags: the image stands by its digest until its product is tagged as a whole. */
  byDigest?: true;
  destination: Destination;
  tools: ReleaseTools;
}

/** The image as its referrers name it. */
export function subjectOf({ root }: ImageTree): { mediaType: string; digest: Digest; size: number } {
  return { mediaType: root.mediaType, digest: root.digest, size: root.bytes.length };
}
