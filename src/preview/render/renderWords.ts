import { CHANGE_KINDS, type ChangeKind, type StageChanges } from "../change/diffTypes";

/** What people read for each kind; a certain replacement is the loud one. */
export const KIND_WORDS: Readonly<Record<ChangeKind, string>> = {
  replace: "REPLACE",
  "may-replace": "may replace",
  delete: "delete",
  create: "create",
  update: "update",
  state: "only Pulumi's state",
};

/** How many changes of a kind a stage has. */
export function countOf(stage: StageChanges, kind: ChangeKind): number {
  return stage.changes.filter((change) => change.kind === kind).length;
}

/** The counts of a stage in one line: `1 REPLACE, 2 update, 20 same`. */
export function stageCounts(stage: StageChanges): string {
  const kinds = CHANGE_KINDS.map((kind) => ({ kind, count: countOf(stage, kind) })).filter(({ count }) => count > 0);
  return [...kinds.map(({ kind, count }) => `${count} ${KIND_WORDS[kind]}`), `${stage.same} same`].join(", ");
}
