import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { RecordedLog, RecordedRead, RecordedReference, RecordedResource, Recording } from "../recording";
import { decodeFields } from "./wire";

/** The type of the resource that stands for the stack itself (Pulumi, resource/stack.go). */
export const STACK_TYPE = "pulumi:pulumi:Stack";

/** Where a resource stands: the parts the engine builds its URN from. */
export interface Place {
  stack: string;
  project: string;
  /** URN of the parent; empty for the stack itself. */
  parent: string;
  type: string;
  name: string;
}

/**
 * The URN as the engine builds it: `urn:pulumi:<stack>::<project>::<parent's types>$<type>::<name>`; the stack's own type
 * is not among the parent's types.
 */
export function buildUrn(place: Place): string {
  const parentTypes = place.parent === "" ? "" : qualifiedType(place.parent);
  const types = parentTypes === "" || parentTypes === STACK_TYPE ? place.type : `${parentTypes}$${place.type}`;
  return `urn:pulumi:${place.stack}::${place.project}::${types}::${place.name}`;
}

/** The third part of a URN: the types from the outermost parent to the resource, joined by `$`. */
function qualifiedType(urn: string): string {
  return urn.split("::")[2] ?? "";
}

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
    /** What the stage's configuration tells providers; see {@link Recording.providers}. */
    readonly providers: Readonly<Record<string, string>> = {},
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
      ...(Object.keys(this.providers).length > 0 ? { providers: this.providers } : {}),
      ...(this.calls.size > 0 ? { calls: [...this.calls].sort() } : {}),
      outputs: decodeFields(this.stackOutputs),
      logs: this.logs,
    };
  }
}
