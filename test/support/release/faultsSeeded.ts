/** Numbers from 0 up to 1 that a seed decides: a linear congruence modulo 2^32. */
export function seededNumbers(seed: number): () => number {
  let state = seed >>> 0;
  const step = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
  for (let i = 0; i < 8; i += 1) step();
  return () => step() / 2 ** 32;
}
