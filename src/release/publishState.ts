import type { ImageClass } from "../domain/imageClass";
import type { ImagePolicy } from "../domain/imagePolicy";
import type { TagRules } from "../domain/tagRules";
import type { Stage } from "../domain/stage";
import type { CopyPlace, CopyResult } from "../oci/copy/copyImage";
import type { ImageTree } from "../oci/copy/tree";
import type { Digest } from "../oci/digest";
import type { ImageSource, ImageTarget } from "../oci/imageStore";
import type { Manifest } from "../oci/manifest";
import type { Signer, Verifier } from "../signing/contract";
import type { BuildMetadata, ScanReport } from "./contract";
import type { ImageLocks } from "./locks";

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

/** What the phases of a publication hand on. */
export interface PublishState extends PublishRequest {
  tree?: ImageTree;
  copied?: CopyResult;
  referrers: Digest[];
  /** Of what was attached, what the target does not list yet. */
  unlisted?: readonly Manifest[];
  /** What must be among the target's referrers of the image, at last the record. */
  listed?: readonly Digest[];
  written: readonly string[];
  locked?: boolean;
}

/** The tree that the first phase read. */
export function treeOf(state: { tree?: ImageTree }): ImageTree {
  if (state.tree === undefined) throw new Error("The phase that reads the image has not run");
  return state.tree;
}

/** The image as its referrers name it. */
export function subjectOf(state: { tree?: ImageTree }): { mediaType: string; digest: Digest; size: number } {
  const { root } = treeOf(state);
  return { mediaType: root.mediaType, digest: root.digest, size: root.bytes.length };
}
