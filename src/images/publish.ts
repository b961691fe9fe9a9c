import { DualRegistryError } from "../base/errors";
import { retryOn } from "../base/retry";
import type { MappedImage } from "../domain/image/imageClass";
import { type Stage, STAGES } from "../domain/stage";
import { type Artifact, type Attached, attachUnlisted } from "../oci/artifact";
import { remembered } from "../oci/cachedSource";
import { copyImage } from "../oci/copy/copyImage";
import { ownBlobs, readTree } from "../oci/copy/tree";
import { verifyContent, verifyOrMend } from "../oci/copy/verifyCopy";
import { readLabels } from "../oci/labels";
import { signImage } from "../signing/keySigner";
import type { Signer } from "../signing/types";
import { labelProblems } from "./gates/labels";
import { laxities, signerProblems } from "./gates/policy";
import { scansProblems } from "./gates/scan";
import type { Phase } from "./phases";
import { counts, findRecords, recordArtifact } from "./records";
import { keepListed, verifyListed } from "./referrersList";
import { finishPhases, refuseTaken, tagStates } from "./tagAndLock";
import { ARTIFACTS, type PublishRecord, type PublishRequest, type PublishState, subjectOf, treeOf } from "./types";

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
    add(state, await retryOn("REGISTRY_REFUSED", () => attachUnlisted(target, artifacts, subjectOf(state))));
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
    const attached = await retryOn("REGISTRY_REFUSED", async () => {
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
  const signed = await retryOn("REGISTRY_REFUSED", () =>
    signImage(destination.target, subjectOf(state), signer, known),
  );
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

/** Reads the image whole where it is, and believes none of its bytes before their digest was computed. */
const readImage: Phase<PublishState> = {
  name: "read",
  run: async (state, report) => {
    const tree = await readTree(state.source, state.reference);
    await verifyContent(state.source, tree, report);
    state.tree = tree;
  },
};

/** Asks all gates before anything is sent, and says everything that stands against the image at once. */
const askGates: Phase<PublishState> = {
  name: "gates",
  run: async (state, report) => {
    const { destination, tools, build, scans, source } = state;
    for (const line of laxities(destination)) report.note(line);
    const tree = treeOf(state);
    const { policy } = destination;
    const reports = scans.map(({ report }) => report);
    const image = { class: destination.class, binding: state.binding };
    const labels = await readLabels(source, tree.root.digest);
    const problems = [
      ...labelProblems(labels, { image, build, hosts: destination.hosts }).map((line) => `Labels: ${line}`),
      ...scansProblems(tree, reports, policy.scan, tools.now()),
      ...signerProblems(destination, tools),
    ];
    if (problems.length > 0) throw new DualRegistryError("GATE_REFUSED", problems.join("\n"));
    const states = await tagStates(destination.target, tree.root.digest, state.tags);
    refuseTaken(destination.target, tree.root.digest, destination.tagRules.regime, states);
  },
};

/** What comes before the first byte is sent. */
const PUBLISH_CHECKS: readonly Phase<PublishState>[] = [readImage, askGates];

/** Stages that an image published here may be deployed to: this one, and those behind it unless it is stage-bound. */
export function stagesFor(stage: Stage, { binding }: Pick<MappedImage, "binding">): readonly Stage[] {
  return binding === "stage-bound" ? [stage] : STAGES.slice(STAGES.indexOf(stage));
}
