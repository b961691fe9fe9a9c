import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describePages } from "../../support/console/reader";

const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** What axe-core says of an element that fails. */
interface Violation {
  id: string;
  nodes: { html: string }[];
}

describePages("reading the console in Chromium", (world) => {
  const { open } = world;

  const addresses = (): readonly string[] => [
    "/",
    "/r/orders/api",
    "/r/orders/api?details=true",
    "/r/orders/api:v1.2.3",
    "/r/orders/web:hostile",
    "/r/orders/web:without-labels",
    "/compare?left=orders/api:v1.2.3&right=orders/api:v1.2.2&platform=linux/amd64",
    `/origin?digest=${world.stage.signed}`,
    "/search",
    "/search?q=orders",
    "/search?in=label&q=hostile*",
    "/search?q=***",
    "/r/nothing/here",
  ];

  for (const colorScheme of ["light", "dark"] as const) {
    it(`axe-core finds no violation on any page, ${colorScheme}`, async () => {
      for (const path of addresses()) {
        await open(
          path,
          async (page) => {
            await page.evaluate(`document.querySelectorAll("details").forEach((one) => (one.open = true))`);
            await page.evaluate(AXE);
            const found: Violation[] = await page.evaluate("axe.run().then(({ violations }) => violations)");
            assert.deepEqual(
              found.map(({ id, nodes }) => `${path} ${id}: ${nodes[0]?.html.slice(0, 200) ?? ""}`),
              [],
            );
          },
          { bypassCSP: true, colorScheme },
        );
      }
    });
  }

  it("no page scrolls sideways on a phone", async () => {
    for (const path of addresses()) {
      await open(
        path,
        async (page) => {
          assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 360, path);
        },
        { viewport: { width: 360, height: 800 } },
      );
    }
  });

  it("the keyboard alone leads to the content, into a repository and to an image", () =>
    open("/", async (page) => {
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate("document.activeElement.textContent"), "Skip to the content");
      await page.keyboard.press("Enter");
      const focused = () => page.evaluate<string>("document.activeElement.textContent.trim()");
      for (const [wanted, path] of [
        ["orders/api", "/r/orders/api"],
        ["v1.2.3", "/r/orders/api:v1.2.3"],
      ] as const) {
        for (let presses = 0; (await focused()) !== wanted; presses += 1) {
          assert.ok(presses < 40, `${wanted} cannot be reached`);
          await page.keyboard.press("Tab");
          const outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
          assert.notEqual(outline, "none");
        }
        await page.keyboard.press("Enter");
        await page.waitForURL(`${world.shown.address}${path}`);
      }
      assert.equal(await page.textContent("h1"), "orders/api:v1.2.3");
    }));

  it("a filter hides the rows that do not match, and says how many are left", () =>
    open("/r/orders/api", async (page) => {
      await page.fill("[data-filter]", "1.2.3");
      assert.equal(await page.textContent("#filtered"), "1 of 3");
      assert.equal(await page.locator("#tags tbody tr:visible").count(), 1);
    }));

  it("on paper there are no forms, and everything stands on white", () =>
    open(
      "/r/orders/api:v1.2.3",
      async (page) => {
        await page.emulateMedia({ media: "print" });
        assert.equal(await page.locator("nav:visible, form:visible, button:visible").count(), 0);
        assert.equal(await page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
        assert.ok((await page.pdf()).length > 5_000);
      },
      { colorScheme: "dark" },
    ));

  it("S0-10 a list of 100 images weighs less than 60 KB without its script", async () => {
    const [list, style] = await Promise.all(
      ["/r/orders/console?details=true", "/"].map(async (path) => {
        const answer = await fetch(`${world.shown.address}${path}`);
        const text = await answer.text();
        if (path !== "/") {
          assert.equal(text.match(/<time /g)?.length, 100);
          return text.length;
        }
        const address = /href="(\/assets\/[^"]+\.css)"/.exec(text)?.[1] ?? "";
        const sheet = await fetch(`${world.shown.address}${address}`);
        assert.equal(sheet.headers.get("cache-control"), "public, max-age=31536000, immutable");
        return (await sheet.text()).length;
      }),
    );
    assert.ok((list ?? 0) + (style ?? 0) < 60_000, `${list} and ${style} bytes`);
  });
});
