import pLimit from "p-limit";

/** Runs a task as soon as there is room for it; the others wait in their order. */
export type Limit = <T>(task: () => Promise<T>) => Promise<T>;

/** A {@link Limit} of at most so many tasks at a time. */
export function limiter(most: number): Limit {
  const limit = pLimit(most);
  return (task) => limit(task);
}

/** Waits for all tasks, also where one fails, so that nothing goes on unseen; then fails with the first failure. */
export async function allSettled<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(tasks);
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

/** Lets the tasks of one key run one after the other, in order; different keys do not wait for each other. */
export class KeyedLock {
  private readonly tails = new Map<string, Promise<void>>();

  /** Runs the task when everything before it with that key has ended, well or not. */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key);
    let open = (): void => undefined;
    const mine = new Promise<void>((resolve) => (open = resolve));
    this.tails.set(key, mine);
    await before;
    try {
      return await task();
    } finally {
      if (this.tails.get(key) === mine) this.tails.delete(key);
      open();
    }
  }
}
