import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { type Content, markup, type Markup } from "../base/text/html";
import type { ConsoleEnv } from "./app";

/** A page with one message. */
interface MessagePage {
  title: string;
  text: string;
  /** Where to go from here: paths of this console, or the identity provider. */
  links?: readonly { href: string; text: string }[];
}

/** Renders a page with one message; the console's pages give theirs, which has their style. */
export type RenderMessage = (message: MessagePage) => Markup;

const linksOf = ({ links = [] }: MessagePage): Content =>
  links.map(({ href, text }) => markup`<p><a href="${href}">${text}</a></p>`);

/** The page without any style. */
export const plainMessage: RenderMessage = (message) =>
  markup`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${message.title}</title></head><body><main><h1>${message.title}</h1><p>${message.text}</p>${linksOf(message)}</main></body></html>`;

const isForPrograms = (path: string): boolean => path === "/api" || path.startsWith("/api/");

/** What a status is called, as in the API's other problems. */
const KINDS: Readonly<Record<number, string>> = {
  401: "unauthorized",
  403: "forbidden",
  429: "too-many-requests",
  503: "unavailable",
};

/** A refusal: for the API as a problem, for people as a page. */
export interface Refusal extends MessagePage {
  status: ContentfulStatusCode;
  headers?: Readonly<Record<string, string>>;
}

/** Answers with a refusal: `application/problem+json` (RFC 9457) below /api, a page elsewhere. */
export function refuse(
  context: Context<ConsoleEnv>,
  refusal: Refusal,
  render: RenderMessage = plainMessage,
): Response | Promise<Response> {
  const { status, title, text, headers = {} } = refusal;
  for (const [name, value] of Object.entries(headers)) context.header(name, value);
  if (!isForPrograms(context.req.path)) return context.html(render(refusal), status);
  const problem = { type: `urn:dual-registry:problem:${KINDS[status] ?? "refused"}`, title, status, detail: text };
  return context.body(JSON.stringify(problem), status, { "content-type": "application/problem+json" });
}
