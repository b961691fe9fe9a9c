import { isAzureType } from "../../base/azure/typeToken";
import type { ExitCode } from "../../base/errors";
import type { Json } from "../../base/json";
import type { RecordedResource } from "../recording";
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
  /** What the stage's configuration tells providers differently; absent where it tells them the same. */
  providers?: readonly PropertyChange[];
}

/** What a finding is about: a change of a resource, or one of what the outputs mean. */
export type FindingKind =
  ChangeKind | "moved" | "removed" | "renamed" | "inserted" | "reordered" | "provider" | "transition";

/** A change that somebody must look at, as it is found. */
export interface FoundChange {
  /** The stage it is of, several with commas between them, or the file that says it for all. */
  stack: string;
  /** Absent where it is of no resource. */
  urn?: string;
  /** Type token of the resource, or a word for what it is otherwise, such as `image`. */
  type: string;
  name: string;
  kind: FindingKind;
  /** What would happen, what follows from it, and what to do. */
  reason: string;
  /** True where nothing lifts it: the engine refuses it, or a person must see it each time. */
  certain: boolean;
  /** True where it is only said: it is done in one step, and nobody has to act. */
  note?: true;
}

/** A finding as it was judged. */
export interface Finding extends FoundChange {
  /** True when `--allow-replace` was given and covers it: it is said, and does not fail the run. */
  allowed: boolean;
}

/** The findings of all stages, the certain ones first, and what the command line exits with. */
export interface Verdict {
  findings: readonly Finding[];
  exitCode: ExitCode;
}

/** Losing one of these loses images, or locks out who pulls them. */
const isGuarded = (type: string): boolean => isAzureType(type, "containerregistry:Registry", "containerregistry:Token");

/**
 * Judges what changes.
 *
 * - What the engine surely refuses (replacing or deleting a protected resource) is a finding nothing lifts.
 * - Replacing or deleting an unprotected registry or token is a finding unless `allowReplace`.
 * - What may be replaced counts like what is: a protected resource, since the update would stop halfway, with other
 *   resources already changed; a registry or token, since its loss cannot be ruled out. `allowReplace` lifts both,
 *   because the engine still guards the protected one and a person has looked at the other.
 * - A delete that only forgets (`retainOnDelete`) loses nothing and is no finding, unless the engine refuses it.
 *
 * @param others what somebody found who knows what the outputs mean
 */
export function judge(
  stages: readonly StageChanges[],
  allowReplace: boolean,
  others: readonly FoundChange[] = [],
): Verdict {
  const found = stages.flatMap(({ stack, changes }) =>
    changes.flatMap((change): FoundChange[] => {
      const reason = reasonOf(change);
      if (reason === undefined) return [];
      const certain = change.refused !== undefined && change.kind !== "may-replace";
      const { urn, type, name, kind } = change;
      return [{ stack, urn, type, name, kind, reason, certain }];
    }),
  );
  const findings = [...found, ...others]
    .map((one) => ({ ...one, allowed: allowReplace && !one.certain && one.note !== true }))
    .sort((a, b) => Number(b.certain) - Number(a.certain));
  return { findings, exitCode: findings.some(({ allowed, note }) => !allowed && note !== true) ? 1 : 0 };
}

function reasonOf(change: ResourceChange): string | undefined {
  const { kind, refused } = change;
  if (refused !== undefined) return kind === "may-replace" ? `if it is replaced: ${refused}` : refused;
  if (!isGuarded(change.type) || change.retained === true) return undefined;
  if (kind === "delete") return "it would be deleted; --allow-replace accepts that";
  if (kind === "replace") return "it would be replaced; --allow-replace accepts that";
  if (kind === "may-replace") return "it may be replaced; --allow-replace accepts that";
  return undefined;
}
