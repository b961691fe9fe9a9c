import { quoted } from "../../boundedFile";
import { DualRegistryError } from "../../errors";

/** What a failed request was and needs, for the message. */
export interface Asked {
  /** Such as `GET /repos/{owner}/{repo}/deployments`. */
  route: string;
  /** The permission that a token needs for it, such as `Deployments: read`. */
  needs: string;
  /** `owner/name`. */
  repository: string;
}

interface Failure {
  status: number;
  message: string;
  headers: Readonly<Record<string, unknown>>;
}

/** The parts of octokit's error; undefined for any other. */
function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof Error) || !("status" in error) || typeof error.status !== "number") return undefined;
  const response = "response" in error && typeof error.response === "object" ? error.response : undefined;
  const headers = response && "headers" in response && typeof response.headers === "object" ? response.headers : {};
  return { status: response ? error.status : 0, message: error.message, headers: { ...headers } };
}

/** True where GitHub said that there is no such thing, or that the token may not know of it. */
export const isNotFound = (error: unknown): boolean => failureOf(error)?.status === 404;

/** Seconds since 1970 as a time. */
function timeOf(seconds: unknown): string {
  const time = new Date(Number(seconds) * 1000);
  return Number.isNaN(time.getTime()) ? "later" : `after ${time.toISOString()}`;
}

/** What a failure means and what to do about it. Anything that is no answer of GitHub is handed back as it is. */
export function explain(error: unknown, { route, needs, repository }: Asked): unknown {
  const failure = failureOf(error);
  if (!failure) return error;
  const { status, headers } = failure;
  const accepted = headers["x-accepted-github-permissions"];
  const permission = typeof accepted === "string" ? `${needs} (GitHub says: ${quoted(accepted)})` : needs;
  const said = `${route} of ${repository} was answered with ${status}: ${quoted(failure.message)}`;
  const fail = (code: ConstructorParameters<typeof DualRegistryError>[0], text: string) =>
    new DualRegistryError(code, `GitHub: ${text}`, { cause: error });
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
