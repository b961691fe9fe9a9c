import { DualRegistryError } from "../../base/errors";
import { isLoopback } from "../../base/reference";
import { quoted } from "../../base/text/quote";
import type { HttpAnswer } from "../transport/transport";

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

/**
 * The address of the next page: that of `Link: <...>; rel="next"`. Source: RFC 8288; distribution specification 1.1.
 *
 * @param path what the address must begin with, besides the registry's own origin
 * @throws DualRegistryError CONTENT_INVALID for a page anywhere else
 */
export function nextPage(reply: Pick<HttpAnswer, "headers" | "url">, path: string, what: string): URL | undefined {
  for (const link of reply
    .headers("link")
    .join(",")
    .matchAll(/<([^>]*)>([^<]*)/g)) {
    if (!/;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\b)/i.test(link[2] ?? "")) continue;
    const target = link[1] ?? "";
    const url = URL.canParse(target, reply.url.href) ? new URL(target, reply.url) : undefined;
    if (url?.origin === reply.url.origin && url.pathname === path && url.username === "") return url;
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `${what}: its next page is said to be ${quoted(target.replace(/\?.*$/s, ""))}; allowed: ${path} of the same registry`,
    );
  }
  return undefined;
}
