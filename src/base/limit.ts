/** Runs at most so many tasks at a time; the others wait in their order. */
export function limiter(most: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= most) await new Promise<void>((go) => waiting.push(go));
    else running++;
    try {
      return await task();
    } finally {
      // The place is handed on, so that nobody who comes now gets in front of who waits.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}

/** Waits for all tasks, also where one fails, so that nothing goes on unseen; then fails with the first failure. */
export async function allSettled<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(tasks);
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

/** Lets those with one key go one after the other, in order; different keys do not wait for each other. */
export class KeyedLock {
  private readonly tails = new Map<string, Promise<void>>();

  /** Does the work when everybody before has finished, well or not. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key);
    let open = (): void => undefined;
    const mine = new Promise<void>((resolve) => (open = resolve));
    this.tails.set(key, mine);
    await before;
    try {
      return await work();
    } finally {
      if (this.tails.get(key) === mine) this.tails.delete(key);
      open();
    }
  }
}
