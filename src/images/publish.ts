import { defined } from "../base/defined";
import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import type { MappedImage } from "../domain/image/imageClass";
import type { Stage } from "../domain/stage";
import {
  type Artifact,
  type Attached,
  attachUnlisted,
  copyImage,
  type CopyResult,
  type Descriptor,
  type ImageTree,
  ownBlobs,
  readLabels,
  readTree,
  cachedSource,
  verifyContent,
  verifyOrMend,
} from "../oci";
import { type Signer, signImage } from "../signing";
import { labelProblems } from "./gates/labels";
import { excused } from "./gates/openVex";
import { policyNotices, refuseUncounted, signerProblems } from "./gates/policy";
import { judgePublication, type PublishApproval } from "./gates/publishGate";
import { scansProblems } from "./gates/scan";
import type { PhaseReport, RunPhase, Transaction } from "./phases";
import { counts, findRecords, recordArtifact } from "./records";
import { attachKnown, ensureReferrersListed, verifyListed } from "./referrersList";
import { FINAL_PHASES, type Recorded, refuseTaken, tagAndLock, tagStates } from "./tagAndLock";
import { ARTIFACTS, type BreakGlass, type PublishRecord, type ScanReport } from "./recordSchemas";
import { type PublishRequest, subjectOf } from "./types";

/** The phases of a publication up to its tags, in their order. */
const BY_DIGEST = ["read", "gates", "push", "compare", "attach", "sign and record"] as const;
/** The phases of a publication, in their order. */
const PHASES = [...BY_DIGEST, ...FINAL_PHASES] as const;

/** What a publication did. */
export interface Published {
  digest: Digest;
  copied: CopyResult;
  /** Digests of what was attached. */
  referrers: readonly Digest[];
  /** Null where the tags may move, and where none was placed. */
  locked: boolean | null;
  /** Present where it came past the stages before. */
  breakGlass?: BreakGlass;
  /** What its tags take, or took. */
  recorded: Recorded;
}

/**
 * A publication. Nothing is sent before every gate has spoken; the image stands untagged until its record is there; its
 * tags come last, are locked where the registry can, and are read back. With `byDigest` it ends before the tags.
 */
export function publication(request: PublishRequest): Transaction<Published> {
  return { phases: request.byDigest ? BY_DIGEST : PHASES, run: (phase) => publish(request, phase) };
}

async function publish(request: PublishRequest, phase: RunPhase<(typeof PHASES)[number]>): Promise<Published> {
  const { destination, tags } = request;
  const tree = await phase("read", (report) => readImage(request, report));
  const admitted = await phase("gates", (report) => askGates(request, tree, report));
  const pushed = await phase("push", (report) => push(request, admitted, report));
  await phase("compare", () => compare(request, pushed));
  const attached = await phase("attach", () => attach(request, pushed));
  const referrers = await phase("sign and record", (report) => signAndRecord(request, attached, report));
  const { breakGlass } = admitted.approval;
  const recorded: Recorded = { destination, tags, tree, referrers };
  const locked = request.byDigest ? null : await tagAndLock(recorded, phase);
  return { digest: tree.root.digest, copied: pushed.copied, referrers, locked, recorded, ...defined({ breakGlass }) };
}

/** Reads the image whole where it is, and believes none of its bytes before their digest was computed. */
async function readImage({ source, reference }: PublishRequest, report: PhaseReport): Promise<ImageTree> {
  const tree = await readTree(source, reference);
  await verifyContent(source, tree, report);
  return tree;
}

/** An image against which no gate stands. */
interface Admitted {
  tree: ImageTree;
  /** As they decided, each hidden finding with its reason. */
  judged: readonly ScanReport[];
  approval: PublishApproval;
}

/** Asks all gates before anything is sent, and says everything that stands against the image at once. */
async function askGates(request: PublishRequest, tree: ImageTree, report: PhaseReport): Promise<Admitted> {
  const { destination, tools, build, scans, source, binding, tags } = request;
  for (const line of policyNotices(destination)) report.note(line);
  const { policy, target, tagRules } = destination;
  const image = { class: destination.class, binding };
  const labels = await readLabels(source, tree.root.digest);
  const approval = await judgePublication(request, tree, report.note);
  const given = scans.map((scan) => scan.report);
  const judged = excused(tree, given, request.vex ?? [], tools.now());
  const problems = [
    ...approval.problems,
    ...labelProblems(labels, { image, build, hosts: destination.hosts }).map((line) => `Labels: ${line}`),
    ...scansProblems(tree, judged, policy.scan, tools.now()),
    ...signerProblems(destination, tools),
  ];
  if (problems.length > 0) throw new DualRegistryError("GATE_REFUSED", problems.join("\n"));
  const states = await tagStates(target, tree.root.digest, tags);
  refuseTaken(target, tree.root.digest, tagRules.regime, states);
  return { tree, judged, approval };
}

/** The image at its registry. */
interface Pushed extends Admitted {
  copied: CopyResult;
}

async function push(
  { source, destination, tools }: PublishRequest,
  { tree, ...admitted }: Admitted,
  report: PhaseReport,
): Promise<Pushed> {
  report.total(ownBlobs(tree).reduce((sum, { size }) => sum + size, 0));
  const copied = await copyImage(source, destination.target, tree.root.digest, {
    throttle: tools.throttle,
    repository: destination.path,
    onBytes: report.bytes,
  });
  const { sent, mounted, present } = copied.outcomes;
  report.note(`${sent} blobs sent, ${mounted} mounted, ${present} there already`);
  return { tree, ...admitted, copied };
}

