import type { OpType } from "@pulumi/pulumi/automation";
import { UNKNOWN } from "../../../src/base/placeholders";
import { diffRecordings } from "../../../src/preview/change/diff";
import { nameOf } from "../../../src/preview/change/pairResources";
import { loadProviderFacts } from "../../../src/preview/change/providerFacts";
import type { Recording } from "../../../src/preview/recording";
import type { EngineRun } from "./engineRun";

/** What both say of a change: a line a resource that is not left alone, or who refuses. */
export interface Verdict {
  changes: readonly string[];
  refused: readonly string[];
}

/** What a replacement consists of; as a whole it is one step more. */
const PARTS: readonly string[] = ["create-replacement", "delete-replaced", "discard-replaced"] satisfies OpType[];

/**
 * The offline diff of two recordings beside the engine's preview of the same change; equal where they agree.
 * `may-replace` is borne out by a replacement and by an update. What the engine cannot settle is left out: a recording
 * does not tell an output that an update may change from an id, which it never does. So is what changes inside of
 * values that nobody knows offline, such as a text with the id of a workspace in it.
 */
export function verdictPair(
  base: Recording | undefined,
  head: Recording,
  run: EngineRun,
): { offline: Verdict; engine: Verdict } {
  const { changes } = diffRecordings(base, head, loadProviderFacts());
  const own = changes.filter(({ type }) => !type.startsWith("pulumi:"));
  const refused = own.filter((change) => change.refused !== undefined).map(({ name }) => name);
  // A refusal ends the engine's preview where it stands: only who refused can be compared.
  if (run.failure !== undefined || refused.length > 0) {
    return { offline: { changes: [], refused }, engine: { changes: [], refused: refusedBy(run) } };
  }
  const said = new Set(run.changes);
  const isReplaced = (urn: string): boolean => said.has(`replace ${nameOf(urn)}`);
  const hidden = hiddenUpdates(head, run);
  const engine = run.changes.filter((change) => !PARTS.includes(change.split(" ")[0] ?? "") && !hidden.has(change));
  const offline = own.flatMap(({ kind, urn, name }) => {
    if (kind === "state") return [];
    if (kind === "may-replace") return [`${isReplaced(urn) ? "replace" : "update"} ${name}`];
    // What is there already is imported, and updated where it is not as the facts want it.
    if (kind === "create" && said.has(`import ${name}`)) {
      return [`import ${name}`, ...(said.has(`update ${name}`) ? [`update ${name}`] : [])];
    }
    return [`${kind} ${name}`];
  });
  return { offline: { changes: offline.sort(), refused: [] }, engine: { changes: engine, refused: [] } };
}

/** Updates of nothing but inputs that are unknown offline, before and after. */
function hiddenUpdates({ resources }: Recording, run: EngineRun): ReadonlySet<string> {
  const recorded = new Map(resources.map(({ urn, inputs }) => [urn, inputs]));
  const hidden = run.steps.flatMap(({ op, urn, old, new: now }) => {
    if (op !== "update" || !old || !now) return [];
    const text = ({ inputs }: { inputs: Readonly<Record<string, unknown>> }, key: string) =>
      JSON.stringify(inputs[key]);
    const keys = [...new Set([...Object.keys(old.inputs), ...Object.keys(now.inputs)])];
    const differing = keys.filter((key) => text(old, key) !== text(now, key));
    const unknown = differing.length > 0 && differing.every((key) => recorded.get(urn)?.[key] === UNKNOWN);
    return unknown ? [`update ${nameOf(urn)}`] : [];
  });
  return new Set(hidden);
}

function refusedBy(run: EngineRun): readonly string[] {
  const urns = run.events.flatMap(({ diagnosticEvent }) =>
    diagnosticEvent?.severity === "error" && diagnosticEvent.urn ? [diagnosticEvent.urn] : [],
  );
  return [...new Set(urns.map(nameOf))].sort();
}
