/** How a check ended. A warning can be lived with; what needs something that failed is skipped. */
export type Status = "ok" | "warning" | "problem" | "skipped";

/** What one check found. */
export interface Finding {
  /** `<check>` or `<check>.<stage>`; never changes its meaning. */
  id: string;
  status: Status;
  /** What was found, in words; further lines are details. Never a secret. */
  found: string;
  /** What to run or to do about it, a command a line; absent where there is nothing to do. */
  remedy?: string;
}

/** All is well. */
export function ok(id: string, found: string): Finding {
  return { id, status: "ok", found };
}

/** Works, but is not as it should stay. */
export function warning(id: string, found: string, remedy?: string): Finding {
  return { id, status: "warning", found, ...(remedy === undefined ? {} : { remedy }) };
}

/** Stops `pulumi up`, or makes it do the wrong thing. */
export function problem(id: string, found: string, remedy: string): Finding {
  return { id, status: "problem", found, remedy };
}

/** Could not be looked at; `reason` names what failed before. */
export function skipped(id: string, reason: string, remedy?: string): Finding {
  return { id, status: "skipped", found: reason, ...(remedy === undefined ? {} : { remedy }) };
}
