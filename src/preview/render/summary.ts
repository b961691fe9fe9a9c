import { isList, isObject } from "../change/diffValues";
import { SECRET, UNKNOWN, type Json, type Recording } from "../recording";

/** A stage's recording in numbers. */
export interface Summary {
  resources: number;
  /** Resources of each type token, by token. */
  types: Readonly<Record<string, number>>;
  /** Resources the engine refuses to delete or replace. */
  protected: number;
  /** Secret values among the inputs and the stack's outputs. */
  secrets: number;
  /** Values among them that only the cloud knows. */
  unknowns: number;
}

/** Counts what a stage registers; the stack's own resource counts, as it does for the engine. */
export function summarise(recording: Recording): Summary {
  const { resources, outputs } = recording;
  const types = new Map<string, number>();
  for (const { type } of resources) types.set(type, (types.get(type) ?? 0) + 1);
  const values: readonly Json[] = [...resources.map(({ inputs }) => inputs), outputs];
  const count = (wanted: Json): number => values.reduce<number>((sum, value) => sum + occurrences(value, wanted), 0);
  return {
    resources: resources.length,
    types: Object.fromEntries([...types].sort(([a], [b]) => (a < b ? -1 : 1))),
    protected: resources.filter(({ options }) => options.protect === true).length,
    secrets: count(SECRET),
    unknowns: count(UNKNOWN),
  };
}

function occurrences(value: Json, wanted: Json): number {
  if (value === wanted) return 1;
  const items = isList(value) ? value : isObject(value) ? Object.values(value) : [];
  return items.reduce<number>((sum, item) => sum + occurrences(item, wanted), 0);
}

/** A count with its word: `1 resource`, `2 resources`. */
export function counted(count: number, word: string, plural = `${word}s`): string {
  return `${count} ${count === 1 ? word : plural}`;
}
