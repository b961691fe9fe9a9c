/** What a phase tells while it runs. */
export interface PhaseReport {
  /** Bytes that are to flow in this phase. */
  total: (bytes: number) => void;
  /** Bytes that have flowed since the last call. */
  bytes: (count: number) => void;
  /** A line for people: what was found, what was left out and why. */
  note: (line: string) => void;
}

/** Runs one phase of a transaction, and hands its result on. It is named, so that a log, a time and a failure say which it was. */
export type RunPhase<Name extends string = string> = <Result>(
  name: Name,
  run: (report: PhaseReport) => Promise<Result>,
) => Promise<Result>;

/**
 * A function in named phases. A phase takes what earlier ones resulted in as values, so that the compiler carries their
 * order. The first that fails ends it; what the earlier ones did stays, which is why each must be one that the next run
 * finds done.
 */
export interface Transaction<Result, Name extends string = string> {
  /** The phases in their order, for whoever shows what is still to come. */
  phases: readonly Name[];
  run: (phase: RunPhase<Name>) => Promise<Result>;
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

/** What a transaction resulted in, and how long its phases took. */
export interface Finished<Result> {
  result: Result;
  times: readonly PhaseTime[];
}

/** Runs a transaction. @throws what its phases throw */
export async function runTransaction<Result>(
  { run }: Pick<Transaction<Result>, "run">,
  listener: PhaseListener,
): Promise<Finished<Result>> {
  const times: PhaseTime[] = [];
  const result = await run(async (name, work) => {
    const report = listener.begin(name);
    const start = performance.now();
    try {
      return await work(report);
    } finally {
      const milliseconds = performance.now() - start;
      times.push({ phase: name, milliseconds });
      listener.end(name, milliseconds);
    }
  });
  return { result, times };
}
