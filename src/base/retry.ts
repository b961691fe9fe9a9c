import { setTimeout as pause } from "node:timers/promises";
import { DualRegistryError, type ErrorCode } from "./errors";

/** How often, how soon and after which failures a step is done again. Times are milliseconds. */
export interface RetryPolicy {
  /** Failures in a row after which it is given up: 1 tries once. */
  attempts: number;
  /** True for a failure that may be gone the next time. */
  retryable: (error: unknown) => boolean;
  /** How long to wait after so many failures in a row. @default not at all */
  pause?: (failures: number, error: unknown) => number;
  /** True where the step got somewhere since it was last asked: failures count anew. @default never */
  progressed?: () => boolean;
  /** What to throw in the end. @default the last failure */
  exhausted?: (failures: number, error: unknown) => unknown;
  /** Gets each failure that is tried again, and the wait. */
  onRetry?: (error: unknown, wait: number) => void;
  signal?: AbortSignal | undefined;
}

/**
 * Does a step until it succeeds, as a policy says: the one loop for everything that is tried again.
 *
 * @param step gets the number of the try, from 1 on
 * @throws what the step throws of failures that are not tried again, the policy's last word, and the signal's reason
 */
export async function retry<T>(step: (attempt: number) => Promise<T>, policy: RetryPolicy): Promise<T> {
  const { signal } = policy;
  let failures = 0;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await step(attempt);
    } catch (error) {
      signal?.throwIfAborted();
      if (!policy.retryable(error)) throw error;
      failures = policy.progressed?.() === true ? 1 : failures + 1;
      if (failures >= policy.attempts) throw policy.exhausted?.(failures, error) ?? error;
      const wait = policy.pause?.(failures, error) ?? 0;
      policy.onRetry?.(error, wait);
      if (wait > 0) await pause(wait, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
    }
  }
}

/** True for an error of this project with one of these codes. */
const hasErrorCode =
  (...codes: readonly ErrorCode[]) =>
  (error: unknown): boolean =>
    error instanceof DualRegistryError && codes.includes(error.code);

/** Tries at content that is not what its digest or size says, as many as at a request that fails: bytes may be corrupted on their
 * way, or half written. */
export const CORRUPTED_TRIES = 5;

/**
 * Does a step again that read corrupted content.
 *
 * @param code of the error that says so
 * @throws what the last try throws
 */
export const retryCorrupted = <T>(step: () => Promise<T>, code: ErrorCode = "DIGEST_MISMATCH"): Promise<T> =>
  retry(step, { attempts: CORRUPTED_TRIES, retryable: hasErrorCode(code) });

/**
 * Does a step once more that looks before it writes and was refused with this code: another run of the same may have
 * been first and have locked the image, and then the second look finds done what was to be done.
 *
 * @throws what the second try throws
 */
export const retryOn = <T>(code: ErrorCode, step: () => Promise<T>): Promise<T> =>
  retry(step, { attempts: 2, retryable: hasErrorCode(code) });
