import type { EngineEvent, OpType, StepEventMetadata } from "@pulumi/pulumi/automation";
import { UNKNOWN } from "../../../src/base/placeholders";
import { nameOf } from "../../../src/preview/change/pairResources";
import { asRecorded } from "./engineValues";

/** Steps that change nothing. */
const QUIET: readonly OpType[] = ["same", "read"];

/** One run of the engine, whether it ended well or not. */
export class EngineRun {
  /**
   * @param failure what the engine said where it ended badly
   * @param events all of them, in order
   */
  constructor(
    readonly events: readonly EngineEvent[],
    readonly failure: string | undefined,
  ) {}

  /** Everything the engine was about to do, in order; unchanged resources among it. */
  get steps(): readonly StepEventMetadata[] {
    return this.events.flatMap(({ resourcePreEvent }) => resourcePreEvent?.metadata ?? []);
  }

  /** What it did, or would do: `<op> <name>` of whatever is not unchanged, sorted; default providers left out. */
  get changes(): readonly string[] {
    return this.own
      .filter((step) => !isUnsettled(step))
      .map(said)
      .sort();
  }

  /**
   * Updates that only a preview speaks of: an input comes from a resource that is updated, whose outputs azure-native
   * does not know until then. When it comes out as it was, nothing happens.
   */
  get unsettled(): readonly string[] {
    return this.own.filter(isUnsettled).map(said).sort();
  }

  private get own(): readonly StepEventMetadata[] {
    return this.steps.filter(({ op, type }) => !QUIET.includes(op) && !type.startsWith("pulumi:"));
  }

  /** Where the first step of that kind stands among all; -1 where there is none. */
  indexOf(change: string): number {
    return this.steps.findIndex((step) => said(step) === change);
  }

  /** What a refresh found: `<name> <property>` of outputs that differ, `<name> gone` of what is no more. */
  get findings(): readonly string[] {
    const found = this.events.flatMap(({ resOutputsEvent }) => resOutputsEvent?.metadata ?? []);
    return found
      .filter(({ type }) => !type.startsWith("pulumi:"))
      .flatMap(findingsOf)
      .sort();
  }

  /** How many steps of each kind the engine counted at the end. */
  get summary(): Readonly<Partial<Record<OpType, number>>> {
    return this.events.flatMap(({ summaryEvent }) => summaryEvent?.resourceChanges ?? []).at(-1) ?? {};
  }

  /** What it warned of; not that a plugin was found on PATH, where a Pulumi that is built from source has none. */
  get warnings(): readonly string[] {
    const all = this.messages("warning").map((message) => message.trim());
    return all.filter((message) => !/^using pulumi-resource-\S+ from \$PATH/.test(message));
  }

  /** Errors and warnings, as text without colours. */
  messages(severity: "error" | "warning"): readonly string[] {
    const all = this.events.flatMap(({ diagnosticEvent }) => diagnosticEvent ?? []);
    return all.filter((event) => event.severity === severity).map(({ message }) => message.replace(/<\{%.*?%\}>/g, ""));
  }
}

const said = ({ op, urn }: StepEventMetadata): string => `${op} ${nameOf(urn)}`;

function isUnsettled({ op, old, new: now }: StepEventMetadata): boolean {
  if (op !== "update" || old === undefined || now === undefined) return false;
  const texts = ({ inputs }: { inputs: Readonly<Record<string, unknown>> }, key: string): string =>
    JSON.stringify(asRecorded(inputs[key] ?? null));
  const keys = [...new Set([...Object.keys(old.inputs), ...Object.keys(now.inputs)])];
  const differing = keys.filter((key) => texts(old, key) !== texts(now, key));
  return differing.length > 0 && differing.every((key) => texts(now, key).includes(UNKNOWN));
}

function findingsOf({ urn, old, new: now }: StepEventMetadata): string[] {
  const name = nameOf(urn);
  // The engine writes null where a state is absent.
  if (!now || now.id !== old?.id) return [`${name} gone`];
  const outputs = [...new Set([...Object.keys(old.outputs), ...Object.keys(now.outputs)])];
  const differing = outputs.filter((key) => JSON.stringify(old.outputs[key]) !== JSON.stringify(now.outputs[key]));
  return differing.map((key) => `${name} ${key}`);
}
