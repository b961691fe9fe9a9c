import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** Times that a busy or unreachable console is asked again, and the longest pause that is waited for, in seconds. */
const TRIES = 4;
const LONGEST_PAUSE = 60;
const TIMEOUT_MS = 15_000;

/** What the console refuses, with its status and what to do. */
export class ConsoleError extends Error {
  /**
   * @param {number} status of the answer; 0 where there was none
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.name = "ConsoleError";
    this.status = status;
  }
}

const ADVICE = {
  401: "the token is missing, wrong, expired or revoked: ask for a new one",
  403: "the token is right and may read nothing here",
  404: "there is no such image, or the token does not read its repository",
};

/**
 * A client of the console's API. It needs nothing but Node.
 *
 * @param {{ url: string, tokenFile: string, fetch?: typeof fetch }} options `url` of the console; `tokenFile` is read anew
 *   for each request, so a token that is replaced in a mounted secret counts at once
 */
export function consoleClient({ url, tokenFile, fetch: send = fetch }) {
  const base = new URL("/api/v1/", url);
  const local = ["localhost", "127.0.0.1"].includes(base.hostname);
  if (base.protocol !== "https:" && !local)
    throw new ConsoleError(0, `${base.origin}: allowed: https, or this computer`);

  /**
   * @param {string} operation such as `image`
   * @param {Record<string, string>} query
   * @returns {Promise<any>} the answer's JSON
   */
  async function get(operation, query = {}) {
    const address = new URL(operation, base);
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    for (let tried = 1; ; tried += 1) {
      const token = readFileSync(tokenFile, "utf8").trim();
      // A redirect is no answer of the API, and the token goes to no other host.
      const response = await send(address, {
        headers: { authorization: `Bearer ${token}`, accept: "application/json" },
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      }).catch((error) => {
        throw new ConsoleError(0, `${base.origin} gives no answer (${error.cause?.code ?? error.name})`);
      });
      if (response.ok) return response.json();
      const seconds = Number(response.headers.get("retry-after") ?? "");
      const isBusy = [429, 503].includes(response.status) && seconds > 0 && seconds <= LONGEST_PAUSE;
      await response.body?.cancel();
      if (!isBusy || tried === TRIES) {
        const advice = ADVICE[response.status] ?? "see the console's log by the id of the request";
        const id = response.headers.get("x-request-id") ?? "none";
        throw new ConsoleError(response.status, `${operation}: ${response.status}; ${advice} (request ${id})`);
      }
      await pause(seconds * 1_000);
    }
  }

  return {
    /** Repositories that the token reads. */
    repositories: async () => (await get("repositories")).repositories.map(({ repository }) => repository),
    /** An image by tag or digest, as the API answers it. */
    image: (repository, reference) => get("image", { repository, reference }),
    /** Its signatures, records and SBOMs, judged by the stage's policy. */
    trust: (repository, digest) => get("trust", { repository, digest }),
  };
}
