import type { ImageClass } from "../domain/imageClass";

/** What a review found at one registry about one identity or token. */
export interface AccessFinding {
  /**
   * `missing`, `extra`, `different`: from the matrix. `setting`: of the registry itself. `inherited`: given above the
   * registry. `stale`, `expired`, `unknown`: to be looked at.
   */
  kind: "missing" | "extra" | "different" | "setting" | "inherited" | "stale" | "expired" | "unknown";
  /** Whether it makes the review fail. */
  difference: boolean;
  registry: ImageClass;
  /** Name of the identity or token; the principal's id where no identity of the matrix has it. */
  who: string;
  /** What was found, and what the matrix says. */
  what: string;
}

/** Makes findings of one registry. */
export const findingsOf =
  (registry: ImageClass) =>
  (kind: AccessFinding["kind"], who: string, what: string, difference = true): AccessFinding => ({
    ...{ kind, difference, registry, who, what },
  });
