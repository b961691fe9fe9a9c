/** The branch that releases are cut from. */
export const MAIN = "main";

/** What the names of release branches begin with. */
export const RELEASE_PREFIX = "release/";

const FORM = /^release\/([1-9]\d{0,5})$/;

/** N of `release/N`; undefined for any other branch. */
export function releaseNumber(branch: string): number | undefined {
  const digits = FORM.exec(branch)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The branch that is cut next: one more than the highest there is. */
export function nextReleaseBranch(branches: readonly string[]): string {
  const numbers = branches.flatMap((branch) => releaseNumber(branch) ?? []);
  return `${RELEASE_PREFIX}${Math.max(0, ...numbers) + 1}`;
}
