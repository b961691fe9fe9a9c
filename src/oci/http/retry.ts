import { setTimeout as pause } from "node:timers/promises";
import { DualRegistryError } from "../../errors";
import type { RetryPolicy } from "./policy";
import { isBrokenConnection, isUntrusted, shortCause } from "./causes";

/** A failure that may be gone the next time; the message says what the server answered. */
export class Transient extends Error {
  /**
   * @param wait milliseconds the server asks for
   * @param final what to throw when trying again did not help @default REGISTRY_UNAVAILABLE
   */
  constructor(
    message: string,
    readonly wait?: number,
    readonly final?: DualRegistryError,
  ) {
    super(message);
    this.name = "Transient";
  }
}

/** What the repeating of a step goes by. */
export interface Retrying {
  policy: RetryPolicy;
  signal?: AbortSignal | undefined;
  /** Gets a line for each repetition. */
  onRetry: (line: string) => void;
  /** Bytes that need not be sent or read again. Tries count anew once a good piece has come through. */
  progress?: () => number;
}

/** Bytes after which a step that broke counts as one that gets somewhere. */
const GOOD_PIECE = 1024 * 1024;

/**
 * Does a step until it succeeds, with pauses that grow and are drawn by chance ("full jitter").
 *
 * @param what names the step and where it is done, for messages
 * @throws DualRegistryError what the step throws of it; REGISTRY_UNAVAILABLE when the tries are used up
 * @throws the signal's reason
 */
export async function withRetries<T>(what: string, step: (attempt: number) => Promise<T>, by: Retrying): Promise<T> {
  let failures = 0;
  let reached = by.progress?.() ?? 0;
  for (let attempt = 1; ; attempt += 1) {
    by.signal?.throwIfAborted();
    try {
      return await step(attempt);
    } catch (error) {
      by.signal?.throwIfAborted();
      if (!(error instanceof Transient) && !isBrokenConnection(error)) throw error;
      if (isUntrusted(error)) throw untrusted(what, error);
      const progress = by.progress?.() ?? 0;
      failures = progress - reached >= GOOD_PIECE ? 1 : failures + 1;
      reached = Math.max(reached, progress);
      if (failures >= by.policy.attempts)
        throw (error instanceof Transient && error.final) || usedUp(what, failures, error);
      const wait = pauseAfter(failures, error, by.policy);
      by.onRetry(`${what}: ${shortCause(error)}; again in ${(wait / 1000).toFixed(1)} s`);
      await pause(wait, undefined, by.signal ? { signal: by.signal } : {}).catch(() => by.signal?.throwIfAborted());
    }
  }
}

function pauseAfter(failures: number, error: unknown, policy: RetryPolicy): number {
  const drawn = Math.random() * Math.min(policy.longest, policy.base * 2 ** (failures - 1));
  const asked = error instanceof Transient ? error.wait : undefined;
  return asked === undefined ? drawn : Math.min(asked, policy.longestAsked) + Math.min(drawn, 250);
}

function usedUp(what: string, tries: number, error: unknown): DualRegistryError {
  return new DualRegistryError(
    "REGISTRY_UNAVAILABLE",
    `${what}: failed ${tries} ${tries === 1 ? "time" : "times"} in a row, at last: ${shortCause(error)}; ` +
      `see whether the registry is up and can be reached from here, then run the command again`,
    { cause: error },
  );
}

function untrusted(what: string, error: unknown): DualRegistryError {
  return new DualRegistryError(
    "REGISTRY_UNAVAILABLE",
    `${what}: its TLS certificate is not trusted (${shortCause(error)}); ` +
      `where the registry has an authority of its own, name that one's file in NODE_EXTRA_CA_CERTS`,
    { cause: error },
  );
}
