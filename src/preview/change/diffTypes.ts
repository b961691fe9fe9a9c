import type { Json, RecordedResource } from "../recording";
import type { Effect } from "./providerFacts";

/** What happens to a resource; `state` changes only what Pulumi keeps about it, and nothing in the cloud. */
export type ChangeKind = "create" | "update" | "replace" | "may-replace" | "delete" | "state";

/** All kinds, the gravest first: the order people read them in. */
export const CHANGE_KINDS: readonly ChangeKind[] = ["replace", "may-replace", "delete", "create", "update", "state"];

/** One property's old and new value; an absent side means that the property was not there. */
export interface PropertyChange {
  /** As Pulumi writes it: `networkRuleSet.ipRules[0].action`; `(import)` and the like are options. */
  path: string;
  before?: Json;
  after?: Json;
  effect: Effect;
  /** Why it replaces, or may. */
  why?: string;
}

/** What happens to one resource. */
export interface ResourceChange {
  kind: ChangeKind;
  /** Of the new resource; of the old one when it is deleted. */
  urn: string;
  type: string;
  name: string;
  /** The old URN, when an alias leads from it to this one. */
  formerUrn?: string;
  /** Inputs that differ; empty for create and delete, which show the whole resource. */
  properties: readonly PropertyChange[];
  /** Options that differ, shown and without effect in the cloud. */
  options: readonly PropertyChange[];
  /** The resource as created or deleted, whole. */
  resource?: RecordedResource;
  /** True when the old resource stays in the cloud and Pulumi only forgets it. */
  retained?: true;
  /** Why the engine ends such an update; for `may-replace`, why it would. */
  refused?: string;
}

/** What changes in one stage. */
export interface StageChanges {
  stack: string;
  /** The gravest kind first, then by URN; unchanged resources are only counted. */
  changes: readonly ResourceChange[];
  same: number;
  outputs: readonly PropertyChange[];
}
