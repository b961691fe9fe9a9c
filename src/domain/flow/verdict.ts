/** Why a move of the release flow is not legal; a code never changes its meaning. */
export type ReasonCode =
  | "cut-not-from-main"
  | "cut-other-name"
  | "cut-by-nobody-entitled"
  | "tag-off-branch"
  | "tag-behind-head"
  | "tag-moved"
  | "tag-taken"
  | "commit-pushed-straight"
  | "commit-not-reviewed"
  | "commit-not-traced"
  | "release-is-out"
  | "stage-skipped"
  | "stage-other-commit"
  | "stage-other-digest"
  | "stage-not-signed-off"
  | "stage-check-missing"
  | "stage-check-failed"
  | "not-asked"
  | "asked-by-nobody"
  | "approval-missing"
  | "approval-rejected"
  | "approval-other-release"
  | "approval-other-commit"
  | "approval-other-digest"
  | "approval-other-branch"
  | "approval-stale"
  | "approval-not-timed"
  | "approval-in-future"
  | "approval-by-author"
  | "approval-by-tagger"
  | "approval-by-nobody-entitled"
  | "approval-twice"
  | "approval-out-of-order"
  | "one-person-two-gates"
  | "sign-offs-ended"
  | "step-not-taken"
  | "authors-unknown";

/** One thing that stands against a move: a sentence that says what, the value, what is allowed and what to do. */
export interface Reason {
  code: ReasonCode;
  why: string;
}

/** Whether a move is legal. It is where nothing stands against it. */
export interface Verdict {
  legal: boolean;
  reasons: readonly Reason[];
  /** What was seen and stands against nothing. */
  notes: readonly string[];
}

/** A reason, from its code and its sentence. */
export const reason = (code: ReasonCode, why: string): Reason => ({ code, why });

/** The verdict that reasons make. */
export function verdictOf(reasons: readonly Reason[], notes: readonly string[] = []): Verdict {
  return { legal: reasons.length === 0, reasons, notes };
}

/** The first digits of a commit, for messages. */
export const short = (commit: string): string => commit.slice(0, 12);

/** True where two logins are one person: GitHub takes no notice of letter case. */
export const samePerson = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** True for the login of an App, which stands for no person. */
export const isAutomation = (login: string): boolean => login.endsWith("[bot]");
