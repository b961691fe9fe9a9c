/** A number of places that workers take in turn. */
export class Places {
  private readonly queue: (() => void)[] = [];

  constructor(private free: number) {}

  /** Does the work as soon as a place is free. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.queue.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.queue.shift();
      if (next) next();
      else this.free += 1;
    }
  }
}
