import type { StageChanges } from "../change/diffTypes";
import type { Recording } from "../recording";
import type { Verdict } from "../change/verdict";

/** The recordings by stack name. */
export type Recordings = ReadonlyMap<string, Recording>;

/** What changes against a base, and the judgement of it. */
export interface Review {
  /** The base as people named it, such as `main`. */
  base: string;
  stages: readonly StageChanges[];
  verdict: Verdict;
}

/** What a renderer may be told. */
export interface RenderOptions {
  /** ANSI colours, in the tree only. Default false. */
  color?: boolean;
  /** What changes; where it is given it comes first. */
  review?: Review;
}

/** One way to show recordings: pure, and equal for equal recordings. */
export interface Renderer {
  /** Ending of a file's name, without the dot. */
  extension: string;
  /** Everything; the result ends with a newline. */
  render: (recordings: Recordings, options?: RenderOptions) => string;
  /** Only what changes. */
  changes: (review: Review, options?: RenderOptions) => string;
}

const RELEASE_ORDER = ["dev", "qa", "uat", "prod"];

/** Stages in the order a release takes; stacks of other names follow by name. */
export function inOrder<T>(items: Iterable<T>, stackOf: (item: T) => string): readonly T[] {
  const rank = (item: T): number => {
    const at = RELEASE_ORDER.indexOf(stackOf(item));
    return at < 0 ? RELEASE_ORDER.length : at;
  };
  return [...items].sort((a, b) => rank(a) - rank(b) || (stackOf(a) < stackOf(b) ? -1 : 1));
}

/** The recordings in that order. */
export function stagesOf(recordings: Recordings): readonly Recording[] {
  return inOrder(recordings.values(), ({ stack }) => stack);
}
