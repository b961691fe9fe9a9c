import { isList, isObject, type Json } from "../../base/json";
import { SECRET, UNKNOWN } from "../../base/placeholders";
import type { StageChanges, Verdict } from "../change/changes";
import type { Recording } from "../recording";

/** The recordings by stack name, in the order in which they are shown. */
export type Recordings = ReadonlyMap<string, Recording>;

/** What changes against a base, and the judgement of it. */
export interface Review {
  /** The base as people named it, such as `main`. */
  base: string;
  stages: readonly StageChanges[];
  verdict: Verdict;
}

/** How a piece of a summary reads: well, to be looked at, wrong, or beside the point. */
export type SummaryTone = "good" | "warn" | "bad" | "quiet";

/** A piece of a line: text, or text with a tone. */
export type SummaryCell = string | { text: string; tone: SummaryTone };

/** What a summary says under one label: lines of cells, of which the same places stand below each other. */
export interface SummaryRow {
  label: string;
  lines: readonly (readonly SummaryCell[])[];
}

/** A stage in about ten lines, the most important first. */
export interface StageSummary {
  /** What stands behind the stage's name. */
  about: string;
  rows: readonly SummaryRow[];
}

/** Says what a recording means; undefined for one of a program that it does not know. */
export type Summariser = (recording: Recording) => StageSummary | undefined;

/** What a renderer may be told. */
export interface RenderOptions {
  /** ANSI colours, in summary and tree only. Default false. */
  color?: boolean;
  /** Columns that running text keeps to, in summary and changes on a terminal. Default: as many as it needs. */
  width?: number;
  /** Says what a stage's recording means. Default: nobody does, and a summary counts types. */
  summariser?: Summariser;
  /** What changes; where it is given it comes first. */
  review?: Review;
}

/** One way to show recordings: pure, and equal for equal recordings. */
export interface Renderer {
  /** Ending of a file's name, without the dot. */
  extension: string;
  /** Everything; the result ends with a newline. */
  render: (recordings: Recordings, options?: RenderOptions) => string;
  /** What changes, without whole stages. */
  changes: (recordings: Recordings, review: Review, options?: RenderOptions) => string;
}

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
