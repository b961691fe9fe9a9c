import { defined } from "../base/defined";
import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { allSettled, limiter } from "../base/limit";
import { retryCorrupted, retryOn } from "../base/retry";
import type { SignOffReader, SignOffs } from "../domain/flow/signOffs";
import type { Stage } from "../domain/stage";
import { attachUnlisted } from "../oci/artifact";
import { remembered } from "../oci/cachedSource";
import { copyImage, type CopyResult } from "../oci/copy/copyImage";
import { type CopiedReferrers, copyReferrers } from "../oci/copy/copyReferrers";
import { type ImageTree, ownBlobs } from "../oci/copy/tree";
import { verifyOrMend } from "../oci/copy/verifyCopy";
import type { ImageSource } from "../oci/imageStore";
import type { Descriptor } from "../oci/manifest";
import { verifyImage } from "../signing/verifyImage";
import type { Phase } from "./phases";
import { PROMOTE_GATES } from "./promoteGates";
import { counts, findRecords, recordArtifact } from "./records";
import { keepListed } from "./referrersList";
import { finishPhases } from "./tagAndLock";
import { type Destination, type ReleaseRecord, type ReleaseTools, type ScanReport, subjectOf, treeOf } from "./types";

/** Questions to a registry at a time. */
const PARALLEL = 16;

const copyOptions = ({ destination, tools, mountFrom }: PromoteState) => ({
  place: tools.place,
  repository: destination.path,
  ...defined({ mountFrom }),
});

const copy: Phase<PromoteState> = {
  name: "copy",
  run: async (state, report) => {
    const { source, destination } = state;
    const tree = treeOf(state);
    report.total(ownBlobs(tree).reduce((sum, { size }) => sum + size, 0));
    const options = { ...copyOptions(state), onBytes: report.bytes };
    state.copied = await copyImage(source, destination.target, tree.root.digest, options);
    const { sent, mounted, present } = state.copied.outcomes;
    report.note(`${sent} blobs sent, ${mounted} mounted, ${present} there already`);
  },
};

/** They are put on the image's list together with the record, when all of it was verified. */
const bringReferrers: Phase<PromoteState> = {
  name: "referrers",
  run: async (state, report) => {
    const { source, destination } = state;
    const tree = treeOf(state);
    const subjects = tree.manifests.map(({ digest }) => digest);
    const options = { ...copyOptions(state), fresh: isNew(state), unlisted: true };
    const brought = await copyReferrers(source, destination.target, subjects, options);
    const along = (await source.referrers(tree.root.digest)).filter(({ digest }) => brought.digests.includes(digest));
    state.brought = { ...brought, along };
    state.referrers = [...brought.digests].sort();
    state.listed = along.map(({ digest }) => digest);
    report.note(`${brought.digests.length} signatures, records and SBOMs`);
  },
};

/** True where this run brought the image: nothing that the target had before refers to it. */
const isNew = ({ copied }: PromoteState): boolean => copied?.tree !== undefined;

/** What came along, before the target lists it: the rest is asked at the target, each thing once. */
const asListed = (state: PromoteState) => new Map([[treeOf(state).root.digest, state.brought?.along ?? []]]);

/** The image, all that refers to it, and its signature, read at the target by nothing but their digests. */
const verify: Phase<PromoteState> = {
  name: "verify",
  run: async (state) => {
    const { target } = state.destination;
    const { digest } = treeOf(state).root;
    const there = remembered(target, asListed(state));
    const whole = verifyOrMend(state.source, target, digest, copyOptions(state));
    await allSettled<unknown>([whole, verifyReferrers(state, there)]);
  },
};

async function verifyReferrers(state: PromoteState, there: ImageSource): Promise<void> {
  const { destination, tools, referrers } = state;
  const { policy } = destination;
  const { digest: subject } = treeOf(state).root;
  if (policy.signature) {
    const signed = async () => verifyImage(there, subject, policy.signers, tools.verifier);
    await retryCorrupted(signed, "SIGNATURE_INVALID");
  }
  const run = limiter(PARALLEL);
  const look = async (digest: Digest) => {
    if ((await there.resolve(digest)) !== undefined) return;
    throw new DualRegistryError("NOT_FOUND", `${there.name}: referrer ${digest} of ${subject} did not arrive`);
  };
  await allSettled(referrers.map((digest) => run(() => look(digest))));
}

const record: Phase<PromoteState> = {
  name: "record",
  run: async (state, report) => {
    const { destination, tools, brought } = state;
    const { target, policy } = destination;
    const written = recordOf(state);
    const trust = { verifier: tools.verifier, trusted: policy.signers, unsigned: !policy.signature };
    const look = !isNew(state);
    let known = look ? undefined : asListed(state);
    const attached = await retryOn("REGISTRY_REFUSED", async () => {
      const there = remembered(target, known);
      // Who was refused is not alone: the second look is at the target's own list.
      known = undefined;
      const records = await findRecords(there, written.digest, "release", trust);
      if (records.some((each) => counts(each, tools.signer) && sameRelease(each.record, written))) return undefined;
      const artifact = await recordArtifact(target, subjectOf(state), ["release", written], tools.signer);
      const listed = await there.referrers(written.digest);
      const options = { look, listed, ...(brought && { blobs: brought.blobs }) };
      return attachUnlisted(target, [artifact], subjectOf(state), options);
    });
    const [own] = attached?.descriptors ?? [];
    if (own) state.record = own.digest;
    else report.note("the release record is there already");
    state.listed = [...(state.listed ?? []), ...(own ? [own.digest] : [])];
    const unlisted = [...(brought?.unlisted ?? []), ...(attached?.unlisted ?? [])];
    await keepListed(target, written.digest, state.listed, unlisted);
  },
};

function recordOf(state: PromoteState): ReleaseRecord {
  const { from, destination, source, tags, evidence, referrers, tools } = state;
  return {
    version: 1,
    edge: { from, to: destination.stage },
    source: source.name,
    target: destination.target.name,
    digest: treeOf(state).root.digest,
    tags,
    class: destination.class,
    scans: evidence?.scans ?? [],
    ...(evidence?.signOffs && { signOffs: evidence.signOffs }),
    referrers,
    releasedAt: tools.now().toISOString(),
  };
}

/** The same release: neither the moment nor what came along later makes it another. */
function sameRelease(one: ReleaseRecord, other: ReleaseRecord): boolean {
  const key = (record: ReleaseRecord) =>
    JSON.stringify({ ...record, tags: [...record.tags].sort(), referrers: [], releasedAt: "" });
  return key(one) === key(other);
}

/**
 * The phases of a promotion. Gates first; then the copy, untagged; then the record; then the tag, which is locked and
 * read back. Killed anywhere it leaves no tag, or a tag of an image that is whole and recorded.
 */
export function promotion(request: PromoteRequest): { phases: readonly Phase<PromoteState>[]; state: PromoteState } {
  // The source is the same for all phases, and read once; after the last that reads it nothing of it is kept.
  const verifyLast: Phase<PromoteState> = {
    name: verify.name,
    run: async (state, report) => {
      await verify.run(state, report);
      state.source = request.source;
    },
  };
  const phases = [...PROMOTE_GATES, copy, bringReferrers, verifyLast, record, ...finishPhases<PromoteState>()];
  return { phases, state: { ...request, source: remembered(request.source), referrers: [], written: [] } };
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
