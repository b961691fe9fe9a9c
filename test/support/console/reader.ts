import assert from "node:assert/strict";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { describeInBrowser, openBrowser } from "../browser";
import { REFERRERS_TOOL } from "../registries";
import { type ShownConsole, showConsole } from "./shown";
import { type StageImages, stageWithImages } from "./stageWithImages";

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

/** What a suite about the console's pages works with, from its first test on. */
export interface PagesWorld {
  readonly browser: Browser;
  readonly stage: StageImages;
  readonly shown: ShownConsole;
  /** Opens pages of the console that the whole suite has. */
  readonly open: ConsoleReader["open"];
}

/** A suite with a real browser and a console over a stage with images; skipped by name where a part is missing. */
export function describePages(title: string, body: (world: PagesWorld) => void): void {
  const suite = () => {
    let made: Omit<PagesWorld, "open">;
    before(async () => {
      const [browser, stage] = [await openBrowser(), await stageWithImages()];
      made = { browser, stage, shown: await showConsole(stage.ground) };
    });
    after(async () => {
      await made.browser.close();
      await made.shown.stop();
      await made.stage.end();
    });
    body({
      get browser() {
        return made.browser;
      },
      get stage() {
        return made.stage;
      },
      get shown() {
        return made.shown;
      },
      open: (...args) => readerOf(made.browser, made.shown).open(...args),
    });
  };
  describeInBrowser(title, suite, ["docker-registry", REFERRERS_TOOL]);
}

/** The text of a part of a page, with its white space folded. */
export const textOf = async (page: Page, selector = "main"): Promise<string> =>
  ((await page.textContent(selector)) ?? "").replace(/\s+/g, " ");
