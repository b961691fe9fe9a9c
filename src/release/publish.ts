import { copyImage } from "../oci/copy/copyImage";
import { verifyCopy } from "../oci/copy/verifyCopy";
import { attachArtifact, type Artifact } from "../oci/artifact";
import { ownBlobs } from "../oci/copy/tree";
import { signImage } from "../signing/signImage";
import { verifyImage } from "../signing/verifyImage";
import { ARTIFACTS, type PublishRecord } from "./contract";
import { finishPhases } from "./finish";
import type { Phase } from "./phases";
import { PUBLISH_CHECKS } from "./publishCheck";
import { subjectOf, treeOf, type PublishRequest, type PublishState } from "./publishState";
import { attachRecord, findRecords } from "./records";

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
    await verifyCopy(state.destination.target, treeOf(state).root.digest);
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
      const { digest } = await attachArtifact(state.destination.target, artifact, subjectOf(state));
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
    if (tools.signer) state.referrers.push((await signImage(target, subjectOf(state), tools.signer)).digest);
    if (policy.signature) await verifyImage(target, treeOf(state).root.digest, policy.signers, tools.verifier);
    const record = recordOf(state);
    const trust = { verifier: tools.verifier, trusted: policy.signers, unsigned: !policy.signature };
    const known = await findRecords(target, record.digest, "publish", trust);
    if (known.some((each) => sameRecord(each.record, record))) report.note("the record is there already");
    else state.referrers.push((await attachRecord(target, subjectOf(state), ["publish", record], tools.signer)).digest);
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