/** The image at its registry, read back by its digest. */
async function compare({ source, destination, tools }: PublishRequest, { copied }: Pushed): Promise<void> {
  const options = { throttle: tools.throttle, repository: destination.path };
  await verifyOrMend(source, destination.target, copied, options);
}

/** What was attached to an image. */
interface AttachedTo extends Attached, Admitted {
  /** Whether this run brought the image: then nothing that the target had before refers to it. */
  isNew: boolean;
}

/**
 * Scan reports, SBOMs and build metadata as they were given, each a referrer of the image. They come on its list
 * together with the signature.
 */
async function attach(
  { scans, sboms, build, destination }: PublishRequest,
  { tree, judged, approval, copied }: Pushed,
): Promise<AttachedTo> {
  const artifacts: Artifact[] = [
    ...scans.map(({ raw }) => ({ artifactType: ARTIFACTS.scan, mediaType: "application/json", bytes: raw })),
    ...sboms.map(({ mediaType, bytes }) => ({ artifactType: mediaType, bytes })),
    { artifactType: ARTIFACTS.build, bytes: Buffer.from(JSON.stringify(build)) },
  ];
  const subject = subjectOf(tree);
  const isNew = copied.tree !== undefined;
  const attached = await attachKnown(isNew ? [] : undefined, (listed) =>
    attachUnlisted(destination.target, artifacts, subject, defined({ listed })),
  );
  return { ...attached, tree, judged, approval, isNew };
}

/** The signature, verified as whoever pulls will; then the record, signed alike. @returns all that refers to the image */
async function signAndRecord(
  request: PublishRequest,
  { tree, judged, approval, isNew, ...attached }: AttachedTo,
  report: PhaseReport,
): Promise<readonly Digest[]> {
  const { destination, tools } = request;
  const { policy, target } = destination;
  const { signer, verifier } = tools;
  const { digest } = tree.root;
  const before = isNew ? attached.descriptors : undefined;
  const signed = signer ? joined(attached, await addSignature(request, tree, signer, before)) : attached;
  if (policy.signature) {
    await verifyListed(target, digest, digestsOf(signed), { policy, verifier, unlisted: signed.unlisted });
  }
  const record = recordOf(request, { tree, judged, approval });
  // Whoever signs nothing is content with a record that nobody signed: it is not written a second time.
  const trust = { verifier, trusted: signer ? policy.signers : [] };
  const recorded = await attachKnown(isNew ? signed.descriptors : undefined, async (listed) => {
    const there = cachedSource(target, new Map(listed && [[digest, listed]]));
    const records = await findRecords(there, digest, "publish", trust);
    if (records.some((each) => counts(each, signer) && sameRecord(each.record, record))) return undefined;
    const artifact = await recordArtifact(target, subjectOf(tree), ["publish", record], signer);
    await refuseUncounted(artifact, destination, tools);
    return attachUnlisted(target, [artifact], subjectOf(tree), { listed: await there.referrers(digest) });
  });
  if (!recorded) report.note("the record is there already");
  // What was verified is listed already.
  const rest = policy.signature ? { ...signed, unlisted: [] } : signed;
  const all = recorded ? joined(rest, recorded) : rest;
  const referrers = digestsOf(all);
  await ensureReferrersListed(target, digest, referrers, all.unlisted);
  return referrers;
}

async function addSignature(
  { destination, tools }: PublishRequest,
  tree: ImageTree,
  signer: Signer,
  before: readonly Descriptor[] | undefined,
): Promise<Attached> {
  const known = { verifier: tools.verifier, trusted: destination.policy.signers };
  const { descriptor, unlisted } = await attachKnown(before, (listed) =>
    signImage(destination.target, subjectOf(tree), signer, known, listed),
  );
  return { descriptors: [descriptor], unlisted };
}

const joined = (one: Attached, other: Attached): Attached => ({
  descriptors: [...one.descriptors, ...other.descriptors],
  unlisted: [...one.unlisted, ...other.unlisted],
});

const digestsOf = ({ descriptors }: Attached): readonly Digest[] => descriptors.map(({ digest }) => digest);

function recordOf(request: PublishRequest, { tree, judged, approval }: Admitted): PublishRecord {
  const { destination, tags, build, targets, tools } = request;
  return {
    version: 1,
    stage: destination.stage,
    class: destination.class,
    repository: destination.target.name,
    digest: tree.root.digest,
    tags,
    build,
    scans: judged,
    targets,
    ...defined({ signOffs: approval.signOffs, breakGlass: approval.breakGlass }),
    publishedAt: tools.now().toISOString(),
  };
}

/** Equal but for the moment. */
const sameRecord = (one: PublishRecord, other: PublishRecord): boolean =>
  JSON.stringify({ ...one, publishedAt: "" }) === JSON.stringify({ ...other, publishedAt: "" });

/** Stages that an image published here may be deployed to: this one, and those behind it unless it is stage-bound. */
export function stagesFor(
  stage: Stage,
  stages: readonly Stage[],
  { binding }: Pick<MappedImage, "binding">,
): readonly Stage[] {
  return binding === "stage-bound" ? [stage] : stages.slice(stages.indexOf(stage));
}
