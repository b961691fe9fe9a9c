import type { Stage } from "../domain/stage";
import type { CopyResult } from "../oci/copy/copyImage";
import type { CopiedReferrers } from "../oci/copy/copyReferrers";
import type { ImageTree } from "../oci/copy/tree";
import type { Digest } from "../oci/digest";
import type { ImageSource } from "../oci/imageStore";
import type { Descriptor } from "../oci/manifest";
import type { ScanReport, SignOffReader, SignOffs } from "./contract";
import type { Destination, ReleaseTools } from "./publishState";

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

/** What the phases of a promotion hand on. */
export interface PromoteState extends PromoteRequest {
  tree?: ImageTree;
  /** As the labels say. */
  commit?: string;
  copied?: CopyResult;
  /** What decided at the gates. */
  evidence?: { scans: readonly ScanReport[]; signOffs?: SignOffs };
  /** What refers to the image at the source, and came along. */
  referrers: readonly Digest[];
  /** Of those, what refers to the image itself; and what the target does not list yet. */
  brought?: CopiedReferrers & { along: readonly Descriptor[] };
  /** What must be among the target's referrers of the image, at last the record. */
  listed?: readonly Digest[];
  written: readonly string[];
  locked?: boolean;
  /** Digest of the release record at the target. */
  record?: Digest;
}
