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
