/** A change of one workflow that opens a way; the text that it changes must be there. */
export type Mutant = readonly [what: string, file: string, from: string | RegExp, to: string];

/** How every checkout beside a credential is written. */
const CHECKOUT = "          ref: ${{ github.sha }}\n          persist-credentials: false\n";
/** A job up to its checkout, which a mutant changes. */
export const beside = (job: string) =>
  new RegExp(`(\\n  ${job}:\\n(?:(?!\\n  \\w).|\\n(?!  \\w))*?)${CHECKOUT.replace(/[$.*{}]/g, "\\$&")}`);
