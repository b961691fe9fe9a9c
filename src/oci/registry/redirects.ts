import { DualRegistryError } from "../../errors";
import { quoted, shownUrl } from "../http/quote";
import { isRedirect } from "../http/statuses";
import { discard, type HttpAnswer, type Transport } from "../http/transport";
import { isLoopback } from "../reference";
import type { Call } from "./caller";

const MOST = 5;

/**
 * Sends a request, and for GET and HEAD goes where the answer points to. The authorization goes to the registry alone:
 * once another host was visited it is not shown again, not even to the registry.
 *
 * @throws DualRegistryError CONTENT_INVALID for a redirect in a circle, to plain text, or from outside into this machine
 */
export async function follow(
  transport: Transport,
  base: URL,
  url: URL,
  call: Call,
  authorization: string | undefined,
): Promise<HttpAnswer> {
  const { method, body, headers, answerWithin, signal } = call;
  const what = `${method} ${shownUrl(url)}`;
  let at = url;
  let trusted = url.origin === base.origin;
  for (let hops = 0; ; hops += 1) {
    const answer = await transport.send({
      method,
      url: at,
      headers: { ...headers, ...(trusted && authorization !== undefined ? { authorization } : {}) },
      ...(body === undefined ? {} : { body: typeof body === "function" ? await body() : body }),
      ...(answerWithin === undefined ? {} : { answerWithin }),
      ...(signal ? { signal } : {}),
    });
    if (!isRedirect(answer.status) || (method !== "GET" && method !== "HEAD")) return answer;
    discard(answer);
    if (hops === MOST) throw new DualRegistryError("CONTENT_INVALID", `${what}: more than ${MOST} redirects`);
    at = parseLocation(answer.header("location"), at, base, what);
    trusted &&= at.origin === base.origin;
  }
}

/**
 * An address that a registry points to.
 *
 * @param from what it is relative to
 * @param base the registry's own: from another machine nobody is sent to this machine's loopback
 * @throws DualRegistryError CONTENT_INVALID
 */
export function parseLocation(location: string | undefined, from: URL, base: URL, what: string): URL {
  const refuse = (why: string): never => {
    const shown = quoted((location ?? "").replace(/[?#].*$/s, "").replace(/\/\/[^/@]*@/, "//"));
    throw new DualRegistryError("CONTENT_INVALID", `${what}: it points to ${shown}: ${why}`);
  };
  if (location === undefined || !URL.canParse(location, from.href)) return refuse("that is no address");
  const to = new URL(location, from);
  if (to.username !== "" || to.password !== "") return refuse("the address holds a user or password");
  const local = isLoopback(base.host);
  if (isLoopback(to.host) && !local) return refuse("that is this machine itself");
  if (to.protocol !== "https:" && !(to.protocol === "http:" && local && isLoopback(to.host))) {
    return refuse("only https is followed");
  }
  return to;
}
