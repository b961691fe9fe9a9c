import type { StageCheck } from "../identity/environments";
import type { Stage } from "../stage";
import type { BreakGlassRequest } from "./breakGlass";
import type { Step } from "./step";

/** An image by digest, as a release names it. */
export interface ImageDigest {
  /** Path in the map of images, such as orders/api. */
  repository: string;
  digest: string;
}

/** What is put before the approvers, whole: who approves the run approves this. */
export interface Candidate {
  /** `owner/name` of the repository on GitHub that it is a release of. */
  repository: string;
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
  /** Login of whoever asked: a person, or for a release's first step the automation. */
  askedBy: string;
  /** Present where it is to go past the stages before: approvers are asked about that as well. */
  breakGlass?: BreakGlassRequest;
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
  /** Logins of whoever started or repeated the run. */
  askedBy: readonly string[];
  approvals: readonly Approval[];
  rejections: readonly { role: string; by: string }[];
  /**
   * When the run's job that places the tag began, after all approvals: ISO 8601, UTC, as GitHub recorded it. Absent where
   * no such job has succeeded.
   */
  takenAt?: string;
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
  /** Login that the tag itself names: its own word, so it only adds to those who may not approve. */
  by?: string;
  /** Commits under which the tag was deployed earlier, whichever they were. */
  deployedFrom: readonly string[];
  /** When the automation recorded the step: ISO 8601, UTC, by GitHub's clock, the earliest first. */
  recorded: readonly string[];
}

/** What a check said of a commit, once. */
export interface CheckResult {
  /** Such as end-to-end. */
  name: string;
  /** Such as success or failure; absent while it runs. */
  conclusion?: string;
  /** When a run of a workflow began, or a check of an App ended: ISO 8601, UTC; absent for what has not ended. */
  at?: string;
}

/** One arrival of commits at a release branch, after it was cut, that are not on main. */
export interface BranchChange {
  /** The branch's commit afterwards. */
  after: string;
  /** Login of whoever did it; absent where the account is gone. */
  by?: string;
  /** The pull request that it came by; absent for a push. */
  pull?: {
    number: number;
    /** Logins that may not review it: who opened it, who pushed to it. */
    writers: readonly string[];
    /** Logins of whoever approved its last state. */
    approvedBy: readonly string[];
  };
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
  /**
   * The release branch that the commit lies on, and how what is not on main came to it; absent where it lies on none.
   * Untraced are commits of which GitHub keeps no record how they came.
   */
  branch?: {
    name: string;
    head: string;
    pushes: readonly Push[];
    changes: readonly BranchChange[];
    untraced: readonly string[];
  };
  /** Names of all version tags. */
  tags: readonly string[];
  /** Roles that sign off, in their order; undefined where that is not known here, and so not judged. */
  roles?: readonly string[];
  requests: readonly SignOffRequest[];
  /** Checks that a release must have passed at this stage before it leaves it, with all that they said of its commit. */
  checks?: { wanted: readonly StageCheck[]; results: readonly CheckResult[] };
  authors: readonly Author[];
  /** Commits whose authors nobody can name. */
  unknownAuthors: readonly string[];
  /** What stands at the stage before today, where that was looked at. */
  images?: readonly ImageDigest[];
  /** Repositories whose images are rebuilt for each stage, and so have another digest in each. */
  rebuilt: readonly string[];
  before?: StepFacts;
}
