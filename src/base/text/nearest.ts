/** Letters that may differ: one in short words, two in longer ones, three from nine letters on. */
const mostEdits = (word: string): number => (word.length < 4 ? 1 : word.length < 9 ? 2 : 3);

/** Optimal string alignment: insertions, deletions, substitutions, and two neighbouring letters swapped. */
function distance(a: string, b: string): number {
  const rows = [...Array(a.length + 1).keys()].map((i) => [i, ...Array<number>(b.length).fill(0)]);
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let j = 0; j <= b.length; j++) rows[0]?.splice(j, 1, j);
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const edits = [at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (same ? 0 : 1)];
      rows[i]?.splice(j, 1, Math.min(...edits, ...(swapped ? [at(i - 2, j - 2) + 1] : [])));
    }
  }
  return at(a.length, b.length);
}

const MAX_LENGTH = 100;

/**
 * The name that a misspelt one was probably meant to be, whatever the letter case; undefined where none is near, or
 * where two are equally near.
 */
export function nearest(word: string, names: readonly string[]): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  const wanted = word.toLowerCase();
  const near = names
    .filter((name) => Math.abs(name.length - word.length) <= mostEdits(word))
    .map((name) => ({ name, edits: distance(wanted, name.toLowerCase()) }))
    .filter(({ edits }) => edits <= mostEdits(word))
    .sort((a, b) => a.edits - b.edits);
  const [first, second] = near;
  return second !== undefined && second.edits === first?.edits ? undefined : first?.name;
}
