import { DualRegistryError } from "../errors";
import { LABEL_REVISION } from "../oci/labels";
import { readLabels } from "../oci/readLabels";
import { readTree } from "../oci/copy/tree";
import { verifyImage } from "../signing/verifyImage";
import type { ScanReport, SignOffs } from "./contract";
import { bindingRefusals } from "./gates/bindingGate";
import { signOffProblems } from "./gates/signOffGate";
import type { Phase } from "./phases";
import type { PromoteState } from "./promoteState";
import { treeOf } from "./publishState";
import { findRecords } from "./records";
import { scansProblems } from "./scanCoverage";
import { refuseTaken, tagStates } from "./tagging";

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
    const problems = await bindingProblems(state);
    // What may not be promoted at all needs no further answer.
    if (problems.length > 0) throw new DualRegistryError("GATE_REFUSED", problems.join("\n"));
    const [signature, signOffs, scans] = await Promise.all([
      signatureProblems(state),
      approvals(state, report.note),
      scansOf(state, report.note),
    ]);
    problems.push(...signature, ...signOffs.problems, ...scansProblems(tree, scans, policy.scan, tools.now()));
    if (problems.length > 0) throw new DualRegistryError("GATE_REFUSED", problems.join("\n"));
    state.evidence = { scans, ...(signOffs.found && { signOffs: signOffs.found }) };
    const states = await tagStates(destination.target, tree.root.digest, state.tags);
    refuseTaken(destination.target, tree.root.digest, destination.tagRules.regime, states);
  },
};

/** What the labels say against it; on the way they tell the commit, which the sign-offs must name. */
async function bindingProblems(state: PromoteState): Promise<string[]> {
  const { source, binding, destination, repository, tags } = state;
  const labels = await readLabels(source, treeOf(state).root.digest);
  const commits = new Set(labels.flatMap((one) => one.labels[LABEL_REVISION] ?? []));
  const [commit] = commits;
  if (commit !== undefined && commits.size === 1) state.commit = commit;
  const target = { host: destination.hosts[0] ?? "", repository, tag: tags[0] ?? "" };
  return bindingRefusals(labels, { image: { binding }, target });
}

async function signatureProblems({ destination, source, tools, tree }: PromoteState): Promise<string[]> {
  const { policy } = destination;
  if (!policy.signature || tree === undefined) return [];
  const own =
    tools.signer === undefined
      ? [`Signature: the release record of class ${destination.class} needs one; give --key or --keyless`]
      : [];
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
    const facts = { roles, ...wanted, from, version, now: tools.now(), ...(commit === undefined ? {} : { commit }) };
    const { problems, notes } = signOffProblems(found, facts);
    notes.forEach(note);
    return { problems: problems.map((line) => `Sign-offs: ${line}`), found };
  } catch (error) {
    if (!(error instanceof DualRegistryError) || error.exitCode !== 1) throw error;
    return { problems: [`Sign-offs: ${error.message}`] };
  }
}

interface Approvals {
  problems: string[];
  found?: SignOffs;
}

/** The scans that count: those given now or, where none was, those of the record of the publication. */
async function scansOf(state: PromoteState, note: (line: string) => void): Promise<readonly ScanReport[]> {
  const { scans, source, destination, tools, tree } = state;
  if (scans.length > 0 || destination.policy.scan === undefined || tree === undefined) return scans;
  const { policy } = destination;
  const trust = { verifier: tools.verifier, trusted: policy.signers, unsigned: !policy.signature, onRefused: note };
  const records = await findRecords(source, tree.root.digest, "publish", trust);
  return records.flatMap(({ record }) => record.scans);
}

/** What comes before the first byte is sent. */
export const PROMOTE_GATES: readonly Phase<PromoteState>[] = [readImage, askGates];
