import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { DualRegistryError } from "../../../src/base/errors";
import { writeSite } from "../../../src/console/site";
import { beginSite } from "../../../src/console/site/write";
import { openRegistry } from "../../../src/oci";
import { describeInBrowser, openBrowser } from "../../support/browser";
import { textOf } from "../../support/console/reader";
import { type StageImages, stageWithImages } from "../../support/console/stageWithImages";
import { REFERRERS_TOOL, refusal } from "../../support/registries";

const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const filesIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((name) => statSync(join(dir, name)).isFile());

describe("beginSite", () => {
  let parent: string;
  beforeEach(() => (parent = mkdtempSync(join(tmpdir(), "dualreg-site-"))));
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  it("beginSite puts a site in its place when it is whole, and leaves the one before there until then", async () => {
    const dir = join(parent, "site");
    for (const text of ["one", "two"]) {
      const folder = beginSite(dir);
      await folder.write(["r", "a", "_x.html"], text);
      if (text === "two") assert.equal(readFileSync(join(dir, "r/a/_x.html"), "utf8"), "one");
      folder.finish();
      assert.equal(readFileSync(join(dir, "r/a/_x.html"), "utf8"), text);
    }
    const given = beginSite(dir);
    await given.write(["other.html"], "");
    given.discard();
    assert.deepEqual([readdirSync(parent), existsSync(join(dir, "other.html"))], [["site"], false]);
  });

  it("beginSite takes no folder that holds somebody's files, and no file", () => {
    const dir = join(parent, "home");
    mkdirSync(dir);
    writeFileSync(join(dir, "thesis.txt"), "");
    for (const out of [dir, join(dir, "thesis.txt"), "/"]) {
      assert.throws(
        () => beginSite(out),
        (error: unknown) =>
          error instanceof DualRegistryError && error.code === "USAGE" && /empty or not there/.test(error.message),
        out,
      );
    }
    assert.deepEqual(readdirSync(dir), ["thesis.txt"]);
  });

  it("beginSite takes away what a run that was killed an hour ago left, and nothing that another run writes now", () => {
    const id = "00000000-0000-4000-8000-00000000000";
    const names = [`.site.${id}0.next`, `.site.${id}1.next`, `.sites.${id}2.next`];
    for (const name of names) mkdirSync(join(parent, name));
    for (const name of [names[0], names[2]]) utimesSync(join(parent, name ?? ""), 0, 0);
    beginSite(join(parent, "site")).discard();
    assert.deepEqual(readdirSync(parent).sort(), names.slice(1));
  });
});

