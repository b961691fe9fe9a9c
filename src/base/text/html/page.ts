import { createHash } from "node:crypto";
import { raw } from "hono/html";
import { type Content, markup } from "./markup";
import { STYLE } from "./style";

const HASH = createHash("sha256").update(STYLE).digest("base64");

/** What a page holds. */
interface PageParts {
  title: string;
  /** Below the title. */
  lead?: Content;
  body: Content;
  footer?: Content;
}

/**
 * One page without scripts or anything from elsewhere, to be read, sent and printed. Its policy allows its own style and
 * nothing else: no script, no image, no address.
 */
export function htmlPage({ title, lead, body, footer }: PageParts): string {
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${raw(HASH)}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${lead === undefined ? undefined : markup`<p class="soft">${lead}</p>`}
</header>
<main>
${body}
</main>
${footer === undefined ? undefined : markup`<footer>${footer}</footer>`}
</body>
</html>
`;
  return page.toString();
}
