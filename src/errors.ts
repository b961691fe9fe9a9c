/** The closed list of what can go wrong by name; a code never changes its meaning. */
export type ErrorCode =
  "CONFIG_INVALID" | "USAGE" | "PREVIEW_FAILED" | "BASE_UNUSABLE" | "RECORDER_UNSUPPORTED" | "CHANGE_REFUSED";

/** Process exit codes: 0 fine, 1 a finding or a refusal, 2 usage or configuration. */
export type ExitCode = 0 | 1 | 2;

const EXITS: Record<ErrorCode, ExitCode> = {
  CONFIG_INVALID: 2,
  USAGE: 2,
  PREVIEW_FAILED: 2,
  BASE_UNUSABLE: 2,
  RECORDER_UNSUPPORTED: 2,
  CHANGE_REFUSED: 1,
};

/**
 * The one error this project throws on purpose.
 * Its message says what is wrong, where, the value, what is allowed and what to do; it carries no stack to the user.
 */
export class DualRegistryError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "DualRegistryError";
    this.code = code;
  }

  /** The exit code the command line ends with. */
  get exitCode(): ExitCode {
    return EXITS[this.code];
  }
}
