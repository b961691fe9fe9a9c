import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { RecordedLog, RecordedRead, RecordedReference, RecordedResource, Recording } from "../recording";
import { STACK_TYPE } from "./urn";
import { decodeFields } from "./wire";

/** What one child has sent so far; the services write it, {@link StageRecord.finish} turns it into a recording. */
export class StageRecord {
  readonly resources = new Map<string, RecordedResource>();
  readonly reads: RecordedRead[] = [];
  readonly references: RecordedReference[] = [];
  readonly logs: RecordedLog[] = [];
  readonly calls = new Set<string>();
  /** What the recorder refused to do: any of these fails the stage, whatever the program made of the answer. */
  readonly refusals: string[] = [];
  /** Messages of reads that failed only because the referenced stage failed. */
  readonly consequences: string[] = [];
  /** When the program last registered something, as `Date.now()` tells it. */
  lastSign = Date.now();
  /** URN of the stack's own resource; empty until it is registered. */
  stackUrn = "";
  /** The stack's outputs as they came over the wire, for stages that refer to this one. */
  stackOutputs: Struct | undefined;

  constructor(
    readonly project: string,
    readonly stack: string,
  ) {}

  /** Adds a registration; false when its URN is taken. */
  add(resource: RecordedResource): boolean {
    this.lastSign = Date.now();
    if (this.resources.has(resource.urn)) return false;
    this.resources.set(resource.urn, resource);
    if (resource.type === STACK_TYPE) this.stackUrn = resource.urn;
    return true;
  }

  /** Attaches what `registerOutputs` gave; false when no such resource was registered. */
  addOutputs(urn: string, outputs: Struct | undefined): boolean {
    const resource = this.resources.get(urn);
    if (resource === undefined) return false;
    if (urn === this.stackUrn) this.stackOutputs = outputs;
    else resource.outputs = decodeFields(outputs);
    return true;
  }

  /** The whole recording, sorted so that two runs of the same program are equal. */
  finish(): Recording {
    const byUrn = (a: { urn: string }, b: { urn: string }): number => (a.urn < b.urn ? -1 : 1);
    const byName = (a: RecordedReference, b: RecordedReference): number => (a.name < b.name ? -1 : 1);
    return {
      project: this.project,
      stack: this.stack,
      resources: [...this.resources.values()].sort(byUrn),
      references: [...this.references].sort(byName),
      ...(this.reads.length > 0 ? { reads: [...this.reads].sort(byUrn) } : {}),
      ...(this.calls.size > 0 ? { calls: [...this.calls].sort() } : {}),
      outputs: decodeFields(this.stackOutputs),
      logs: this.logs,
    };
  }
}
