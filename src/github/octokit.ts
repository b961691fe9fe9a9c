import { DualRegistryError } from "../base/errors";
import { loadPackage } from "../base/packages";
import { quoted } from "../base/text/quote";
import type { Secrets } from "../base/text/redact";

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
  /** What no message may repeat; the token is among them. */
  secrets: Secrets;
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

/** The longest that is waited for a rate limit, in seconds, and how often. */
const LONGEST_WAIT = 90;
const WAITS = 2;

let clients = 0;

/**
 * An octokit with paging, retries after failures (three, each longer than the one before) and patience with rate limits.
 * It never prints the token.
 */
export function makeOctokit({ baseUrl, token, secrets, timeout, second, onWait }: OctokitOptions): Octokit {
  const { Octokit } = loadPackage("@octokit/core");
  const { paginateRest } = loadPackage("@octokit/plugin-paginate-rest");
  const { retry } = loadPackage("@octokit/plugin-retry");
  const { throttling } = loadPackage("@octokit/plugin-throttling");
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
    log: { debug: quiet, info: quiet, warn: (line: string) => onWait(secrets.scrub(line)), error: quiet },
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

/**
 * The permission that each route needs, as an App or a fine-grained token names it; the first pattern that fits.
 * Source: GitHub documentation, permissions required for GitHub Apps.
 */
const PERMISSIONS: readonly (readonly [RegExp, string])[] = [
  [/^POST \/repos\/\{owner\}\/\{repo\}\/actions\//, "Actions: write"],
  [/^GET \/repos\/\{owner\}\/\{repo\}\/actions\//, "Actions: read"],
  [/^POST \/repos\/\{owner\}\/\{repo\}\/deployments/, "Deployments: write"],
  [/^GET \/repos\/\{owner\}\/\{repo\}\/deployments/, "Deployments: read"],
  [/^POST \/repos\/\{owner\}\/\{repo\}\/statuses\//, "Commit statuses: write"],
  [/^GET \/repos\/\{owner\}\/\{repo\}\/commits\/\{ref\}\/pulls/, "Pull requests: read"],
  [/^GET \/repos\/\{owner\}\/\{repo\}\/commits\/\{ref\}\/check-runs/, "Checks: read"],
  [/^POST \/repos\/\{owner\}\/\{repo\}\/git\//, "Contents: write, and the rulesets must let its App through"],
  [/^(?:POST|PATCH) \/repos\/\{owner\}\/\{repo\}\/pulls/, "Pull requests: write"],
  [/^GET \/repos\/\{owner\}\/\{repo\}\/pulls/, "Pull requests: read"],
  [/^GET \/repos\/\{owner\}\/\{repo\}\/branches\/\{branch\}\/protection/, "Administration: read"],
  [/^GET \/repos\/\{owner\}\/\{repo\}\/rules\//, "Metadata: read"],
  [/^(?:POST|PATCH) \/repos\/\{owner\}\/\{repo\}\/issues/, "Issues: write"],
  [/^GET \/repos\/\{owner\}\/\{repo\}\/issues/, "Issues: read"],
  [/^GET \/repos\/\{owner\}\/\{repo\}\/environments\/\{environment_name\}\/variables/, "Environments: read"],
  [/^GET \/repos\/\{owner\}\/\{repo\}\/environments/, "Actions: read"],
  [/^GET \/repos\/\{owner\}\/\{repo\}(?:$|\/rulesets|\/collaborators)/, "Metadata: read"],
  [/^GET \/repos\/\{owner\}\/\{repo\}\/teams/, "Administration: read"],
  [
    /^GET \/(?:orgs|users)\/\{\w+\}\/packages\//,
    "read:packages of a classic token, or Packages: read of a job whose repository may read the package",
  ],
  [/^GET \/orgs\//, "Members: read, of the organisation; the GITHUB_TOKEN of a workflow never has it, an App's can"],
  [/^GET \/apps\//, "Metadata: read"],
  [/./, "Contents: read"],
];

/** The permission that a token needs for a route. */
export const permissionFor = (route: string): string =>
  PERMISSIONS.find(([pattern]) => pattern.test(route))?.[1] ?? "Contents: read";

/** What a failed request was and needs, for the message. */
export interface Asked {
  /** Such as `GET /repos/{owner}/{repo}/deployments`. */
  route: string;
  /** The permission that a token needs for it, such as `Deployments: read`. */
  needs: string;
  /** `owner/name`. */
  repository: string;
  /** What no message may repeat. */
  secrets: Secrets;
}

interface Failure {
  status: number;
  message: string;
  headers: Readonly<Record<string, unknown>>;
}

/** The parts of octokit's error; undefined for any other. */
function failureOf(error: unknown, scrub: (text: string) => string = (text) => text): Failure | undefined {
  if (!(error instanceof Error) || !("status" in error) || typeof error.status !== "number") return undefined;
  const response = "response" in error && typeof error.response === "object" ? error.response : undefined;
  const headers = response && "headers" in response && typeof response.headers === "object" ? response.headers : {};
  return { status: response ? error.status : 0, message: scrub(error.message), headers: { ...headers } };
}

/** True where GitHub said that there is no such thing, or that the token may not know of it. */
export const isNotFound = (error: unknown): boolean => failureOf(error)?.status === 404;

/** Seconds since 1970 as a time. */
function timeOf(seconds: unknown): string {
  const time = new Date(Number(seconds) * 1000);
  return Number.isNaN(time.getTime()) ? "later" : `after ${time.toISOString()}`;
}

/**
 * What a failure means and what to do about it, without a token: GitHub's text may repeat what it was sent, and the
 * client's errors carry the request. Anything that is no answer of GitHub is handed back, scrubbed.
 */
export function explain(error: unknown, { route, needs, repository, secrets }: Asked): unknown {
  if (error instanceof DualRegistryError) return error;
  const failure = failureOf(error, secrets.scrub);
  const cause = secrets.scrubError(error);
  if (!failure) return cause;
  const { status, headers } = failure;
  const accepted = headers["x-accepted-github-permissions"];
  const permission =
    typeof accepted === "string" ? `${needs} (GitHub says: ${quoted(secrets.scrub(accepted))})` : needs;
  const said = `${route} of ${repository} was answered with ${status}: ${quoted(failure.message)}`;
  const fail = (code: ConstructorParameters<typeof DualRegistryError>[0], text: string) =>
    new DualRegistryError(code, `GitHub: ${text}`, { cause });
  if (status === 0) {
    return fail("GITHUB_UNAVAILABLE", `${route} of ${repository} got no answer: ${quoted(failure.message)}; try again`);
  }
  if (status === 401) {
    return fail("GITHUB_AUTH", `${said}; the token is wrong or has ended: put another one in GITHUB_TOKEN`);
  }
  if (status === 429 || headers["x-ratelimit-remaining"] === "0" || headers["retry-after"] !== undefined) {
    const { "retry-after": seconds, "x-ratelimit-reset": reset } = headers;
    const when = typeof seconds === "string" ? `in ${seconds} s` : timeOf(reset);
    return fail("GITHUB_UNAVAILABLE", `${said}; the rate limit is used up: try again ${when}`);
  }
  if (status === 403) return fail("GITHUB_AUTH", `${said}; the token needs the permission ${permission}`);
  if (status === 404) {
    return fail("NOT_FOUND", `${said}; either it is not there, or the token lacks the permission ${permission}`);
  }
  if (status >= 500) return fail("GITHUB_UNAVAILABLE", `${said}; try again`);
  return fail("GITHUB_REFUSED", `${said}; correct what was sent`);
}
