import { isDigest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import type { BuildSignOffReader } from "../domain/flow/signOffs";
import { formsOf, tagAllowed } from "../domain/image/tags";
import { type ImageLabels, type ImageSource, type ImageTree, readLabels, readTree } from "../oci";
import { type Verifier, verifyImage } from "../signing";
import { misplacedProblems } from "./gates/labels";
import { judgeBuild } from "./gates/publishGate";
import { scansProblems } from "./gates/scan";
import { type Arrival, arrivalsAt, type History, historyOf, scansOf, takenAt } from "./history";
import { commitOf } from "./promoteGates";
import type { ScanReport } from "./recordSchemas";
import { REMOVE_UNGATED, tagStates } from "./tagAndLock";
import type { Destination } from "./types";

/** One gate of an import: whether the image passed it, or why it was not asked. */
export interface ImportGate {
  gate: "map" | "tag" | "labels" | "signature" | "record" | "scan";
  state: "passed" | "skipped" | "refused";
  why: string;
}

/** An image that is to be brought back to a stage's registry, or into its first or entry stage. */
export interface ImportRequest {
  source: ImageSource;
  /** Tag or digest in the source. */
  reference: string;
  binding: "portable" | "stage-bound";
  destination: Destination;
  /** Whether a tag may be moved where the regime lets it. */
  moveTags: boolean;
  /** Scans made since. */
  scans: readonly ScanReport[];
  readSignOffs?: BuildSignOffReader;
  verifier: Verifier;
  now: Date;
}

const passed = (gate: ImportGate["gate"], why: string): ImportGate => ({ gate, state: "passed", why });
const skipped = (gate: ImportGate["gate"], why: string): ImportGate => ({ gate, state: "skipped", why });
const refused = (gate: ImportGate["gate"], why: string): ImportGate => ({ gate, state: "refused", why });

/** Passed where nothing stands against it. */
const judged = (gate: ImportGate["gate"], problems: readonly string[], why: string): ImportGate =>
  problems.length === 0 ? passed(gate, why) : refused(gate, problems.join("; "));

/**
 * Asks the gates of a publication of an image that somebody exported: it goes where it may be published, by the same
 * gates, and elsewhere only back to where a trusted record says that it was promoted.
 *
 * @throws DualRegistryError what source and registry answer
 */
export async function importGates(request: ImportRequest): Promise<ImportGate[]> {
  const { source, reference, destination, verifier } = request;
  const { policy, stage, class: imageClass, target, repository } = destination;
  const tree = await readTree(source, reference);
  const trust = { verifier, trusted: policy.signers };
  const [labels, history] = await Promise.all([
    readLabels(source, tree.root.digest),
    historyOf(source, tree.root.digest, trust),
  ]);
  const all = arrivalsAt(history, { stage, class: imageClass, repository: target.name });
  const arrivals = takenAt(all, destination.gate).filter(
    ({ tags }) => isDigest(reference) || destination.tagRules.regime === "mutable" || tags.includes(reference),
  );
  return [
    passed("map", `${repository} is of class ${imageClass}`),
    await tagGate(request, tree),
    judged(
      "labels",
      misplacedProblems(labels, { image: { class: imageClass, binding: request.binding }, hosts: destination.hosts }),
      `of a ${request.binding} image`,
    ),
    await signatureGate(request, tree),
    await recordGate(request, arrivals, labels),
    scanGate(request, tree, { arrivals, history }),
  ];
}

async function tagGate({ reference, destination, moveTags }: ImportRequest, tree: ImageTree): Promise<ImportGate> {
  const { tagRules, stage, target } = destination;
  if (isDigest(reference)) return skipped("tag", "it comes by its digest, and gets no tag");
  if (!tagAllowed(tagRules, reference)) return refused("tag", `${stage} takes ${formsOf(tagRules)}`);
  const { taken } = await tagStates(target, tree.root.digest, [reference]);
  const [other] = taken;
  if (other === undefined) return passed("tag", `${reference}, which stands for no other image`);
  const stands = `it stands for ${other.digest}`;
  if (tagRules.regime === "immutable") {
    return refused("tag", `${stands}, and tags of ${stage} never move, with --move-tags or without; ${REMOVE_UNGATED}`);
  }
  return moveTags ? passed("tag", `${stands}, and is moved`) : refused("tag", `${stands}; --move-tags moves it`);
}

async function signatureGate({ source, destination, verifier }: ImportRequest, tree: ImageTree): Promise<ImportGate> {
  const { policy, stage } = destination;
  if (!policy.signature) return skipped("signature", `${stage} asks for none`);
  try {
    await verifyImage(source, tree.root.digest, policy.signers, verifier);
    return passed("signature", "by a trusted signer");
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.code !== "SIGNATURE_INVALID") throw error;
    return refused("signature", error.message);
  }
}

/** How it came to this place before, or who lets it in now. */
async function recordGate(
  { reference, destination, readSignOffs, now }: ImportRequest,
  [arrival]: readonly Arrival[],
  labels: readonly ImageLabels[],
): Promise<ImportGate> {
  const { gate, stage, roles } = destination;
  if (gate === "open") return skipped("record", `images come to ${stage} without gates`);
  if (arrival !== undefined) return passed("record", arrival.what);
  if (gate === "promotions") {
    const why = `no trusted record says that it was promoted there as ${reference}`;
    return refused("record", `${why}, and images come to ${stage} by promotion alone: dualreg image promote`);
  }
  if (roles.length === 0) return skipped("record", `none is of ${stage}, which asks for no sign-off`);
  const commit = commitOf(labels) ?? "";
  const tags = isDigest(reference) ? [] : [reference];
  const build = { destination, commit, tags, now, ...(readSignOffs && { readSignOffs }) };
  const { problems } = await judgeBuild(build, () => undefined);
  return judged("record", problems, `none is of ${stage}; the sign-offs of its build let it in`);
}

/** By the scans that let it in where it was there before, since age is a gate's matter; else by the newest there are. */
function scanGate(
  { destination, scans, now }: ImportRequest,
  tree: ImageTree,
  { arrivals, history }: { arrivals: readonly Arrival[]; history: History },
): ImportGate {
  const { policy, stage } = destination;
  if (policy.scan === undefined) return skipped("scan", `${stage} asks for none`);
  const returns = arrivals.length > 0 && scans.length === 0;
  const limits = returns ? { ...policy.scan, maxAgeHours: Number.MAX_SAFE_INTEGER } : policy.scan;
  const known = returns ? arrivals.flatMap((arrival) => arrival.scans) : [...scans, ...scansOf(history)];
  const why = returns ? "by the scan of the record, whatever its age" : `at most ${policy.scan.maxAgeHours} h old`;
  return judged("scan", scansProblems(tree, known, limits, now), why);
}
