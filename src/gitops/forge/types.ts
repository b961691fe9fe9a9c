import type { CommitStatus } from "../../github/commitStatus";

/** A pull request of GitHub or a merge request of GitLab that is open. */
export interface ForgeRequest {
  number: number;
  url: string;
  /** Its branch, in the repository itself and in no fork of it. */
  branch: string;
  title: string;
  body: string;
}

/** What a request says of itself. */
export interface RequestText {
  /** One line. */
  title: string;
  /** Markdown. */
  body: string;
}

/** What must happen before a request is merged, as the forge says; `unread` is why it does not say. */
export type MergeRules = { approvals: number; codeOwners: boolean; by: readonly string[] } | { unread: string };

/** The requests of one repository, and what is said of its commits. */
export interface ForgeApi {
  /** The open requests into a branch whose own branches begin so. */
  openRequests(base: string, prefix: string): Promise<ForgeRequest[]>;
  /** Opens one; where one is open for the branch already, that one. */
  open(branch: string, base: string, text: RequestText): Promise<ForgeRequest>;
  update(request: ForgeRequest, text: RequestText): Promise<void>;
  /** Says why, and closes it. */
  close(request: ForgeRequest, comment: string): Promise<void>;
  mergeRules(base: string): Promise<MergeRules>;
  /** Says it of a commit, over what was said under that name before. */
  setStatus(status: CommitStatus): Promise<void>;
  /** Where files that name owners stand, the first that is there counts. */
  readonly ownerFiles: readonly string[];
}
