import { MAIN, nextReleaseBranch } from "./branches";
import { reason, short, verdictOf, type Reason, type Verdict } from "./verdict";

/** What decides whether a release branch may be cut, or was rightly cut. */
export interface CutFacts {
  /** The branch to be cut. */
  branch: string;
  /** The branch or commit it is cut from, as it was named. */
  from: string;
  commit: string;
  /** Whether the commit lies on main. */
  onMain: boolean;
  /** All other branches of the repository that are release branches. */
  others: readonly string[];
  /** Who cuts: entitled are the first role of qa's gate, and the automation. */
  by: { login: string; entitled: boolean };
  /** The teams and users who may, for the message. */
  entitled: readonly string[];
}

/** Judges a cut of `release/N`: from main, N the next number, by whoever signs off qa first, or by the automation. */
export function judgeCut({ branch, from, commit, onMain, others, by, entitled }: CutFacts): Verdict {
  const reasons: Reason[] = [];
  if (!onMain) {
    const what = `${branch} would begin at ${from} (${short(commit)}), which is not on ${MAIN}`;
    reasons.push(reason("cut-not-from-main", `${what}; bring it to ${MAIN} by a pull request, and cut from there`));
  }
  const next = nextReleaseBranch(others);
  if (branch !== next) {
    reasons.push(reason("cut-other-name", `branch ${JSON.stringify(branch)} is not the next one; allowed: ${next}`));
  }
  if (!by.entitled) {
    const allowed = [...entitled, "the automation"].join(", ");
    reasons.push(reason("cut-by-nobody-entitled", `"${by.login}" may not cut ${branch}; allowed: ${allowed}`));
  }
  return verdictOf(reasons);
}
