import { createHash } from "node:crypto";

/** What begins the line that seals a commit. */
const SEAL = "\nSeal: ";

/** What somebody who amends or rebases a commit, or adds to it, changes. */
export interface Sealed {
  tree: string;
  parents: readonly string[];
  /** As git names it: `dualreg <dualreg@localhost> 1700000000 +0000`. */
  committer: string;
  message: string;
}

/** A message with the line by which {@link isAsMade} knows its commit again. */
export const sealedMessage = (of: Sealed): string => `${of.message.trimEnd()}${SEAL}${sealOf(of)}\n`;

/**
 * True for a commit that nobody changed since its message was sealed. The seal is no secret: it keeps the work of others from
 * being taken for one's own, and is no proof of who made a commit.
 *
 * @param text of the commit, as `git cat-file commit` prints it
 */
export function isAsMade(text: string): boolean {
  const end = text.indexOf("\n\n");
  const rows = text.slice(0, end).split("\n");
  const all = (name: string) => rows.flatMap((row) => (row.startsWith(`${name} `) ? [row.slice(name.length + 1)] : []));
  const [tree = "", committer = ""] = [...all("tree"), ...all("committer")];
  const message = text.slice(end + 2);
  const at = message.lastIndexOf(SEAL);
  const told = message.slice(0, Math.max(0, at));
  return message === sealedMessage({ tree, parents: all("parent"), committer, message: told });
}

function sealOf({ tree, parents, committer, message }: Sealed): string {
  const person = committer.trim().replace(/ \d+ [+-]\d{4}$/, "");
  const all = JSON.stringify([tree, parents, person, message.trimEnd()]);
  return createHash("sha256").update(all).digest("hex").slice(0, 16);
}
