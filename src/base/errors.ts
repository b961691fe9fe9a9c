import { escapeUnsafeLines } from "./text/unsafe";

/** The closed list of what can go wrong by name; a code never changes its meaning. */
export type ErrorCode = keyof typeof EXITS;

/** Process exit codes: 0 fine, 1 a finding or a refusal, 2 usage or configuration. */
export type ExitCode = 0 | 1 | 2;

const EXITS = {
  CONFIG_INVALID: 2,
  USAGE: 2,
  PREVIEW_FAILED: 2,
  BASE_UNUSABLE: 2,
  RECORDER_UNSUPPORTED: 2,
  CHANGE_REFUSED: 1,
  /** A gate, a tag rule or a lock says no. */
  GATE_REFUSED: 1,
  /** A tag of an immutable regime that stands for another digest. */
  TAG_TAKEN: 1,
  /** A manifest, tag or blob that is not there. */
  NOT_FOUND: 1,
  /** Bytes that are not what their digest or their size says. */
  DIGEST_MISMATCH: 1,
  /** A signature, record or attestation that is missing, or by nobody who is trusted. */
  SIGNATURE_INVALID: 1,
  /** A registry, layout, archive or file that does not speak its specification. */
  CONTENT_INVALID: 1,
  /** The registry wants another login, or more rights. */
  REGISTRY_AUTH: 2,
  /** The registry does not take what it is sent: quota, size, a method it lacks. */
  REGISTRY_REFUSED: 1,
  /** No answer, or only failures, until the retries were used up. */
  REGISTRY_UNAVAILABLE: 2,
  /** GitHub wants another login, or a right that the token lacks. */
  GITHUB_AUTH: 2,
  /** GitHub does not take what it is sent, or answers what it does not document. */
  GITHUB_REFUSED: 1,
  /** No answer of GitHub, only failures, or a rate limit that is used up for longer than is waited. */
  GITHUB_UNAVAILABLE: 2,
  /** A cluster wants another login, or a right that it lacks. */
  CLUSTER_AUTH: 2,
  /** No answer of a cluster, or none that can be read to its end. */
  CLUSTER_UNAVAILABLE: 2,
  /** A git repository or GitLab wants another login, or a right that the token lacks. */
  GIT_AUTH: 2,
  /** A git repository or GitLab does not take what it is sent: a hook, a rule, a branch that moved. */
  GIT_REFUSED: 1,
  /** No answer of a git repository or GitLab, or one that is not understood. */
  GIT_UNAVAILABLE: 2,
} as const satisfies Record<string, ExitCode>;

/**
 * The one error this project throws on purpose.
 * Its message says what is wrong, where, the value, what is allowed and what to do; users see no stack. Characters in it
 * that could act on a terminal are escaped, since most messages quote something from outside.
 */
export class DualRegistryError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(escapeUnsafeLines(message), options);
    this.name = "DualRegistryError";
    this.code = code;
  }

  /** The exit code the command line ends with. */
  get exitCode(): ExitCode {
    return EXITS[this.code];
  }
}
