import { copyImage } from "../oci/copy/copyImage";
import { verifyOrMend } from "../oci/copy/verifyOrMend";
import { attachArtifact, type Artifact } from "../oci/artifact";
import { ownBlobs } from "../oci/copy/tree";
import { signImage } from "../signing/signImage";
import { againIfRefused } from "./againIfRefused";
import { ARTIFACTS, type PublishRecord } from "./contract";
import { finishPhases } from "./finish";
import { keepListed, verifyListed } from "./keepListed";
import type { Phase } from "./phases";
import { PUBLISH_CHECKS } from "./publishCheck";
import { subjectOf, treeOf, type PublishRequest, type PublishState } from "./publishState";
import { attachRecord, counts, findRecords } from "./records";

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

/** Scan reports, SBOMs and build metadata as they were given, each a referrer of the image. */
const attach: Phase<PublishState> = {
  name: "attach",
  run: async (state) => {
    const artifacts: Artifact[] = [
      ...state.scans.map(({ raw }) => ({ artifactType: ARTIFACTS.scan, mediaType: "application/json", bytes: raw })),
      ...state.sboms.map(({ mediaType, bytes }) => ({ artifactType: mediaType, bytes })),
      { artifactType: ARTIFACTS.build, bytes: Buffer.from(JSON.stringify(state.build)) },
    ];
    for (const artifact of artifacts) {
      const attachIt = () => attachArtifact(state.destination.target, artifact, subjectOf(state));
      const { digest } = await againIfRefused(attachIt);
      state.referrers.push(digest);
    }
  },
};

/** The signature, verified as whoever pulls will; then the record, signed alike. */
const sign: Phase<PublishState> = {
  name: "sign and record",
  run: async (state, report) => {
    const { destination, tools } = state;
    const { policy, target } = destination;
    const { signer } = tools;
    const known = { verifier: tools.verifier, trusted: policy.signers };
    if (signer) {
      const { digest } = await againIfRefused(() => signImage(target, subjectOf(state), signer, known));
      state.referrers.push(digest);
    }
    if (policy.signature) {
      await verifyListed(target, treeOf(state).root.digest, state.referrers, { policy, verifier: tools.verifier });
    }
    const record = recordOf(state);
    const trust = { verifier: tools.verifier, trusted: policy.signers, unsigned: !policy.signature };
    const attached = await againIfRefused(async () => {
      const there = await findRecords(target, record.digest, "publish", trust);
      if (there.some((each) => counts(each, signer) && sameRecord(each.record, record))) return undefined;
      return attachRecord(target, subjectOf(state), ["publish", record], tools.signer);
    });
    if (attached) state.referrers.push(attached.digest);
    else report.note("the record is there already");
    state.listed = state.referrers;
    await keepListed(target, record.digest, state.listed);
  },
};

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
