import type { Context } from "hono";
import { raw } from "hono/html";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { defined } from "../../base/defined";
import { type Content, htmlDocument, type Markup, markup } from "../../base/text/html";
import type { ConsoleEnv, Visitor } from "../app";
import type { RenderMessage } from "../refuse";
import { ASSETS } from "./assets";

/** What every page says of the console it is a page of. */
export interface Site {
  readonly product: string;
  readonly stage: string;
  /** Digest of what was settled when the console was built. */
  readonly settings: string;
}

/** A page's body as bytes, for one that many readers get alike. */
export interface Written {
  readonly bytes: Buffer;
}

/** Writes a body once. */
export const writeBody = (body: Markup): Written => ({ bytes: Buffer.from(body.toString()) });

/** What one page says. */
interface Page {
  title: string;
  lead?: Content;
  body: Markup | Written;
  status?: ContentfulStatusCode;
  headers?: Readonly<Record<string, string>>;
}

const HEAD = markup`<link rel="stylesheet" href="${ASSETS.style}">
<script defer src="${ASSETS.script}"></script>`;

const FORMS: readonly (readonly [address: string, text: string])[] = [
  ["/search", "Search"],
  ["/compare", "Compare"],
  ["/origin", "Where did this come from?"],
];

const signOutForm = ({ signOut }: Visitor): Content =>
  signOut &&
  markup` <form method="post" action="${signOut.action}"><input type="hidden" name="csrf" value="${signOut.csrf}"><button>Sign out</button></form>`;

const barOf = ({ product, stage }: Site, visitor: Visitor | undefined): Markup =>
  markup`<a class="skip" href="#content">Skip to the content</a>
<nav class="bar" aria-label="Console"><div><a class="brand" href="/">${product} · ${stage}</a> ${FORMS.map(
    ([address, text]) => markup`<a href="${address}">${text}</a> `,
  )}${visitor && markup`<span class="who">${visitor.name}${signOutForm(visitor)}</span>`}</div></nav>
`;

const footerOf = ({ settings }: Site): Markup =>
  markup`Both registries were fixed when this console was built; nothing that runs beside it can change them. Settings <code>${settings}</code>. The same as JSON: <a href="/api/v1/openapi.json">API</a>.`;

function documentOf(
  site: Site,
  visitor: Visitor | undefined,
  { title, lead, body }: { title: string; lead?: Content; body: Content },
): Markup {
  return htmlDocument({
    ...{ title, windowTitle: `${title} · ${site.product} ${site.stage}`, style: HEAD, bar: barOf(site, visitor) },
    ...(lead === undefined ? {} : { lead }),
    body: markup`<div id="content" tabindex="-1">${body}</div>`,
    footer: footerOf(site),
  });
}

/** Stands where a written body goes; a visitor's name cannot hold it, since markup escapes text. */
const PLACE = "<!--body-->";

/** Answers with a page of the console. */
export function answerPage(context: Context<ConsoleEnv>, site: Site, page: Page): Response | Promise<Response> {
  const { title, lead, body, status = 200, headers = {} } = page;
  for (const [name, value] of Object.entries(headers)) context.header(name, value);
  const visitor = context.get("visitor");
  const parts = { title, ...defined({ lead }) };
  if (!("bytes" in body)) return context.html(documentOf(site, visitor, { ...parts, body }), status);
  const [before = "", after = ""] = documentOf(site, visitor, { ...parts, body: raw(PLACE) })
    .toString()
    .split(PLACE);
  const whole = Buffer.concat([Buffer.from(before), body.bytes, Buffer.from(after)]);
  return context.body(whole, status, { "content-type": "text/html; charset=UTF-8" });
}

/** How a refusal looks in the console's style, for whoever is not signed in too. */
export const messagePage =
  (site: Site): RenderMessage =>
  ({ title, text, links = [] }) =>
    documentOf(site, undefined, {
      title,
      body: markup`<section><p>${text}</p>${links.map(
        ({ href, text: words }) => markup`<p><a href="${href}">${words}</a></p>`,
      )}</section>`,
    });
