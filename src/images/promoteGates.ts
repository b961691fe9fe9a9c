import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import { judgeApprovals } from "../domain/flow/judgeApprovals";
import { approvalFactsOf, type SignOffs } from "../domain/flow/signOffs";
import { versionProblems } from "../domain/image/promotionEdge";
import { publishGate } from "../domain/image/publication";
import { type ImageLabels, type ImageTree, LABEL_REVISION, LABEL_VERSION, readLabels } from "../oci";
import { verifyImage } from "../signing";
import { bindingRefusals } from "./gates/labels";
import { excused } from "./gates/openVex";
import { policyNotices, signerProblems } from "./gates/policy";
import { scansProblems } from "./gates/scan";
import { arrivalsAt, type History, historyOf, namedElsewhere, scansOf, takenAt } from "./history";
import type { PhaseReport } from "./phases";
import { refuseTaken, tagStates } from "./tagAndLock";
import type { ScanReport } from "./recordSchemas";
import type { PromoteRequest } from "./types";

/** An image against which no gate stands, with what decided. */
export interface Admitted {
  tree: ImageTree;
  scans: readonly ScanReport[];
  signOffs?: SignOffs;
  /** That all platforms were built from; absent where they differ. */
  commit?: string;
}

/**
 * Asks all gates at the source and says everything that stands against the promotion at once.
 *
 * @throws DualRegistryError GATE_REFUSED with a line a problem, TAG_TAKEN, and what the registries answer
 */
export async function askGates(request: PromoteRequest, tree: ImageTree, report: PhaseReport): Promise<Admitted> {
  const { destination, tools, source } = request;
  const { policy, target, tagRules } = destination;
  const { digest } = tree.root;
  for (const line of policyNotices(destination)) report.note(line);
  const labels = await readLabels(source, digest);
  const commit = commitOf(labels);
  const problems = labelProblems(request, labels, commit);
  // What may not be promoted at all needs no further answer.
  if (problems.length > 0) throw new DualRegistryError("GATE_REFUSED", problems.join("\n"));
  const refused: string[] = [];
  const [signature, approvals, history] = await Promise.all([
    signatureProblems(request, tree),
    judgeSignOffs(request, tree, { commit, note: report.note }),
    historyOf(
      source,
      digest,
      trustOf(request, (line) => void refused.push(line)),
    ),
  ]);
  for (const line of refused) report.note(line);
  const scans = excused(tree, [...request.scans, ...scansOf(history)], request.vex ?? [], tools.now());
  problems.push(...originProblems(request, history, refused), ...signature, ...approvals.problems);
  problems.push(...scansProblems(tree, scans, policy.scan, tools.now()));
  if (problems.length > 0) throw new DualRegistryError("GATE_REFUSED", problems.join("\n"));
  const states = await tagStates(target, digest, request.tags);
  refuseTaken(target, digest, tagRules.regime, states);
  return { tree, scans, ...defined({ signOffs: approvals.signOffs, commit }) };
}

/** The commit that all platforms were built from, which the sign-offs must name; undefined where they differ. */
export function commitOf(labels: readonly ImageLabels[]): string | undefined {
  const [commit, ...others] = new Set(labels.map((one) => one.labels[LABEL_REVISION]));
  return others.length === 0 ? commit : undefined;
}

/** What the labels say against it. */
function labelProblems(
  { binding, destination, repository, tags, version }: PromoteRequest,
  labels: readonly ImageLabels[],
  commit: string | undefined,
): string[] {
  const target = { host: destination.hosts[0] ?? "", repository, tag: tags[0] ?? "" };
  const refusals = bindingRefusals(labels, { image: { binding }, target });
  if (commit === undefined) {
    refusals.push(`Labels: ${LABEL_REVISION} must be one commit on every platform; build all of one commit`);
  }
  const versions = new Set(labels.flatMap((one) => one.labels[LABEL_VERSION] ?? []));
  const wrong = [...versions].flatMap((source) => versionProblems({ source, wanted: version }, destination));
  return [...refusals, ...wrong.map((line) => `Labels: ${line}`)];
}

