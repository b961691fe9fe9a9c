import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
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

/** What one page says. */
interface Page {
  title: string;
  lead?: Content;
  body: Content;
  status?: ContentfulStatusCode;
  headers?: Readonly<Record<string, string>>;
}

const HEAD = markup`<link rel="stylesheet" href="${ASSETS.style}">
<script defer src="${ASSETS.script}"></script>`;

const FORMS: readonly (readonly [address: string, text: string])[] = [
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

function documentOf(site: Site, visitor: Visitor | undefined, { title, lead, body }: Page): Markup {
  return htmlDocument({
    ...{ title, windowTitle: `${title} · ${site.product} ${site.stage}`, style: HEAD, bar: barOf(site, visitor) },
    ...(lead === undefined ? {} : { lead }),
    body: markup`<div id="content" tabindex="-1">${body}</div>`,
    footer: footerOf(site),
  });
}

/** Answers with a page of the console. */
export function answerPage(context: Context<ConsoleEnv>, site: Site, page: Page): Response | Promise<Response> {
  for (const [name, value] of Object.entries(page.headers ?? {})) context.header(name, value);
  return context.html(documentOf(site, context.get("visitor"), page), page.status ?? 200);
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
