import assert from "node:assert/strict";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { ShownConsole } from "./shown";

/** Opens pages of consoles in a real browser. */
export interface ConsoleReader {
  /** Opens a page; what it asks other hosts for, runs or complains of is a failure. */
  open: (
    path: string,
    use: (page: Page, status: number) => Promise<void> | void,
    options?: BrowserContextOptions,
  ) => Promise<void>;
}

/** A reader of one console. */
export function readerOf(browser: Browser, { address }: ShownConsole): ConsoleReader {
  return {
    open: async (path, use, options = {}) => {
      const context = await browser.newContext(options);
      try {
        const page = await context.newPage();
        const noted: string[] = [];
        page.on("request", (request) => {
          if (!request.url().startsWith(address)) noted.push(`request ${request.url()}`);
        });
        page.on("dialog", (dialog) => {
          noted.push(`dialog ${dialog.message()}`);
          void dialog.dismiss();
        });
        page.on("pageerror", (error) => noted.push(`error ${error.message}`));
        page.on("console", (message) => {
          if (!message.text().includes("Failed to load resource")) noted.push(`console ${message.text()}`);
        });
        const response = await page.goto(`${address}${path}`);
        await use(page, response?.status() ?? 0);
        assert.deepEqual(noted, []);
      } finally {
        await context.close();
      }
    },
  };
}

/** The text of a part of a page, with its white space folded. */
export const textOf = async (page: Page, selector = "main"): Promise<string> =>
  ((await page.textContent(selector)) ?? "").replace(/\s+/g, " ");
