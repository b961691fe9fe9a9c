import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import { judgeApprovals } from "../domain/flow/judgeApprovals";
import { approvalFactsOf, type SignOffs } from "../domain/flow/signOffs";
import { versionProblems } from "../domain/image/promotionEdge";
import { readTree } from "../oci/copy/tree";
import { LABEL_REVISION, LABEL_VERSION, readLabels } from "../oci/labels";
import { verifyImage } from "../signing/verifyImage";
import { bindingRefusals } from "./gates/labels";
import { laxities, signerProblems } from "./gates/policy";
import { scansProblems } from "./gates/scan";
import { arrivalsAt, type History, historyOf, scansOf } from "./history";
import type { Phase } from "./phases";
import type { PromoteState } from "./promote";
import { refuseTaken, tagStates } from "./tagAndLock";
import { treeOf } from "./types";

const readImage: Phase<PromoteState> = {
  name: "read",
  run: async (state) => {
    state.tree = await readTree(state.source, state.reference);
  },
};

/** Asks all gates at the source and says everything that stands against the promotion at once. */
const askGates: Phase<PromoteState> = {
  name: "gates",
  run: async (state, report) => {
    const { destination, tools } = state;
    const tree = treeOf(state);
    const { policy } = destination;
    for (const line of laxities(destination, state.roles)) report.note(line);
    const problems = await bindingProblems(state);
    // What may not be promoted at all needs no further answer.
    if (problems.length > 0) throw new DualRegistryError("GATE_REFUSED", problems.join("\n"));
    const [signature, signOffs, history] = await Promise.all([
      signatureProblems(state),
      approvals(state, report.note),
      historyOf(state.source, tree.root.digest, trustOf(state, report.note)),
    ]);
    const scans = [...state.scans, ...scansOf(history)];
    problems.push(...originProblems(state, history), ...signature, ...signOffs.problems);
    problems.push(...scansProblems(tree, scans, policy.scan, tools.now()));
    if (problems.length > 0) throw new DualRegistryError("GATE_REFUSED", problems.join("\n"));
    state.evidence = { scans, ...(signOffs.found && { signOffs: signOffs.found }) };
    const states = await tagStates(destination.target, tree.root.digest, state.tags);
    refuseTaken(destination.target, tree.root.digest, destination.tagRules.regime, states);
  },
};

/** What the labels say against it; on the way they tell the commit, which the sign-offs must name. */
async function bindingProblems(state: PromoteState): Promise<string[]> {
  const { source, binding, destination, repository, tags, version } = state;
  const labels = await readLabels(source, treeOf(state).root.digest);
  const target = { host: destination.hosts[0] ?? "", repository, tag: tags[0] ?? "" };
  const refusals = bindingRefusals(labels, { image: { binding }, target });
  const [commit, ...others] = new Set(labels.map((one) => one.labels[LABEL_REVISION]));
  if (commit !== undefined && others.length === 0) state.commit = commit;
  else refusals.push(`Labels: ${LABEL_REVISION} must be one commit on every platform; build all of one commit`);
  const versions = new Set(labels.flatMap((one) => one.labels[LABEL_VERSION] ?? []));
  const wrong = [...versions].flatMap((source) => versionProblems({ source, wanted: version }));
  return [...refusals, ...wrong.map((line) => `Labels: ${line}`)];
}

async function signatureProblems({ destination, source, tools, tree }: PromoteState): Promise<string[]> {
  const { policy } = destination;
  if (!policy.signature || tree === undefined) return [];
  const own = signerProblems(destination, tools);
  try {
    await verifyImage(source, tree.root.digest, policy.signers, tools.verifier);
    return own;
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.code !== "SIGNATURE_INVALID") throw error;
    return [`Signature: ${error.message}`, ...own];
  }
}

async function approvals(state: PromoteState, note: (line: string) => void): Promise<Approvals> {
  const { roles, readSignOffs, repository, version, from, destination, tree, tools, commit } = state;
  if (roles.length === 0 || tree === undefined) return { problems: [] };
  const asked = `${destination.stage} asks for ${roles.join(", ")}`;
  if (readSignOffs === undefined) {
    return { problems: [`Sign-offs: ${asked}; give the signed file with --sign-offs`] };
  }
  const wanted = { repository, digest: tree.root.digest, to: destination.stage };
  try {
    const found = await readSignOffs(wanted);
    const release = { roles, ...wanted, from, version, now: tools.now(), ...defined({ commit }) };
    const { reasons, notes } = judgeApprovals(approvalFactsOf(found, release));
    notes.forEach(note);
    return { problems: reasons.map(({ why }) => `Sign-offs: ${why}`), found };
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.exitCode !== 1) throw error;
    return { problems: [`Sign-offs: ${error.message}`] };
  }
}

interface Approvals {
  problems: string[];
  found?: SignOffs;
}

const trustOf = ({ destination, tools }: PromoteState, onRefused: (line: string) => void) => ({
  verifier: tools.verifier,
  trusted: destination.policy.signers,
  unsigned: !destination.policy.signature,
  onRefused,
});

/** An image that was only copied to where it stands has passed no gate there, whatever came along with it. */
function originProblems({ source, from, destination }: PromoteState, history: History): string[] {
  const { class: imageClass, stage: to } = destination;
  const arrivals = arrivalsAt(history, { stage: from, class: imageClass, repository: source.name });
  const how = `publish or promote it to ${from} with dualreg image`;
  if (arrivals.length === 0) return [`Origin: no record says that it passed the gates of ${from}; ${how}`];
  if (arrivals.some(({ targets }) => targets?.includes(to) ?? true)) return [];
  return [`Origin: it was published for ${arrivals[0]?.targets?.join(", ") ?? "nothing"}; wanted: ${to}`];
}

/** What comes before the first byte is sent. */
export const PROMOTE_GATES: readonly Phase<PromoteState>[] = [readImage, askGates];
