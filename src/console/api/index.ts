import { createHash } from "node:crypto";
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { DualRegistryError } from "../../base/errors";
import { escapeUnsafe } from "../../base/text/unsafe";
import type { ConsoleEnv } from "../app";
import type { Catalog } from "../model";
import type { ImageSearch } from "../search";
import { openApiDocument } from "./openApi";
import { type Operation, operationsOf } from "./operations";

/** What the API is made of. */
export interface ApiParts {
  catalog: Catalog;
  search: Pick<ImageSearch, "findInTurn">;
  /** Digest of what was settled when the console was built. */
  settings: string;
  /** Of the program, for the document. */
  version: string;
  /** Gets what is a fault of this program. */
  onFault: (error: unknown, requestId: string | undefined) => void;
}

/** Answers may be kept, by whoever asked, and are asked for again each time: an unchanged one is a 304. */
const CACHE = "private, no-cache";

/** The routes below `/api/v1`: every answer is read-only, and none is about a repository that the visitor may not read. */
export function consoleApi({ catalog, search, settings, version, onFault }: ApiParts): Hono<ConsoleEnv> {
  const api = new Hono<ConsoleEnv>();
  const operations = operationsOf(catalog, search, settings);
  const document = openApiDocument(operations, version);
  api.get("/openapi.json", (context) => json(context, document));
  for (const operation of operations) api.get(operation.path, (context) => answer(context, operation));
  api.notFound((context) => problem(context, 404, "not-found", NOT_FOUND));
  api.onError((error, context) => {
    if (error instanceof DualRegistryError && error.code === "NOT_FOUND") {
      return problem(context, 404, "not-found", NOT_FOUND);
    }
    if (error instanceof DualRegistryError && error.code === "USAGE") {
      return problem(context, 400, "wrong-query", error.message);
    }
    onFault(error, context.get("requestId"));
    return problem(context, 500, "fault", "The console failed; its log says why, under the id of the request.");
  });
  return api;
}

/** The same for what is not there and for what may not be read. */
const NOT_FOUND = "There is nothing of this name, or you may not read it.";

async function answer(context: Context<ConsoleEnv>, operation: Operation): Promise<Response> {
  const queries = context.req.queries();
  const repeated = Object.keys(queries).find((name) => (queries[name]?.length ?? 0) > 1);
  if (repeated !== undefined) throw new DualRegistryError("USAGE", `${repeated}: given more than once`);
  const part = await operation.run(context.req.query(), { visitor: context.get("visitor") });
  if (part.state === "ok") return json(context, part.value);
  const headers = part.retryAfter === undefined ? {} : { "retry-after": String(part.retryAfter) };
  return problem(context, 503, "registry-unavailable", part.reason, headers);
}

/** An answer as it is sent. */
interface Written {
  bytes: Uint8Array<ArrayBuffer>;
  etag: string;
}

/** What was written of an answer, for as long as somebody has it: a list that is asked for often is written once. */
const WRITTEN = new WeakMap<object, Written>();

function written(value: object): Written {
  const known = WRITTEN.get(value);
  if (known !== undefined) return known;
  const bytes = new TextEncoder().encode(plainJson(value));
  const fresh = { bytes, etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 27)}"` };
  WRITTEN.set(value, fresh);
  return fresh;
}

/** JSON whose strings hold no character that could act in a terminal: each is its escape, which every reader knows. */
function plainJson(value: object): string {
  const text = JSON.stringify(value);
  return NOT_PLAIN.test(text) ? escapeUnsafe(text) : text;
}

/** Most answers hold nothing else than printable ASCII, which is faster to see than what is unsafe. */
const NOT_PLAIN = /[^ -~]/;

/** The answer, or a 304 for whoever has it. Source: RFC 9110, 13.1.2. */
function json(context: Context<ConsoleEnv>, value: object): Response {
  const { bytes, etag } = written(value);
  const headers = { etag, "cache-control": CACHE };
  const had = (context.req.header("if-none-match") ?? "").split(",").map((one) => one.trim().replace(/^W\//, ""));
  if (had.includes(etag)) return context.body(null, 304, headers);
  return context.body(bytes, 200, { ...headers, "content-type": "application/json" });
}

const TITLES = {
  "not-found": "Not found",
  "wrong-query": "The query is wrong",
  "registry-unavailable": "The registry cannot say it now",
  fault: "The console failed",
} as const;

/** Source: RFC 9457. */
function problem(
  context: Context<ConsoleEnv>,
  status: ContentfulStatusCode,
  kind: keyof typeof TITLES,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body = { type: `urn:dual-registry:problem:${kind}`, title: TITLES[kind], status, detail };
  const type = "application/problem+json";
  return context.body(plainJson(body), status, {
    "content-type": type,
    "cache-control": "no-store",
    ...headers,
  });
}
