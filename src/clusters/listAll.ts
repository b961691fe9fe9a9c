import type { z } from "zod";
import { decode } from "../base/decode/decode";
import { showPath } from "../base/decode/problems";
import { DualRegistryError } from "../base/errors";
import { fieldAt, listOf, parseJson, textAt } from "../base/json";
import { quoted } from "../base/text/quote";
import { ExpiredListError, type ReadPath } from "./kubectl";

/** Objects of one page. Source: Kubernetes, "API Concepts", "Retrieving large results sets in chunks". */
const PAGE = 500;

/** Times that a list is begun anew because its token ended, and pages of one list. */
const LIMITS = { restarts: 5, pages: 10_000 } as const;

/** A list of the API. */
export interface ListOptions<T> {
  /** For messages, such as `Cluster "qa"`. */
  where: string;
  schema: z.ZodType<T>;
  /** Objects of one page. @default 500 */
  page?: number;
}

/**
 * Every object of a list, read page by page: the pages show the list at one moment. Where the token of the next page has
 * ended (410), the list is read anew from its beginning, so that none is missing and none stands twice.
 *
 * @param path such as `/api/v1/pods`
 * @throws DualRegistryError CLUSTER_UNAVAILABLE, CONTENT_INVALID for an answer that is no list of these objects
 */
export async function listAll<T>(read: ReadPath, path: string, options: ListOptions<T>): Promise<T[]> {
  for (let begun = 1; ; begun += 1) {
    try {
      return await listOnce(read, path, options);
    } catch (error) {
      if (!(error instanceof ExpiredListError) || begun > LIMITS.restarts) throw error;
    }
  }
}

async function listOnce<T>(read: ReadPath, path: string, { where, schema, page = PAGE }: ListOptions<T>): Promise<T[]> {
  const objects: T[] = [];
  const tokens = new Set<string>();
  const at = `${where}: ${path}`;
  const refuse = (why: string) =>
    new DualRegistryError("CONTENT_INVALID", `${at}: ${why}; expected: a list of Kubernetes`);
  for (let next = ""; ;) {
    const bytes = await read(`${path}?limit=${page}${next}`);
    const list = parseJson(bytes, at);
    const items = fieldAt(list, "items");
    // Go writes an empty list as null.
    if (items !== null && !Array.isArray(items)) throw refuse("items is not a list");
    for (const item of listOf(items)) objects.push(objectOf(item, schema, refuse));
    const token = textAt(list, "metadata", "continue");
    if (token === undefined) return objects;
    if (tokens.has(token) || tokens.size >= LIMITS.pages) throw refuse("its pages have no end");
    tokens.add(token);
    next = `&continue=${encodeURIComponent(token)}`;
  }
}

function objectOf<T>(item: unknown, schema: z.ZodType<T>, refuse: (why: string) => Error): T {
  const { data, error } = decode(schema, item);
  if (error === undefined) return data;
  const [issue] = error.issues;
  const name = [textAt(item, "metadata", "namespace"), textAt(item, "metadata", "name")].join("/");
  throw refuse(`${quoted(name)}: ${showPath(issue?.path ?? [])}: ${issue?.message ?? "unreadable"}`);
}
