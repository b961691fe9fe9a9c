import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { DualRegistryError } from "../../base/errors";
import { parseJson } from "../../base/json";
import { isTag } from "../../base/reference";
import { quoted } from "../../base/text/quote";
import type { RegistryResponse } from "./client";
import { nextPage } from "./links";
import { apiPath, type RepositoryContext } from "./repositoryContext";

const PAGE_SIZE = 1000;
const MAX_PAGES = 1000;
const MAX_TAGS = 100_000;
const MAX_PAGE_BYTES = 4 * 1024 * 1024;

const pageSchema = z.object({ tags: z.array(z.string()).nullish() });

/**
 * Every tag once, page by page; none where the registry does not know the repository.
 *
 * @throws DualRegistryError CONTENT_INVALID for a list that goes in a circle, is endless, or holds what is no tag
 */
export async function* tagList(repo: RepositoryContext, signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
  const path = apiPath(repo, "tags/list");
  const what = `Tags of ${repo.name}`;
  const refuse = (why: string): never => {
    throw new DualRegistryError("CONTENT_INVALID", `${what}: ${why}`);
  };
  const seen = new Set<string>();
  let next: { url: string | URL; linked: boolean } | undefined = { url: `${path}?n=${PAGE_SIZE}`, linked: true };
  for (let page = 1; next; page += 1) {
    if (page > MAX_PAGES) return refuse(`more than ${MAX_PAGES} pages; the list seems endless`);
    const request = { method: "GET" as const, url: next.url, scopes: repo.pull, signal };
    const validate = (response: RegistryResponse) => (response.status === 200 ? readPage(response, what) : undefined);
    const response = await repo.client.request({ ...request, validate }, [200, 404], MAX_PAGE_BYTES);
    if (response.status === 404) return;
    const tags = readPage(response, what);
    const newTags = [...new Set(tags)].filter((tag) => !seen.has(tag));
    if (tags.length > 0 && newTags.length === 0) {
      if (!next.linked) return;
      return refuse(`page ${page} repeats earlier tags; the list is circular`);
    }
    for (const tag of newTags) {
      if (seen.size === MAX_TAGS) return refuse(`more than ${MAX_TAGS} tags; the list seems endless`);
      seen.add(tag);
      yield tag;
    }
    next = nextRequest(response, tags, path, what);
  }
}

function readPage(response: RegistryResponse, what: string): readonly string[] {
  const read = decode(pageSchema, parseJson(response.bytes, what));
  if (!read.success) throw new DualRegistryError("CONTENT_INVALID", `${what}: the response is not a list of tags`);
  const tags = read.data.tags ?? [];
  const invalid = tags.find((tag) => !isTag(tag));
  if (invalid === undefined) return tags;
  throw new DualRegistryError(
    "CONTENT_INVALID",
    `${what}: ${quoted(invalid)} is not a tag that the specification allows`,
  );
}

/** A full page without a link may have a successor: the specification leaves the link out where it likes. */
function nextRequest(
  response: RegistryResponse,
  tags: readonly string[],
  path: string,
  what: string,
): { url: string | URL; linked: boolean } | undefined {
  const link = nextPage(response, path, what);
  if (link) return { url: link, linked: true };
  const last = tags.at(-1);
  if (tags.length !== PAGE_SIZE || last === undefined) return undefined;
  return { url: `${path}?n=${PAGE_SIZE}&last=${encodeURIComponent(last)}`, linked: false };
}
