import { DualRegistryError } from "../../base/errors";
import { isLoopback } from "../../base/reference";
import { quoted } from "../../base/text/quote";
import type { HttpResponse } from "../transport/transport";

/**
 * An address that a registry points to.
 *
 * @param from what it is relative to
 * @param base the registry's own: from another machine nobody is sent to this machine's loopback
 * @throws DualRegistryError CONTENT_INVALID
 */
export function parseLocation(location: string | undefined, from: URL, base: URL, what: string): URL {
  const refuse = (why: string): never => {
    const display = quoted((location ?? "").replace(/[?#].*$/s, "").replace(/\/\/[^/@]*@/, "//"));
    throw new DualRegistryError("CONTENT_INVALID", `${what}: the Location header points to ${display}: ${why}`);
  };
  if (location === undefined || !URL.canParse(location, from.href)) return refuse("not an address");
  const target = onTls(new URL(location, from), base);
  if (target.username !== "" || target.password !== "") return refuse("the address contains a user or password");
  const local = isLoopback(base.host);
  if (isLoopback(target.host) && !local) return refuse("that is this machine's loopback");
  if (target.protocol !== "https:" && !(target.protocol === "http:" && local && isLoopback(target.host))) {
    return refuse("only https is followed");
  }
  return target;
}

/**
 * What a registry behind a proxy that ends TLS calls itself: by plain HTTP, and without its port. Only the registry's own
 * host is meant, and it is asked as it always is (distribution/distribution#479, #996).
 */
function onTls(target: URL, base: URL): URL {
  const own = target.hostname === base.hostname && (target.port === "" || target.port === base.port);
  if (base.protocol !== "https:" || target.protocol !== "http:" || !own) return target;
  const { pathname, search, username, password } = target;
  // Never joined as a text: a path that begins with two slashes would read as another host.
  return Object.assign(new URL(base.origin), { pathname, search, username, password });
}

/**
 * The address of the next page: that of `Link: <...>; rel="next"`. Source: RFC 8288; distribution specification 1.1.
 *
 * @param path what the address must begin with, besides the registry's own origin
 * @throws DualRegistryError CONTENT_INVALID for a page anywhere else
 */
export function nextPage(response: Pick<HttpResponse, "headers" | "url">, path: string, what: string): URL | undefined {
  for (const link of response
    .headers("link")
    .join(",")
    .matchAll(/<([^>]*)>([^<]*)/g)) {
    if (!/;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\b)/i.test(link[2] ?? "")) continue;
    const target = link[1] ?? "";
    const url = URL.canParse(target, response.url.href)
      ? onTls(new URL(target, response.url), new URL(response.url.origin))
      : undefined;
    if (url?.origin === response.url.origin && url.pathname === path && url.username === "") return url;
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `${what}: the Link header points to ${quoted(target.replace(/\?.*$/s, ""))}; allowed: ${path} of the same registry`,
    );
  }
  return undefined;
}
