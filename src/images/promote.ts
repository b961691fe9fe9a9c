import { defined } from "../base/defined";
import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { allSettled, limiter } from "../base/limit";
import { retryCorrupted } from "../base/retry";
import {
  attachUnlisted,
  type CopiedReferrers,
  copyImage,
  copyReferrers,
  type CopyResult,
  type Descriptor,
  type ImageSource,
  type ImageTree,
  ownBlobs,
  readTree,
  cachedSource,
  verifyOrMend,
} from "../oci";
import { verifyImage } from "../signing";
import { refuseUncounted } from "./gates/policy";
import type { PhaseReport, RunPhase, Transaction } from "./phases";
import { type Admitted, askGates } from "./promoteGates";
import { counts, findRecords, recordArtifact } from "./records";
import { attachKnown, ensureReferrersListed } from "./referrersList";
import { FINAL_PHASES, tagAndLock } from "./tagAndLock";
import type { ReleaseRecord } from "./recordSchemas";
import { type PromoteRequest, subjectOf } from "./types";

/** Questions to a registry at a time. */
const PARALLEL = 16;

/** The phases of a promotion up to its tags, in their order. */
const BY_DIGEST = ["read", "gates", "copy", "referrers", "verify", "record"] as const;
/** The phases of a promotion, in their order. */
const PHASES = [...BY_DIGEST, ...FINAL_PHASES] as const;

type Phase = RunPhase<(typeof PHASES)[number]>;

/** What a promotion did. */
export interface Promoted {
  digest: Digest;
  copied: CopyResult;
  /** Digests of what refers to the image at the source, and came along. */
  referrers: readonly Digest[];
  /** Digest of the release record at the target; absent where it was there already. */
  record?: Digest;
  /** The commit it was built from; absent where its platforms differ. */
  commit?: string;
  /** Null where the tags may move, and where none was placed. */
  locked: boolean | null;
}

/** Hears what is done as soon as it is: where a promotion fails, that much stays done. */
export type PromoteProgress = (done: Partial<Promoted>) => void;

/**
 * A promotion. Gates first; then the copy, untagged; then the record; then the tag, which is locked and read back. Killed
 * anywhere it leaves no tag, or a tag of an image that is whole and recorded. With `byDigest` it ends before the tag.
 */
export function promotion(
  request: PromoteRequest,
  onProgress: PromoteProgress = () => undefined,
): Transaction<Promoted> {
  return { phases: request.byDigest ? BY_DIGEST : PHASES, run: (phase) => promote(request, phase, onProgress) };
}

async function promote(request: PromoteRequest, phase: Phase, onProgress: PromoteProgress): Promise<Promoted> {
  const { destination, tags } = request;
  const arrived = await transfer(request, phase, onProgress);
  const recorded = await phase("record", (report) => writeRecord(request, arrived, report, onProgress));
  const { tree, copied, commit } = arrived;
  const onLocked = (locked: boolean) => onProgress({ locked });
  const whole = { destination, tags, tree, referrers: recorded.listed };
  const locked = request.byDigest ? null : await tagAndLock(whole, phase, onLocked);
  const referrers = sortedDigests(arrived.referrers);
  return { digest: tree.root.digest, copied, referrers, ...defined({ record: recorded.record, commit }), locked };
}

const sortedDigests = ({ digests }: CopiedReferrers): readonly Digest[] => [...digests].sort();

/** An image that stands at its target with all that refers to it, verified there and not yet recorded. */
interface Arrived extends Admitted {
  copied: CopyResult;
  referrers: TransferredReferrers;
}

/** What came along; `ofImage` is what of it refers to the image itself. */
interface TransferredReferrers extends CopiedReferrers {
  ofImage: readonly Descriptor[];
}

/** The phases that read the source: it is the same for all of them, read once, and nothing of it is kept behind them. */
async function transfer(request: PromoteRequest, phase: Phase, onProgress: PromoteProgress): Promise<Arrived> {
  const cached: PromoteRequest = { ...request, source: cachedSource(request.source) };
  const tree = await phase("read", () => readTree(cached.source, cached.reference));
  onProgress({ digest: tree.root.digest });
  const admitted = await phase("gates", (report) => askGates(cached, tree, report));
  const copied = await phase("copy", (report) => copy(cached, admitted, report));
  onProgress({ copied });
  const referrers = await phase("referrers", (report) => bringReferrers(cached, tree, copied, report));
  onProgress({ referrers: sortedDigests(referrers) });
  await phase("verify", () => verify(cached, tree, copied, referrers));
  return { ...admitted, copied, referrers };
}

const copyOptions = ({ destination, tools, mountFrom }: PromoteRequest) => ({
  throttle: tools.throttle,
  repository: destination.path,
  ...defined({ mountFrom }),
});

async function copy(request: PromoteRequest, { tree }: Admitted, report: PhaseReport): Promise<CopyResult> {
  const { source, destination } = request;
  report.total(ownBlobs(tree).reduce((sum, { size }) => sum + size, 0));
  const options = { ...copyOptions(request), onBytes: report.bytes };
  const copied = await copyImage(source, destination.target, tree.root.digest, options);
  const { sent, mounted, present } = copied.outcomes;
  report.note(`${sent} blobs sent, ${mounted} mounted, ${present} there already`);
  return copied;
}

