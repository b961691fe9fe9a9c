import { DualRegistryError } from "../../errors";
import { quoted } from "../http/quote";
import type { Reply } from "./caller";

/**
 * The address of the next page: that of `Link: <...>; rel="next"`. Source: RFC 8288; distribution specification 1.1.
 *
 * @param path what the address must begin with, besides the registry's own origin
 * @throws DualRegistryError CONTENT_INVALID for a page anywhere else
 */
export function nextPage(reply: Pick<Reply, "headers" | "url">, path: string, what: string): URL | undefined {
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
