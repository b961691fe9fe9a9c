import type { z } from "zod";
import { decode } from "../base/decode/decode";
import { DualRegistryError } from "../base/errors";
import { parseJson } from "../base/json";
import { displayUrl, quoted } from "../base/text/quote";
import { discard, readBody, refusePlainText, TIMEOUTS, Transport } from "../oci";

/** What an interface answered: a decoded value, or why there is none. */
export type Answer<T> =
  | { state: "given"; value: T; header: (name: string) => string | undefined }
  /** `status` is 0 where no answer of its own came. */
  | { state: "refused"; status: number; because: string };

/** One question. */
interface Question<T> {
  /** Below the base, without a slash in front. */
  path: string;
  schema: z.ZodType<T>;
  /** The right that the login needs, for the message. */
  needs: string;
  headers?: Readonly<Record<string, string>>;
  /** A body makes it a POST: a login is asked for so, and nothing else. */
  login?: object;
}

/** A kind's own interface, over HTTP. It reads, and it never fails: what goes wrong is the answer. */
export interface KindApi {
  ask: <T>(question: Question<T>) => Promise<Answer<T>>;
  /** The same with a login. */
  with: (headers: Readonly<Record<string, string>>) => KindApi;
}

/** Bytes of the largest answer: a page of settings has a few thousand. */
const MOST_BYTES = 1024 * 1024;

/** Milliseconds for one answer, its body included. */
export const API_TIMEOUT = 30_000;

/**
 * Opens an interface. What is sent goes to this address alone: a redirect is an answer like any other, and no address in
 * an answer is followed.
 *
 * @param base such as `https://quay.io/api/v1`
 * @throws DualRegistryError CONTENT_INVALID for plain text to another machine
 */
export function openApi(base: string, transport: Transport, timeout = API_TIMEOUT): KindApi {
  const root = new URL(`${base.replace(/\/+$/, "")}/`);
  refusePlainText(root);
  const open = (own: Readonly<Record<string, string>>): KindApi => ({
    with: (headers) => open({ ...own, ...headers }),
    ask: async ({ path, schema, needs, headers, login }) => {
      const url = new URL(path, root);
      const method = login === undefined ? "GET" : "POST";
      const what = `${method} ${displayUrl(url)}`;
      const refused = (status: number, why: string) => {
        return { state: "refused" as const, status, because: `${what}: ${why}` };
      };
      try {
        const response = await transport.send({
          ...{ method, url, signal: AbortSignal.timeout(timeout) },
          headers: { accept: "application/json", "content-type": "application/json", ...own, ...headers },
          ...(login && { body: Buffer.from(JSON.stringify(login)) }),
        });
        const { status } = response;
        if (status !== 200) {
          discard(response);
          return refused(status, refusalText(status, needs));
        }
        const body = parseJson(await readBody(response, MOST_BYTES, "the answer", timeout), "the answer");
        const value = decode(schema, body);
        if (value.success) return { state: "given", value: value.data, header: response.header };
        const [issue] = value.error.issues;
        const where = issue?.path.map(String).join(".") ?? "";
        return refused(0, `the answer has another form (${quoted(where, 60)}: ${quoted(issue?.message ?? "", 100)})`);
      } catch (error) {
        return refused(0, failureText(error));
      }
    },
  });
  return open({});
}

function refusalText(status: number, needs: string): string {
  if (status === 401) return `401, the login is not taken or has ended; needs ${needs}`;
  if (status === 403) return `403, the login may not; needs ${needs}`;
  if (status === 404) return `404, not there, or the login may not see it; needs ${needs}`;
  if (status >= 300 && status < 400)
    return `${status}, a redirect, which is not followed: it would take the login along`;
  return `answered with ${status}; try again`;
}

/** Why no answer came, by the error's own words where this project wrote them, else by its name alone. */
function failureText(error: unknown): string {
  if (error instanceof DualRegistryError) return error.message;
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  const name = error instanceof Error ? error.name : typeof error;
  return `no answer (${code ?? name}); see whether it is reachable from here`;
}

/** Connections for what the readers ask, with no wait longer than one answer's. */
export const apiTransport = (timeout = API_TIMEOUT): Transport =>
  new Transport({
    ...TIMEOUTS,
    connect: Math.min(timeout, 10_000),
    headers: timeout,
    idle: timeout,
    response: timeout,
  });