describeInBrowser(
  "the site of a stage's labels in Chromium",
  () => {
    let stage: StageImages;
    let browser: Browser;
    let parent: string;
    let dir: string;
    const told: string[] = [];

    const write = async (to: string) => {
      const open = (imageClass: "secure" | "standard") =>
        openRegistry(stage.ground.hostOf(imageClass), {
          credentials: () => Promise.resolve({ kind: "anonymous", from: "the test" }),
          retry: { attempts: 1 },
        });
      const sessions = { secure: open("secure"), standard: open("standard") };
      try {
        const facts = { now: () => new Date("2026-12-01T08:00:00Z"), tell: (line: string) => void told.push(line) };
        return await writeSite(stage.ground.outputs, sessions, to, facts);
      } finally {
        await Promise.all(Object.values(sessions).map((session) => session.close()));
      }
    };

    before(async () => {
      [browser, stage] = [await openBrowser(), await stageWithImages()];
      parent = mkdtempSync(join(tmpdir(), "dualreg-site-"));
      dir = join(parent, "site");
      await write(dir);
    });
    after(async () => {
      await browser.close();
      await stage.end();
      rmSync(parent, { recursive: true, force: true });
    });
    const open = async (
      file: string,
      use: Parameters<typeof textOf>[0] extends infer Page ? (page: Page) => Promise<void> : never,
      options = {},
    ) => {
      const context = await browser.newContext(options);
      try {
        const page = await context.newPage();
        const noted: string[] = [];
        page.on("request", (request) => {
          if (!request.url().startsWith(pathToFileURL(dir).href)) noted.push(request.url());
        });
        page.on("console", (message) => noted.push(message.text()));
        await page.goto(pathToFileURL(join(dir, file)).href);
        await use(page);
        assert.deepEqual(noted, []);
      } finally {
        await context.close();
      }
    };

    it("S0-10 a reader goes from the first page to an image's labels without a server and without a script, in its style", () =>
      open(
        "index.html",
        async (page) => {
          assert.match(await textOf(page, "section[aria-labelledby=secure]"), /orders\/api3 images/);
          await page.click("text=orders/api");
          await page.click("text=v1.2.3");
          assert.equal(await page.textContent("h1"), "orders/api:v1.2.3");
          const text = await textOf(page);
          assert.match(text, /com\.example\.team ?orders ?self-asserted/);
          assert.match(text, /the same for 2 platforms/);
          assert.doesNotMatch(text, /Nobody signed|not signed|No SBOM/);
          assert.notEqual(
            await page.evaluate("getComputedStyle(document.querySelector('section')).borderRadius"),
            "0px",
          );
          await page.click("nav >> text=Labels");
          await page.click("summary >> text=com.example.team");
          await page.click("a >> text=orders/web:v1");
          assert.equal(await page.textContent("h1"), "orders/web:v1");
        },
        { javaScriptEnabled: false },
      ));

    it("S0-10 hostile labels are text in every page, and no file stands where a label could have sent it", () => {
      for (const file of filesIn(dir)) {
        assert.match(
          file,
          /^(?:\.dualreg-labels|style\.css|(?:index|labels)\.html|r\/orders\/(?:api|web|console)\/_(?:tags|sha256-[0-9a-f]{64})\.html)$/,
        );
        if (!file.endsWith(".html")) continue;
        const text = readFileSync(join(dir, file), "utf8");
        assert.doesNotMatch(text, /<script|<img|<iframe|<svg|javascript:[^<]*"|[\u202e\u001b\u0000]/, file);
        assert.match(text, /http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src/, file);
      }
      assert.deepEqual(readdirSync(parent), ["site"]);
    });

    it("every link of every page leads to a page that is there, or to an address that a label is", () => {
      for (const file of filesIn(dir).filter((name) => name.endsWith(".html"))) {
        for (const [, href = ""] of readFileSync(join(dir, file), "utf8").matchAll(/href="([^"#]+)"/g)) {
          if (href.startsWith("https://")) continue;
          const target = join(dir, dirname(file), href);
          assert.ok(!relative(dir, target).startsWith("..") && existsSync(target), `${file}: ${href}`);
        }
      }
    });

    for (const colorScheme of ["light", "dark"] as const) {
      it(`axe-core finds no violation in the site, ${colorScheme}, and nothing scrolls sideways on a phone`, async () => {
        const web = filesIn(join(dir, "r/orders/web")).map((name) => join("r/orders/web", name));
        for (const file of ["index.html", "labels.html", ...web]) {
          await open(
            file,
            async (page) => {
              await page.evaluate(`document.querySelectorAll("details").forEach((one) => (one.open = true))`);
              assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 360, file);
              await page.evaluate(AXE);
              const found: { id: string }[] = await page.evaluate(
                "axe.run({ preload: false }).then(({ violations }) => violations)",
              );
              assert.deepEqual(
                found.map(({ id }) => `${file} ${id}`),
                [],
              );
            },
            { bypassCSP: true, colorScheme, viewport: { width: 360, height: 800 } },
          );
        }
      });
    }

    it("a registry that is down is said, the other is shown, and the site before is not half replaced", async () => {
      stage.ground.fronts.secure.use(() => Promise.resolve(refusal(500, "UNKNOWN")));
      try {
        const to = join(parent, "other");
        const { unread, images } = await write(to);
        assert.ok(unread.length > 0 && images > 0, unread.join());
        assert.match(readFileSync(join(to, "r/orders/api/_tags.html"), "utf8"), /Not read: /);
        assert.match(readFileSync(join(to, "index.html"), "utf8"), /not read/);
        rmSync(to, { recursive: true });
      } finally {
        stage.ground.fronts.secure.use();
      }
    });
  },
  ["docker-registry", REFERRERS_TOOL],
);
