/** What a phase tells while it runs. */
interface PhaseReport {
  /** Bytes that are to flow in this phase. */
  total: (bytes: number) => void;
  /** Bytes that have flowed since the last call. */
  bytes: (count: number) => void;
  /** A line for people: what was found, what was left out and why. */
  note: (line: string) => void;
}

/** One step of a transaction: named, so that a log, a time and a failure can say which it was. */
export interface Phase<State> {
  name: string;
  run: (state: State, report: PhaseReport) => Promise<void>;
}

/** Hears of a transaction's phases. */
export interface PhaseListener {
  begin: (phase: string) => PhaseReport;
  end: (phase: string, milliseconds: number) => void;
}

/** How long a phase took, in milliseconds. */
export interface PhaseTime {
  phase: string;
  milliseconds: number;
}

/**
 * Runs the phases one after the other. The first that fails ends it; what the earlier ones did stays, which is why each
 * must be one that the next run finds done.
 */
export async function runPhases<State>(
  phases: readonly Phase<State>[],
  state: State,
  listener: PhaseListener,
): Promise<readonly PhaseTime[]> {
  const times: PhaseTime[] = [];
  for (const { name, run } of phases) {
    const report = listener.begin(name);
    const start = performance.now();
    try {
      await run(state, report);
    } finally {
      const milliseconds = performance.now() - start;
      times.push({ phase: name, milliseconds });
      listener.end(name, milliseconds);
    }
  }
  return times;
}
