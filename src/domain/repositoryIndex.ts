import { patternMatches, type RepositoryPattern } from "./scopes";

/** Things that stand in a repository each, found by pattern in logarithmic time, so that thousands cost little. */
export class RepositoryIndex<T extends { repository: string }> {
  private readonly sorted: readonly T[];

  constructor(items: readonly T[]) {
    this.sorted = [...items].sort((a, b) => (a.repository < b.repository ? -1 : 1));
  }

  /** The first at or behind a text, by binary search. */
  private firstFrom(text: string): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.sorted[middle]?.repository ?? "") < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** All that the pattern stands for, in order of repository; they lie next to each other. */
  *below(pattern: RepositoryPattern): Generator<T> {
    const start = this.firstFrom(pattern.endsWith("/*") ? pattern.slice(0, -1) : pattern);
    for (let at = start; ; at++) {
      const item = this.sorted[at];
      if (!item || !patternMatches(pattern, item.repository)) return;
      yield item;
    }
  }

  /** True where the pattern stands for anything at all. */
  reaches(pattern: RepositoryPattern): boolean {
    return this.below(pattern).next().done === false;
  }
}
