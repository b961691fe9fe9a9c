import { DualRegistryError } from "../errors";
import { readLabels } from "../oci/readLabels";
import { readTree } from "../oci/copy/tree";
import { verifyContent } from "../oci/copy/verifyContent";
import { labelProblems } from "./gates/labelGate";
import type { Phase } from "./phases";
import { laxities } from "./laxities";
import { treeOf, type PublishState } from "./publishState";
import { scansProblems } from "./scanCoverage";
import { signerProblems } from "./signerProblems";
import { refuseTaken, tagStates } from "./tagging";

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
export const PUBLISH_CHECKS: readonly Phase<PublishState>[] = [readImage, askGates];
