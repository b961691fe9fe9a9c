/**
 * Works on items, at most `width` at a time. After a failure nothing new begins, what runs is told by the signal, and
 * the failure is thrown once all have ended: so their files may be removed.
 */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T, signal: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const failure = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  const errors: unknown[] = [];
  const waiting = items.values();
  const worker = async (): Promise<void> => {
    for (const item of waiting) {
      if (stop.aborted) return;
      try {
        await work(item, stop);
      } catch (error) {
        errors.push(error);
        failure.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  if (errors.length > 0) throw errors[0];
  signal?.throwIfAborted();
}
