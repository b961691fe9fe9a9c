import type { Recordings, RenderOptions, Review } from "./render";

/** The form of the JSON; a change that breaks readers raises it. */
const VERSION = 1;

/** Everything as JSON with sorted keys, equal bytes for equal recordings; a review stands beside the stages. */
export function renderJson(recordings: Recordings, { review }: RenderOptions = {}): string {
  const stages = Object.fromEntries(recordings);
  return text({ version: VERSION, stages, ...(review === undefined ? {} : { review }) });
}

/** Only what changes, as JSON. */
export function renderJsonChanges(review: Review): string {
  return text({ version: VERSION, review });
}

function text(value: unknown): string {
  return `${JSON.stringify(value, (_key, item: unknown) => sortedKeys(item), 2)}\n`;
}

function sortedKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
