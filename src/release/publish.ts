import { copyImage } from "../oci/copy/copyImage";
import { verifyOrMend } from "../oci/copy/verifyOrMend";
import { attachUnlisted, type Artifact, type Attached } from "../oci/artifact";
import { ownBlobs } from "../oci/copy/tree";
import { remembered } from "../oci/remembered";
import type { Signer } from "../signing/contract";
import { signImage } from "../signing/signImage";
import { againIfRefused } from "./againIfRefused";
import { ARTIFACTS, type PublishRecord } from "./contract";
import { finishPhases } from "./finish";
import { keepListed, verifyListed } from "./keepListed";
import type { Phase } from "./phases";
import { PUBLISH_CHECKS } from "./publishCheck";
import { subjectOf, treeOf, type PublishRequest, type PublishState } from "./publishState";
import { counts, findRecords, recordArtifact } from "./records";

const push: Phase<PublishState> = {
  name: "push",
  run: async (state, report) => {
    const { source, destination, tools } = state;
    const tree = treeOf(state);
    report.total(ownBlobs(tree).reduce((sum, { size }) => sum + size, 0));
    state.copied = await copyImage(source, destination.target, tree.root.digest, {
      place: tools.place,
      repository: destination.path,
      onBytes: report.bytes,
    });
    const { sent, mounted, present } = state.copied.outcomes;
    report.note(`${sent} blobs sent, ${mounted} mounted, ${present} there already`);
  },
};

/** The image at its registry, read back by its digest. */
const compare: Phase<PublishState> = {
  name: "compare",
  run: async (state) => {
    const { source, destination, tools } = state;
    const options = { place: tools.place, repository: destination.path };
    await verifyOrMend(source, destination.target, treeOf(state).root.digest, options);
  },
};

/**
 * Scan reports, SBOMs and build metadata as they were given, each a referrer of the image. They come on its list
 * together with the signature.
 */
const attach: Phase<PublishState> = {
  name: "attach",
  run: async (state) => {
    const artifacts: Artifact[] = [
      ...state.scans.map(({ raw }) => ({ artifactType: ARTIFACTS.scan, mediaType: "application/json", bytes: raw })),
      ...state.sboms.map(({ mediaType, bytes }) => ({ artifactType: mediaType, bytes })),
      { artifactType: ARTIFACTS.build, bytes: Buffer.from(JSON.stringify(state.build)) },
    ];
    const { target } = state.destination;
    add(state, await againIfRefused(() => attachUnlisted(target, artifacts, subjectOf(state))));
  },
};

/** The signature, verified as whoever pulls will; then the record, signed alike. */
const sign: Phase<PublishState> = {
  name: "sign and record",
  run: async (state, report) => {
    const { destination, tools } = state;
    const { policy, target } = destination;
    const { signer, verifier } = tools;
    const { digest: subject } = treeOf(state).root;
    if (signer) await addSignature(state, signer);
    if (policy.signature) {
      const { referrers, unlisted = [] } = state;
      await verifyListed(target, subject, referrers, { policy, verifier, unlisted });
      state.unlisted = [];
    }
    const record = recordOf(state);
    const trust = { verifier, trusted: policy.signers, unsigned: !policy.signature };
    const attached = await againIfRefused(async () => {
      const there = remembered(target);
      const records = await findRecords(there, subject, "publish", trust);
      if (records.some((each) => counts(each, signer) && sameRecord(each.record, record))) return undefined;
      const artifact = await recordArtifact(target, subjectOf(state), ["publish", record], signer);
      return attachUnlisted(target, [artifact], subjectOf(state), { listed: await there.referrers(subject) });
    });
    if (!attached) report.note("the record is there already");
    add(state, attached);
    state.listed = state.referrers;
    await keepListed(target, subject, state.listed, state.unlisted);
  },
};

async function addSignature(state: PublishState, signer: Signer): Promise<void> {
  const { destination, tools } = state;
  const known = { verifier: tools.verifier, trusted: destination.policy.signers };
  const signed = await againIfRefused(() => signImage(destination.target, subjectOf(state), signer, known));
  add(state, { descriptors: [signed.descriptor], unlisted: signed.unlisted });
}

function add(state: PublishState, { descriptors, unlisted }: Attached = { descriptors: [], unlisted: [] }): void {
  state.referrers.push(...descriptors.map(({ digest }) => digest));
  state.unlisted = [...(state.unlisted ?? []), ...unlisted];
}

function recordOf(state: PublishState): PublishRecord {
  const { destination, tags, build, targets, tools } = state;
  return {
    version: 1,
    stage: destination.stage,
    class: destination.class,
    repository: destination.target.name,
    digest: treeOf(state).root.digest,
    tags,
    build,
    scans: state.scans.map(({ report }) => report),
    targets,
    publishedAt: tools.now().toISOString(),
  };
}

/** Equal but for the moment. */
const sameRecord = (one: PublishRecord, other: PublishRecord): boolean =>
  JSON.stringify({ ...one, publishedAt: "" }) === JSON.stringify({ ...other, publishedAt: "" });

/**
 * The phases of a publication. Nothing is sent before every gate has spoken; the image stands untagged until its
 * record is there; its tags come last, are locked where the registry can, and are read back.
 */
export function publication(request: PublishRequest): { phases: readonly Phase<PublishState>[]; state: PublishState } {
  const phases = [...PUBLISH_CHECKS, push, compare, attach, sign, ...finishPhases<PublishState>()];
  return { phases, state: { ...request, referrers: [], written: [] } };
}
