import type { Stage } from "../stage";
import type { Step } from "./step";

/** An image by digest, as a release names it. */
export interface ImageDigest {
  /** Path in the map of images, such as orders/api. */
  repository: string;
  digest: string;
}

/** What is put before the approvers, whole: who approves the run approves this. */
export interface Candidate {
  tag: string;
  /** What it is called at the stage before. */
  version: string;
  /** Absent where a project has one stage alone. */
  from?: Stage;
  to: Stage;
  /** 40 or 64 hexadecimal digits. */
  commit: string;
  /** `release/N`. */
  branch: string;
  /** The images of the stage before; none for the entry stage, before which nothing need have been built. */
  images: readonly ImageDigest[];
  /** Login of whoever asked; absent where automation did. */
  askedBy?: string;
}

/** One approval, for one role. */
export interface Approval {
  role: string;
  /** Login. */
  by: string;
  /** ISO 8601, UTC; absent where nobody recorded when. */
  at?: string;
  /** Whether the approver belongs to the role today. */
  entitled: boolean;
}

/** A candidate that was put before the approvers in one run, and what they said. */
export interface SignOffRequest {
  /** Number and address of the run. */
  run: number;
  url?: string;
  candidate: Candidate;
  /** The commit and branch that the run itself was of: not what somebody wrote into the candidate. */
  commit: string;
  branch: string;
  /** Logins of whoever started or repeated the run. */
  askedBy: readonly string[];
  approvals: readonly Approval[];
  rejections: readonly { role: string; by: string }[];
}

/** A push to a branch. */
export interface Push {
  /** ISO 8601. */
  at: string;
  by?: string;
  /** The branch's commit afterwards. */
  after: string;
}

/** A tag as it stands. */
export interface PlacedTag {
  commit: string;
  /** ISO 8601, as the tag says; absent for a lightweight one. */
  at?: string;
  /** Login of whoever placed it, where that can be told; "" where the tag names somebody without a login. */
  by?: string;
  /** Commits under which the tag was deployed earlier, whichever they were. */
  deployedFrom: readonly string[];
}

/** What a check said of a commit, once. */
export interface CheckResult {
  /** Such as end-to-end. */
  name: string;
  /** Such as success or failure; absent while it runs. */
  conclusion?: string;
  /** When it ended: ISO 8601, UTC; absent while it runs. */
  at?: string;
}

/** Somebody who wrote a part of the release, and how that is known. */
export interface Author {
  login: string;
  how: string;
}

/** All that decides whether a step may be taken, or was rightly taken. */
export interface StepFacts {
  step: Step;
  /** The commit that is or would be tagged. */
  commit: string;
  /** Present where the tag is there. */
  placed?: PlacedTag;
  /** Whether the step was taken: then later pushes and today's teams no longer count. */
  done: boolean;
  /** The release branch that the commit lies on; absent where it lies on none. */
  branch?: { name: string; head: string; pushes: readonly Push[] };
  /** Names of all version tags. */
  tags: readonly string[];
  /** Roles that sign off, in their order; undefined where that is not known here, and so not judged. */
  roles?: readonly string[];
  requests: readonly SignOffRequest[];
  /** Checks that a release must have passed at this stage before it leaves it, with all that they said of its commit. */
  checks?: { wanted: readonly string[]; results: readonly CheckResult[] };
  authors: readonly Author[];
  /** Commits whose authors nobody can name. */
  unknownAuthors: readonly string[];
  /** What stands at the stage before today, where that was looked at. */
  images?: readonly ImageDigest[];
  /** Repositories whose images are rebuilt for each stage, and so have another digest in each. */
  rebuilt: readonly string[];
  before?: StepFacts;
}
