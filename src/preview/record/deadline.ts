/** A limit on silence, that stands still while its owner waits for somebody else. */
export class Deadline {
  private timer: NodeJS.Timeout | undefined;
  private waits = 0;
  private over = false;

  /**
   * Starts at once; `onPassed` is called at most once, and never after `end()`.
   *
   * @param milliseconds how long the silence may be
   * @param lastSign when there was the last sign of life, as `Date.now()` tells it
   */
  constructor(
    private readonly milliseconds: number,
    private readonly lastSign: () => number,
    private readonly onPassed: () => void,
  ) {
    this.start(milliseconds);
  }

  /** Runs something that takes others' time; the limit begins anew when the last of those is done. */
  async pausedFor<T>(work: () => Promise<T>): Promise<T> {
    this.waits += 1;
    clearTimeout(this.timer);
    try {
      return await work();
    } finally {
      this.waits -= 1;
      this.start(this.milliseconds);
    }
  }

  /** Ends the watch. */
  end(): void {
    this.over = true;
    clearTimeout(this.timer);
  }

  private start(milliseconds: number): void {
    if (this.over || this.waits > 0) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const left = this.milliseconds - (Date.now() - this.lastSign());
      if (left > 0) {
        this.start(left);
        return;
      }
      this.end();
      this.onPassed();
    }, milliseconds);
  }
}
