/** How long to wait, in milliseconds; no wait is endless. */
export interface Timeouts {
  /** Until a connection stands, TLS included. */
  connect: number;
  /** Until an answer begins. */
  headers: number;
  /** Between two pieces of an answer's body. */
  idle: number;
  /** For a whole answer that is read into memory: a manifest, a page of tags, a token. */
  answer: number;
  /** Until a registry has taken over a blob that was sent: it may read all of it again. */
  commit: number;
}

/** @default of {@link Timeouts} */
export const TIMEOUTS: Timeouts = {
  connect: 10_000,
  headers: 60_000,
  idle: 30_000,
  answer: 120_000,
  commit: 300_000,
};

/** How often, and how soon, a step that may be done twice is done again. Times are milliseconds. */
export interface RetryPolicy {
  /** All tries together, the first one included. */
  attempts: number;
  /** Upper end of the first pause; each further one doubles it. The pause is drawn evenly from zero up. */
  base: number;
  /** Upper end of any drawn pause. */
  longest: number;
  /** The longest that a registry may ask us to wait by `Retry-After`. */
  longestAsked: number;
}

/** @default of {@link RetryPolicy} */
export const RETRIES: RetryPolicy = { attempts: 5, base: 500, longest: 20_000, longestAsked: 60_000 };
