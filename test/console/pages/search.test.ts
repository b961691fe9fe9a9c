import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { describePages, readerOf, textOf } from "../../support/console/reader";
import { type ShownConsole, showConsole } from "../../support/console/shown";
import { refusal } from "../../support/registries";

const FOUND = "section[aria-labelledby=found]";
const INDEX = "section[aria-labelledby=index]";

describePages("the console's search in Chromium", (world) => {
  const { open } = world;

  /** Waits until a console's index is whole. */
  const ready = async ({ address }: ShownConsole, wanted = "ready") => {
    for (;;) {
      const answer = await fetch(`${address}/api/v1/search?q=orders`);
      const { index } = (await answer.json()) as {
        index: { state: string; images: number; imagesWithPackages: number };
      };
      if (index.state === wanted && index.images === index.imagesWithPackages) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  before(() => ready(world.shown));

  const ask = async (page: Page, q: string, place = "any") => {
    await page.fill("input[name=q]", q);
    await page.selectOption("select[name=in]", place);
    await page.click("form.ask button");
    await page.waitForSelector(FOUND);
  };

  for (const javaScriptEnabled of [true, false]) {
    it(`S0-10 a reader asks who owns an image ${javaScriptEnabled ? "with" : "without"} a script, and goes to its page`, () =>
      open(
        "/",
        async (page) => {
          await page.click("nav >> text=Search");
          await ask(page, "web", "owner");
          assert.match(await textOf(page, FOUND), /^Found1 image\..*orders\/web:v1standard/);
          assert.match(await textOf(page, FOUND), /com\.example\.team=web/);
          await page.click(`${FOUND} >> text=orders/web:v1`);
          assert.match((await page.textContent("h1")) ?? "", /^orders\/web@sha256:/);
        },
        { javaScriptEnabled },
      ));
  }

  it("S0-10 the page says as of when its answers are, and what reading all anew costs beside what a registry allows", () =>
    open(`/search?q=${world.stage.signed}`, async (page) => {
      assert.match(await textOf(page, FOUND), /1 image\..*orders\/api:v1\.2\.3/);
      const index = await textOf(page, INDEX);
      assert.match(index, /Statewhole/);
      assert.match(index, /As of\d{4}-\d\d-\d\d \d\d:\d\d UTC/);
      assert.match(index, /To read all anew\d+ requests, 8 of them lists of referrers: 1 minute/);
      assert.match(index, /the smallest Azure Container Registry allows 5000 requests, 250 lists of referrers/);
      assert.match(index, /After a restartis built anew/);
    }));

  it("S0-10 hostile labels and questions are text, in answers as well as in the form", async () => {
    await open("/search?in=label&q=hostile*", async (page) => {
      assert.match(await textOf(page, FOUND), /orders\/web:hostile.*not all labels are searched/);
      assert.equal(await page.locator("main script, main img, main iframe, main svg, [onerror], [onload]").count(), 0);
    });
    await open("/search?in=label&q=one+megabyte", async (page) => {
      assert.match(await textOf(page, FOUND), /the first 300 of 1048576 characters/);
    });
    for (const q of [
      '<script>alert(1)</script>"',
      '") OR text : ("',
      "orders NEAR/2 api",
      "team^ -orders AND",
      "\u202e%00",
    ]) {
      await open(`/search?${new URLSearchParams({ q }).toString()}`, async (page, status) => {
        assert.ok(status === 200 || status === 400, `${q}: ${status}`);
        assert.equal(await page.locator("main script").count(), 0);
      });
    }
    await open(`/search?q=${"x".repeat(600)}`, async (page, status) => {
      assert.equal(status, 400);
      assert.match(await textOf(page, "[role=alert]"), /at most 500 characters/);
    });
  });

  it("S0-10 the keyboard alone asks and goes to what was found", () =>
    open("/search", async (page) => {
      await page.focus("input[name=q]");
      await page.keyboard.type("v1.2.3");
      await page.keyboard.press("Enter");
      await page.waitForSelector(FOUND);
      const focused = () => page.evaluate<string>("document.activeElement.textContent.trim()");
      for (let presses = 0; (await focused()) !== "orders/api:v1.2.3"; presses += 1) {
        assert.ok(presses < 40, "what was found cannot be reached");
        await page.keyboard.press("Tab");
      }
      await page.keyboard.press("Enter");
      await page.waitForSelector("section[aria-labelledby=labels]");
    }));

  it("S0-10 what nobody asked yet is shown by examples, and what is not found is said", async () => {
    await open("/search", async (page) => {
      assert.match(await textOf(page, "section[aria-labelledby=examples]"), /com\.example\.team=ord\*/);
    });
    await open("/search?q=nothingofthisname", async (page) => {
      assert.match(await textOf(page, FOUND), /No image that you may read/);
    });
  });

  it("S0-10 an index that is being built, and a registry that is down, are said in front of what is found", async () => {
    world.stage.ground.fronts.secure.use(() => Promise.resolve(refusal(500, "UNKNOWN")));
    const other = await showConsole(world.stage.ground);
    try {
      await ready(other, "building");
      await readerOf(world.browser, other).open("/search?q=orders", async (page) => {
        const text = await textOf(page);
        assert.match(text, /The index is being built: 1 of 3 repositories were read/);
        assert.match(text, /As ofnot read from first to last yet/);
        assert.match(text, /localhost:\d+/);
        assert.match(await textOf(page, FOUND), /orders\/web/);
      });
    } finally {
      world.stage.ground.fronts.secure.use();
      await other.stop();
    }
  });
});
