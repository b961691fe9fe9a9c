import type { Renderer } from "./render";
import { renderHtml, renderHtmlChanges } from "./renderHtml";
import { renderJson, renderJsonChanges } from "./renderJson";
import { renderMarkdown, renderMarkdownChanges } from "./renderMarkdown";
import { renderTree } from "./renderTree";
import { renderTreeChanges } from "./renderTreeChanges";

/** The ways to show recordings, by the name the command line takes. */
export const RENDERERS: Readonly<Record<"tree" | "json" | "markdown" | "html", Renderer>> = {
  tree: { extension: "txt", render: renderTree, changes: renderTreeChanges },
  json: { extension: "json", render: renderJson, changes: renderJsonChanges },
  markdown: { extension: "md", render: renderMarkdown, changes: renderMarkdownChanges },
  html: { extension: "html", render: renderHtml, changes: renderHtmlChanges },
};

/** A name of {@link RENDERERS}. */
export type Format = keyof typeof RENDERERS;
