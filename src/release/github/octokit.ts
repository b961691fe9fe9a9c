import { createRequire } from "node:module";

/** Loads the client when it is needed: its packages are ES modules, which Node.js takes by require as well. */
const load = createRequire(__filename);

/** An answer as the client gives it; what is in it is unknown until it was decoded. */
export interface RawAnswer {
  status: number;
  url: string;
  headers: Readonly<Record<string, string | number | undefined>>;
  data: unknown;
}

/** As much of an octokit as is used here. Its own types are not: they promise what nobody has looked at. */
export interface Octokit {
  request(route: string, parameters: Readonly<Record<string, unknown>>): Promise<RawAnswer>;
  paginate: {
    iterator(route: string, parameters: Readonly<Record<string, unknown>>): AsyncIterable<RawAnswer>;
  };
}

/** How the client is set up. */
export interface OctokitOptions {
  /** Such as https://api.github.com. */
  baseUrl: string;
  token: string;
  /** Milliseconds until a request is given up. */
  timeout: number;
  /** Milliseconds that count as a second when the client waits; less in tests. */
  second: number;
  /** Told of every wait, as one line. */
  onWait: (line: string) => void;
}

interface Limited {
  method: string;
  url: string;
}

type Constructor = new (options: Readonly<Record<string, unknown>>) => Octokit;
type Pluggable = Constructor & { plugin: (...plugins: readonly unknown[]) => Constructor };

/** The longest that is waited for a rate limit, in seconds, and how often. */
const LONGEST_WAIT = 90;
const WAITS = 2;

let clients = 0;

/**
 * An octokit with paging, retries after failures (three, each longer than the one before) and patience with rate limits.
 * It never prints the token.
 */
export function makeOctokit({ baseUrl, token, timeout, second, onWait }: OctokitOptions): Octokit {
  const { Octokit } = load("@octokit/core") as { Octokit: Pluggable };
  const { paginateRest } = load("@octokit/plugin-paginate-rest") as { paginateRest: unknown };
  const { retry } = load("@octokit/plugin-retry") as { retry: unknown };
  const { throttling } = load("@octokit/plugin-throttling") as { throttling: unknown };
  const patience = (what: string) => (seconds: number, options: Limited, _: unknown, count: number) => {
    const waits = count < WAITS && seconds <= LONGEST_WAIT;
    if (waits) onWait(`GitHub: ${what} reached; waiting ${seconds} s before ${options.method} ${options.url}`);
    return waits;
  };
  const quiet = () => undefined;
  return new (Octokit.plugin(paginateRest, retry, throttling))({
    auth: token,
    baseUrl,
    userAgent: "dualreg",
    log: { debug: quiet, info: quiet, warn: onWait, error: quiet },
    request: {
      fetch: (url: string, init: RequestInit) => fetch(url, { ...init, signal: AbortSignal.timeout(timeout) }),
    },
    retry: { retryAfterBaseValue: second },
    throttle: {
      // A client keeps to its own pace: two of one process, such as those of two tests, do not wait for each other.
      id: String(++clients),
      retryAfterBaseValue: second,
      onRateLimit: patience("rate limit"),
      onSecondaryRateLimit: patience("secondary rate limit"),
    },
  });
}
