import { Hono } from "hono";
import { createHash } from "node:crypto";
import { PAGE_STYLE } from "../../base/text/html";
import type { ConsoleEnv } from "../app";

/** What the console's pages have beside the style of all pages. */
const CONSOLE_STYLE = `
.skip { position: absolute; left: -9999px; } .skip:focus { left: 12px; top: 8px; background: var(--card); padding: 8px 12px; border-radius: 8px; z-index: 1; }
.bar { background: var(--card); border-bottom: 1px solid var(--line); } .bar > div { max-width: 1100px; margin: 0 auto; padding: 10px 20px; display: flex; flex-wrap: wrap; gap: 6px 18px; align-items: center; }
.bar a { text-decoration: none; } .bar a:hover { text-decoration: underline; } .bar .brand { font-weight: 650; color: var(--ink); } .bar form { display: inline; margin: 0; } .bar .who { margin-left: auto; color: var(--soft); }
button, input, select { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--soft); border-radius: 8px; padding: 6px 10px; max-width: 100%; } button { cursor: pointer; }
a:focus-visible, button:focus-visible, input:focus-visible, summary:focus-visible, .wide:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
form.ask { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: end; margin: 0 0 12px; } form.ask label { display: grid; gap: 2px; font-size: 13px; color: var(--soft); flex: 1 1 240px; }
.class-secure { background: var(--secure-fill); color: var(--secure); border: 1px solid var(--secure); } .class-standard { background: var(--standard-fill); color: var(--standard); border: 1px solid var(--standard); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 20px; } .pair > section { margin: 0 0 20px; }
.glance { display: grid; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); gap: 12px 24px; margin: 0; } .glance dt { font-size: 13px; color: var(--soft); } .glance dd { margin: 0; }
.dense th, .dense td { padding: 4px 12px 4px 0; } .dense td { font-size: 14px; } .dense .facts td:first-child { width: 32%; } .badge { white-space: nowrap; } .empty { padding: 12px 0; color: var(--soft); }
.long > summary { color: var(--link); } .copy { font-size: 12px; padding: 0 7px; line-height: 20px; margin-left: 6px; } [hidden] { display: none !important; }
.busy { opacity: .55; } td code { overflow-wrap: anywhere; } .differs td:nth-child(n+2) { width: 38%; }
@media (max-width: 600px) { .bar > div { padding: 10px 12px; } .bar .who { margin-left: 0; } .pair { grid-template-columns: 1fr; } }
@media print { .bar, .skip, form, button { display: none; } .long > summary { color: var(--ink); } }
`;

/**
 * What a browser with scripts has more: a filter over a list, digests copied at a touch, details of a list that come
 * without a new page. It makes no markup of its own but what the console rendered.
 */
const SCRIPT = `"use strict";
for (const field of document.querySelectorAll("[data-filter]")) {
  const rows = [...document.querySelectorAll(field.dataset.filter)];
  const shown = document.getElementById(field.getAttribute("aria-describedby"));
  field.closest("[hidden]")?.removeAttribute("hidden");
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    let count = 0;
    for (const row of rows) { row.hidden = !row.textContent.toLowerCase().includes(wanted); if (!row.hidden) count += 1; }
    if (shown) shown.textContent = wanted === "" ? "" : count + " of " + rows.length;
  });
}
for (const code of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button"; button.className = "copy"; button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy " + code.dataset.copy);
  button.addEventListener("click", async () => {
    try { await navigator.clipboard.writeText(code.textContent); button.textContent = "Copied"; }
    catch { button.textContent = "Not allowed"; }
  });
  code.after(button);
}
document.addEventListener("click", async (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-details]") : null;
  const table = document.getElementById("tags");
  if (!link || !table || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  if (table.classList.contains("busy")) return;
  table.classList.add("busy"); table.setAttribute("aria-busy", "true"); link.textContent = "Reading…";
  try {
    const answer = await fetch(link.href, { headers: { accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("tags");
    if (!answer.ok || !fresh) throw new Error();
    table.replaceWith(document.adoptNode(fresh)); link.remove();
  } catch { location.assign(link.href); }
});
`;

/** The style of all pages of a console. */
export const STYLE = `${PAGE_STYLE}${CONSOLE_STYLE}`;
const nameOf = (text: string, ending: string) =>
  `/assets/${createHash("sha256").update(text).digest("hex").slice(0, 16)}.${ending}`;

/** Addresses of style and script: each holds a hash of what it leads to, so a browser keeps it for ever. */
export const ASSETS = { style: nameOf(STYLE, "css"), script: nameOf(SCRIPT, "js") } as const;

const FOR_EVER = "public, max-age=31536000, immutable";

/** Style and script, which are the same for everybody and stand before the login. */
export function consoleAssets(): Hono<ConsoleEnv> {
  const assets = new Hono<ConsoleEnv>();
  assets.get(ASSETS.style, (context) =>
    context.body(STYLE, 200, { "content-type": "text/css; charset=utf-8", "cache-control": FOR_EVER }),
  );
  assets.get(ASSETS.script, (context) =>
    context.body(SCRIPT, 200, { "content-type": "text/javascript; charset=utf-8", "cache-control": FOR_EVER }),
  );
  return assets;
}
