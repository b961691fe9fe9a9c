import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { judge } from "../../../../src/preview/change/changes";
import { diffRecordings } from "../../../../src/preview/change/diff";
import { RENDERERS } from "../../../../src/preview/render";
import { describeInBrowser, openBrowser } from "../../../support/browser";
import { everywhere, HOSTILE } from "../../../support/compliance/hostile";
import { rendered, sourceOf, waiver, withSecure } from "../../../support/compliance/reportGround";
import { FACTS, GROUP, recording, REGISTRY, type Sample, TOKEN } from "../../../support/sampleRecording";

const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const STAGES = [
  sourceOf({ stack: "qa", facts: withSecure({ adminUserEnabled: true }) }),
  sourceOf({ stack: "uat", waivers: [waiver("customer-key"), waiver("name-valid")] }),
];
const FORMER = { asOf: "2026-11-01", stages: [sourceOf({ stack: "qa" })] };

/** A preview with everything that a page of one shows, in which every text from outside is the given one. */
function previewPage(text: string): string {
  const registry: Sample = {
    ...{ type: REGISTRY, name: "secure", options: { protect: true }, outputs: { loginServer: "[unknown]" } },
    inputs: { registryName: text, [text]: [text, { [text]: "[secret]" }] },
  };
  const group: Sample = { type: GROUP, name: text, inputs: { location: text } };
  const token: Sample = { type: TOKEN, name: text, inputs: { registryName: text } };
  const dev = recording([registry, group], { outputs: { [text]: text } });
  const renamed = { ...registry, inputs: { ...registry.inputs, registryName: `${text} 2` } };
  const head = recording([renamed, token], { outputs: { [text]: [text] } });
  const qa = recording([], { stack: "qa", references: [{ name: "dev", stack: "company/sample/dev" }] });
  const recordings = new Map([["dev", head] as const, ["qa", qa] as const]);
  const stages = [diffRecordings(dev, head, FACTS), diffRecordings(undefined, qa, FACTS)];
  return RENDERERS.html.render(recordings, { review: { base: text, stages, verdict: judge(stages, false) } });
}

/** Counts the controls that nobody sees. */
const HIDDEN = `[...document.querySelectorAll(".controls > li")]
  .filter((one) => !one.checkVisibility({ contentVisibilityAuto: true })).length`;

/** What axe-core says of an element that fails. */
interface Violation {
  id: string;
  nodes: { html: string }[];
}

describeInBrowser("HTML pages in Chromium", () => {
  const folder = mkdtempSync(join(tmpdir(), "dualreg-html-"));
  let browser: Browser;
  before(async () => {
    browser = await openBrowser();
    writeFileSync(join(folder, "report.html"), rendered(STAGES, FORMER).html);
    const hostile = [HOSTILE.join(" "), HOSTILE.join("")].map(everywhere);
    writeFileSync(join(folder, "hostile.html"), rendered(hostile).html);
    writeFileSync(join(folder, "preview.html"), previewPage("contososecure"));
    writeFileSync(join(folder, "hostile-preview.html"), previewPage(HOSTILE.join(" ")));
  });
  after(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens a page, and notes what it asks for, runs and complains of. */
  async function open(
    name: string,
    options: BrowserContextOptions,
    use: (page: Page, noted: string[]) => Promise<void>,
  ) {
    const context = await browser.newContext(options);
    try {
      const page = await context.newPage();
      const noted: string[] = [];
      const url = pathToFileURL(join(folder, name)).href;
      page.on("request", (request) => {
        if (request.url() !== url) noted.push(`request ${request.url()}`);
      });
      page.on("dialog", (dialog) => {
        noted.push(`dialog ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on("pageerror", (error) => noted.push(`error ${error.message}`));
      page.on("console", (message) => noted.push(`console ${message.text()}`));
      await page.goto(url);
      await use(page, noted);
    } finally {
      await context.close();
    }
  }

  for (const name of ["report.html", "hostile.html", "preview.html", "hostile-preview.html"]) {
    for (const colorScheme of ["light", "dark"] as const) {
      it(`axe-core finds no violation in ${name}, ${colorScheme}`, () =>
        open(name, { bypassCSP: true, colorScheme }, async (page) => {
          await page.evaluate(`document.querySelectorAll("details").forEach((one) => (one.open = true))`);
          await page.evaluate(AXE);
          const found: Violation[] = await page.evaluate("axe.run().then(({ violations }) => violations)");
          assert.deepEqual(
            found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`),
            [],
          );
        }));
    }

    it(`${name} fits a phone of 320 and of 390 without scrolling sideways`, () =>
      open(name, { viewport: { width: 390, height: 800 } }, async (page) => {
        for (const width of [320, 390]) {
          await page.setViewportSize({ width, height: 800 });
          assert.equal(await page.evaluate("document.documentElement.scrollWidth"), width);
        }
      }));

    it(`${name} asks for nothing, runs nothing, and keeps its own policy`, () =>
      open(name, {}, async (page, noted) => {
        await page.waitForLoadState("networkidle");
        assert.deepEqual(noted, []);
        assert.equal(
          await page.evaluate("document.querySelectorAll('script, img, iframe, form, [onload], [onerror]').length"),
          0,
        );
        await page.addScriptTag({ content: "document.title = 'taken over'" }).catch(() => undefined);
        assert.notEqual(await page.title(), "taken over");
      }));
  }

  it("the page's style is applied under its policy", () =>
    open("report.html", { colorScheme: "light" }, async (page) => {
      const color = await page.evaluate("getComputedStyle(document.body).backgroundColor");
      assert.equal(color, "rgb(244, 245, 248)");
    }));

  it("on paper it is dark on white, every control is shown, and each stage begins a page", () =>
    open("report.html", { colorScheme: "dark" }, async (page) => {
      await page.evaluate("document.querySelectorAll('details').forEach((one) => one.removeAttribute('open'))");
      assert.notEqual(await page.evaluate(HIDDEN), 0);
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      const [ink, paper, breaks] = await page.evaluate<string[]>(`[
        getComputedStyle(document.querySelector("h1")).color,
        getComputedStyle(document.body).backgroundColor,
        getComputedStyle(document.querySelectorAll("section.stage")[1]).breakBefore,
      ]`);
      assert.deepEqual([ink, paper, breaks], ["rgb(0, 0, 0)", "rgb(255, 255, 255)", "page"]);
      assert.equal(await page.evaluate(HIDDEN), 0);
      const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
      const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g) ?? [];
      assert.ok(pages.length >= 4, `${pages.length} pages`);
    }));
});
