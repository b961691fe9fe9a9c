import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { DualRegistryError } from "../../base/errors";
import { parseJson } from "../../base/json";
import { isTag } from "../../base/reference";
import { quoted } from "../../base/text/quote";
import type { Reply } from "./caller";
import { nextPage } from "./links";
import { at, type Room } from "./repositoryContext";

const PAGE = 1000;
const MOST_PAGES = 1000;
const MOST_TAGS = 100_000;
const LARGEST_PAGE = 4 * 1024 * 1024;

const pageForm = z.object({ tags: z.array(z.string()).nullish() });

/**
 * Every tag once, page by page; none where the registry does not know the repository.
 *
 * @throws DualRegistryError CONTENT_INVALID for a list that goes in a circle, is endless, or holds what is no tag
 */
export async function* listTags(room: Room, signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
  const path = at(room, "tags/list");
  const what = `Tags of ${room.name}`;
  const refuse = (why: string): never => {
    throw new DualRegistryError("CONTENT_INVALID", `${what}: ${why}`);
  };
  const seen = new Set<string>();
  let next: { to: string | URL; linked: boolean } | undefined = { to: `${path}?n=${PAGE}`, linked: true };
  for (let page = 1; next; page += 1) {
    if (page > MOST_PAGES) return refuse(`more than ${MOST_PAGES} pages came; the list seems endless`);
    const call = { method: "GET" as const, to: next.to, scopes: room.pull, signal };
    const check = (reply: Reply) => (reply.status === 200 ? readPage(reply, what) : undefined);
    const reply = await room.caller.ask({ ...call, check }, [200, 404], LARGEST_PAGE);
    if (reply.status === 404) return;
    const tags = readPage(reply, what);
    const fresh = [...new Set(tags)].filter((tag) => !seen.has(tag));
    if (tags.length > 0 && fresh.length === 0) {
      if (!next.linked) return;
      return refuse(`page ${page} brings nothing new; the list goes in a circle`);
    }
    for (const tag of fresh) {
      if (seen.size === MOST_TAGS) return refuse(`more than ${MOST_TAGS} tags came; the list seems endless`);
      seen.add(tag);
      yield tag;
    }
    next = after(reply, tags, path, what);
  }
}

function readPage(reply: Reply, what: string): readonly string[] {
  const read = decode(pageForm, parseJson(reply.bytes, what));
  if (!read.success) throw new DualRegistryError("CONTENT_INVALID", `${what}: the answer is no list of tags`);
  const tags = read.data.tags ?? [];
  const odd = tags.find((tag) => !isTag(tag));
  if (odd === undefined) return tags;
  throw new DualRegistryError("CONTENT_INVALID", `${what}: ${quoted(odd)} is no tag that the specification allows`);
}

/** A full page without a link may have a successor: the specification leaves the link out where it likes. */
function after(
  reply: Reply,
  tags: readonly string[],
  path: string,
  what: string,
): { to: string | URL; linked: boolean } | undefined {
  const link = nextPage(reply, path, what);
  if (link) return { to: link, linked: true };
  const last = tags.at(-1);
  if (tags.length !== PAGE || last === undefined) return undefined;
  return { to: `${path}?n=${PAGE}&last=${encodeURIComponent(last)}`, linked: false };
}
