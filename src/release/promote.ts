import { copyImage } from "../oci/copy/copyImage";
import { copyReferrers } from "../oci/copy/copyReferrers";
import { ownBlobs } from "../oci/copy/tree";
import { verifyOrMend } from "../oci/copy/verifyOrMend";
import { DualRegistryError } from "../errors";
import { againIfRefused } from "./againIfRefused";
import type { ReleaseRecord } from "./contract";
import { finishPhases } from "./finish";
import { keepListed, verifyListed } from "./keepListed";
import type { Phase } from "./phases";
import { PROMOTE_GATES } from "./promoteGates";
import type { PromoteRequest, PromoteState } from "./promoteState";
import { subjectOf, treeOf } from "./publishState";
import { attachRecord, counts, findRecords } from "./records";

const copyOptions = ({ destination, tools, mountFrom }: PromoteState) => ({
  place: tools.place,
  repository: destination.path,
  ...(mountFrom === undefined ? {} : { mountFrom }),
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

const bringReferrers: Phase<PromoteState> = {
  name: "referrers",
  run: async (state, report) => {
    const subjects = treeOf(state).manifests.map(({ digest }) => digest);
    const { digests } = await copyReferrers(state.source, state.destination.target, subjects, copyOptions(state));
    state.referrers = [...digests].sort();
    const { digest } = treeOf(state).root;
    const own = (await state.source.referrers(digest)).map((referrer) => referrer.digest);
    state.listed = own.filter((referrer) => digests.includes(referrer));
    report.note(`${digests.length} signatures, records and SBOMs`);
  },
};

/** The image, all that refers to it, and its signature, read at the target by nothing but their digests. */
const verify: Phase<PromoteState> = {
  name: "verify",
  run: async (state) => {
    const { destination, tools, referrers } = state;
    const { target, policy } = destination;
    const { root } = treeOf(state);
    await verifyOrMend(state.source, target, root.digest, copyOptions(state));
    for (const digest of referrers) {
      if ((await target.resolve(digest)) !== undefined) continue;
      throw new DualRegistryError("NOT_FOUND", `${target.name}: referrer ${digest} of ${root.digest} did not arrive`);
    }
    if (policy.signature) {
      await verifyListed(target, root.digest, state.listed ?? [], { policy, verifier: tools.verifier });
    }
  },
};

const record: Phase<PromoteState> = {
  name: "record",
  run: async (state, report) => {
    const { destination, tools } = state;
    const { target, policy } = destination;
    const written = recordOf(state);
    const trust = { verifier: tools.verifier, trusted: policy.signers, unsigned: !policy.signature };
    const attached = await againIfRefused(async () => {
      const there = await findRecords(target, written.digest, "release", trust);
      if (there.some((each) => counts(each, tools.signer) && sameRelease(each.record, written))) return undefined;
      return attachRecord(target, subjectOf(state), ["release", written], tools.signer);
    });
    if (attached) state.record = attached.digest;
    else report.note("the release record is there already");
    state.listed = [...(state.listed ?? []), ...(attached ? [attached.digest] : [])];
    await keepListed(target, written.digest, state.listed);
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
  const phases = [...PROMOTE_GATES, copy, bringReferrers, verify, record, ...finishPhases<PromoteState>()];
  return { phases, state: { ...request, referrers: [], written: [] } };
}