/** They are put on the image's list together with the record, when all of it was verified. */
async function bringReferrers(
  request: PromoteRequest,
  tree: ImageTree,
  copied: CopyResult,
  report: PhaseReport,
): Promise<TransferredReferrers> {
  const { source, destination } = request;
  const subjects = tree.manifests.map(({ digest }) => digest);
  const options = { ...copyOptions(request), fresh: isNew(copied), unlisted: true };
  const brought = await copyReferrers(source, destination.target, subjects, options);
  const ofImage = (await source.referrers(tree.root.digest)).filter(({ digest }) => brought.digests.includes(digest));
  report.note(`${brought.digests.length} signatures, records and SBOMs`);
  for (const { reference, why } of brought.leftOut) report.note(`left out ${reference}: ${why}`);
  return { ...brought, ofImage };
}

/** True where this run brought the image: nothing that the target had before refers to it. */
const isNew = ({ tree }: CopyResult): boolean => tree !== undefined;

/** What came along, before the target lists it: the rest is asked at the target, each thing once. */
const asListed = ({ root }: ImageTree, { ofImage }: TransferredReferrers) => new Map([[root.digest, ofImage]]);

/** The image, all that refers to it, and its signature, read at the target by nothing but their digests. */
async function verify(
  request: PromoteRequest,
  tree: ImageTree,
  copied: CopyResult,
  referrers: TransferredReferrers,
): Promise<void> {
  const { target } = request.destination;
  const { digest } = tree.root;
  const there = cachedSource(target, asListed(tree, referrers));
  const whole = verifyOrMend(request.source, target, copied, copyOptions(request));
  await allSettled<unknown>([whole, verifyReferrers(request, there, digest, referrers.listed)]);
}

async function verifyReferrers(
  { destination, tools }: PromoteRequest,
  there: ImageSource,
  subject: Digest,
  listed: readonly Digest[],
): Promise<void> {
  const { policy } = destination;
  if (policy.signature) {
    const signed = async () => verifyImage(there, subject, policy.signers, tools.verifier);
    await retryCorrupted(signed, "SIGNATURE_INVALID");
  }
  const run = limiter(PARALLEL);
  const look = async (digest: Digest) => {
    if ((await there.resolve(digest)) !== undefined) return;
    throw new DualRegistryError(
      "NOT_FOUND",
      `${there.name}: referrer ${digest} of ${subject} is listed, and not there; attach it anew`,
    );
  };
  // What this run wrote the target has named by its digest; what it only listed may be gone.
  await allSettled(listed.map((digest) => run(() => look(digest))));
}

/** A release record at the target, and what the target must list of the image. */
interface Recorded {
  /** Absent where it was there already. */
  record?: Digest;
  listed: readonly Digest[];
}

async function writeRecord(
  request: PromoteRequest,
  arrived: Arrived,
  report: PhaseReport,
  onProgress: PromoteProgress,
): Promise<Recorded> {
  const { destination, tools } = request;
  const { target, policy } = destination;
  const { tree, copied, referrers } = arrived;
  const subject = subjectOf(tree);
  const written = recordOf(request, arrived);
  const trust = { verifier: tools.verifier, trusted: policy.signers };
  const attached = await attachKnown(isNew(copied) ? referrers.ofImage : undefined, async (known) => {
    const there = cachedSource(target, new Map(known && [[tree.root.digest, known]]));
    const records = await findRecords(there, written.digest, "release", trust);
    if (records.some((each) => counts(each, tools.signer) && sameRelease(each.record, written))) return undefined;
    const artifact = await recordArtifact(target, subject, ["release", written], tools.signer);
    await refuseUncounted(artifact, destination, tools);
    const listed = await there.referrers(written.digest);
    return attachUnlisted(target, [artifact], subject, { listed, blobs: referrers.blobs });
  });
  const record = attached?.descriptors[0]?.digest;
  if (record) onProgress({ record });
  else report.note("the release record is there already");
  const listed = [...referrers.ofImage.map(({ digest }) => digest), ...(record ? [record] : [])];
  const unlisted = [...referrers.unlisted, ...(attached?.unlisted ?? [])];
  await ensureReferrersListed(target, written.digest, listed, unlisted);
  return { ...defined({ record }), listed };
}

function recordOf(request: PromoteRequest, { tree, referrers, scans, signOffs }: Arrived): ReleaseRecord {
  const { from, destination, source, tags, tools } = request;
  return {
    version: 1,
    edge: { from, to: destination.stage },
    source: source.name,
    target: destination.target.name,
    digest: tree.root.digest,
    tags,
    class: destination.class,
    scans,
    ...(signOffs && { signOffs }),
    referrers: sortedDigests(referrers),
    releasedAt: tools.now().toISOString(),
  };
}

/** The same release: neither the moment, nor what came along later, nor a list that was signed again makes it another. */
function sameRelease(one: ReleaseRecord, other: ReleaseRecord): boolean {
  const key = ({ signOffs, ...record }: ReleaseRecord) =>
    JSON.stringify({
      ...{ ...record, tags: [...record.tags].sort(), referrers: [], releasedAt: "" },
      ...(signOffs && { signOffs: { ...signOffs, expires: "" } }),
    });
  return key(one) === key(other);
}