async function signatureProblems({ destination, source, tools }: PromoteRequest, tree: ImageTree): Promise<string[]> {
  const { policy } = destination;
  const ofSigner = signerProblems(destination, tools);
  if (!policy.signature) return ofSigner;
  try {
    await verifyImage(source, tree.root.digest, policy.signers, tools.verifier);
    return ofSigner;
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.code !== "SIGNATURE_INVALID") throw error;
    return [`Signature: ${error.message}`, ...ofSigner];
  }
}

const ASK_AGAIN = "publish it with --break-glass, or ask for the usual way: dualreg release request";

/** Sign-offs that were asked for, with what stands against them. */
interface JudgedSignOffs {
  problems: readonly string[];
  signOffs?: SignOffs;
}

async function judgeSignOffs(
  { readSignOffs, repository, version, from, destination, tools }: PromoteRequest,
  { root }: ImageTree,
  { commit, note }: { commit: string | undefined; note: PhaseReport["note"] },
): Promise<JudgedSignOffs> {
  const { roles } = destination;
  if (roles.length === 0) return { problems: [] };
  const asked = `${destination.stage} asks for ${roles.join(", ")}`;
  if (readSignOffs === undefined) {
    return { problems: [`Sign-offs: ${asked}; give the signed file with --sign-offs`] };
  }
  const wanted = { repository, digest: root.digest, to: destination.stage };
  try {
    const signOffs = await readSignOffs(wanted);
    const release = { roles, ...wanted, from, version, now: tools.now(), ...defined({ commit }) };
    const { reasons, notes } = judgeApprovals(approvalFactsOf(signOffs, release));
    notes.forEach(note);
    const problems = reasons.map(({ why }) => `Sign-offs: ${why}`);
    // They say nothing of the checks of the stage before, and a promotion's record would not say that either.
    if (signOffs.breakGlass !== undefined) problems.push(`Sign-offs: they are of a break-glass; ${ASK_AGAIN}`);
    return { problems, signOffs };
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.exitCode !== 1) throw error;
    return { problems: [`Sign-offs: ${error.message}`] };
  }
}

const trustOf = ({ destination, tools }: PromoteRequest, onRefused: (line: string) => void) => ({
  verifier: tools.verifier,
  trusted: destination.policy.signers,
  onRefused,
});

/** Refused records that a line tells of. */
const TOLD = 3;

/** An image that was only copied to where it stands has passed no gate there, whatever came along with it. */
function originProblems(
  { source, from, binding, destination }: PromoteRequest,
  history: History,
  refused: readonly string[],
): string[] {
  const { class: imageClass, stage: to } = destination;
  const gate = publishGate(from, destination.stages, { binding });
  const place = { stage: from, class: imageClass, repository: source.name };
  const all = arrivalsAt(history, place);
  const arrivals = takenAt(all, gate);
  const how = `${gate === "promotions" ? "promote" : "publish or promote"} it to ${from} with dualreg image`;
  if (all.length > 0 && arrivals.length === 0) {
    return [`Origin: it was published to ${from}, and a portable image comes there by promotion alone; ${how}`];
  }
  if (arrivals.length === 0) {
    const elsewhere = namedElsewhere(history, place);
    const lines = new Set([...(elsewhere === "" ? [] : [elsewhere]), ...refused]);
    const why = [...lines].slice(0, TOLD).map((line) => `; ${line}`);
    return [`Origin: no record that counts says that it passed the gates of ${from}; ${how}${why.join("")}`];
  }
  if (arrivals.some(({ targets }) => targets?.includes(to) ?? true)) return [];
  return [`Origin: it was published for ${arrivals[0]?.targets?.join(", ") ?? "nothing"}; wanted: ${to}`];
}
