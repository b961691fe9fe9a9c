import assert from "node:assert/strict";
import { describePages, readerOf, textOf } from "../../support/console/reader";
import { type ShownConsole, showConsole } from "../../support/console/shown";
import { NO_DIGEST } from "../../support/console/stageWithImages";
import { instead, refusal } from "../../support/registries/quirks";

describePages("the console's pages in Chromium", (world) => {
  const { open } = world;

  it("S0-10 overview shows both registries, their class and host, and the repositories of each", () =>
    open("/", async (page) => {
      for (const imageClass of ["secure", "standard"] as const) {
        const text = await textOf(page, `section[aria-labelledby=${imageClass}]`);
        assert.ok(text.includes(world.stage.ground.hostOf(imageClass)), text);
        assert.ok(text.includes("answers"), text);
      }
      assert.ok((await textOf(page, "section[aria-labelledby=secure]")).includes("orders/api"));
      assert.ok((await textOf(page, "section[aria-labelledby=standard]")).includes("orders/web"));
    }));

  for (const javaScriptEnabled of [true, false]) {
    it(`S0-10 a reader goes from list to image ${javaScriptEnabled ? "with" : "without"} a script, and its labels are there`, () =>
      open(
        "/",
        async (page) => {
          await page.click("text=orders/api");
          assert.equal(await page.textContent("h1"), "orders/api");
          await page.click("text=Read digests, platforms and dates");
          await page.waitForSelector("#tags >> text=linux/amd64 and 1 more");
          assert.equal(new URL(page.url()).search, javaScriptEnabled ? "" : "?details=true");
          await page.click("#tags >> text=v1.2.3");
          const text = await textOf(page);
          assert.ok(text.includes(`secure ${world.stage.ground.hostOf("secure")}`), text);
          assert.ok(text.includes("com.example.team"), text);
          assert.ok(text.includes("the same for 2 platforms"), text);
          assert.ok(/signed by key .*whom the policy of qa secure trusts/.test(text), text);
        },
        { javaScriptEnabled },
      ));
  }

  it("S0-10 the image page keeps annotations apart from labels, and attestations from what runs", () =>
    open("/r/orders/api:v1.2.3", async (page) => {
      const labels = await textOf(page, "section[aria-labelledby=labels]");
      const annotations = await textOf(page, "section[aria-labelledby=annotations]");
      assert.ok(annotations.includes("org.opencontainers.image.title") && !labels.includes("image.title"));
      assert.ok(!annotations.includes("com.example.team"));
      assert.equal(
        await page.locator("section[aria-labelledby=platforms] table").first().locator("tbody tr").count(),
        2,
      );
      assert.ok((await textOf(page, "section[aria-labelledby=platforms]")).includes("Attestations in the index"));
    }));

  it("S0-10 a label says how far it can be trusted: by a signature that counts here, or by nothing but itself", async () => {
    await open("/r/orders/api:v1.2.3", async (page) => {
      const labels = await textOf(page, "section[aria-labelledby=labels]");
      assert.match(labels, /com\.example\.team ?orders ?signed/);
      assert.match(labels, /signed whoever built the image wrote it, and the digest is signed by key sha256:/);
    });
    await open("/r/orders/web:v1", async (page) => {
      const glance = await textOf(page, "section[aria-labelledby=image]");
      assert.match(
        glance,
        /not signed by anybody whom the policy of standard images of this stage trusts; 1 signature by others/,
      );
      assert.match(await textOf(page, "section[aria-labelledby=labels] tbody tr"), /self-asserted/);
      assert.match(await textOf(page, "section[aria-labelledby=signatures]"), /does not count/);
    });
  });

  it("S0-10 an image without labels says so, and what to do", () =>
    open("/r/orders/web:without-labels", async (page) => {
      assert.match(await textOf(page, "section[aria-labelledby=labels]"), /no labels\. Build it with the label/);
    }));

  it("S0-10 hostile labels are text: nothing runs, links only lead where an address says, and what hides is shown", () =>
    open("/r/orders/web:hostile", async (page, status) => {
      assert.equal(status, 200);
      const labels = "section[aria-labelledby=labels]";
      assert.equal(await page.locator(`${labels} a`).count(), 0);
      assert.equal(await page.locator("main script, main img, main iframe, main svg, [onerror], [onload]").count(), 0);
      const text = await textOf(page, labels);
      assert.ok(text.includes("\\u202e") && text.includes("\\u001b") && text.includes("\\u0000"), text.slice(0, 500));
      assert.doesNotMatch(text, /[\u202e\u001b\u0000]/);
      assert.match(text, /more labels not shown/);
      assert.ok((await page.content()).length < 1_000_000);
      assert.equal(await page.title(), "orders/web:hostile · orders qa");
    }));

  it("S0-10 an address of https leads to its host, which is said, and to no other", () =>
    open("/r/orders/api:v1.2.3", async (page) => {
      const links = await page.locator("section[aria-labelledby=labels] a").all();
      assert.deepEqual(await Promise.all(links.map((link) => link.getAttribute("href"))), [
        "https://github.com/company/orders",
      ]);
      assert.equal(await links[0]?.textContent(), "open at github.com");
      assert.equal(await links[0]?.getAttribute("rel"), "noopener noreferrer nofollow");
    }));

  it("S0-10 compare shows what two images differ in, and counts what is equal", () =>
    open("/compare?left=orders/api:v1.2.3&right=orders/api:v1.2.2&platform=linux/amd64", async (page) => {
      const text = await textOf(page, "section[aria-labelledby=labels]");
      assert.match(text, /org\.opencontainers\.image\.versionv1\.2\.3v1\.2\.2/);
      assert.match(text, /com\.example\.formernot thereyes/);
      assert.ok(!text.includes("com.example.team"), text);
      assert.match(await textOf(page, "section[aria-labelledby=result]"), /\d+ differences; \d+ values equal/);
    }));

  it("S0-10 origin says which registry holds a digest, that two leave it open, and that none has it", async () => {
    await open(`/origin?digest=${world.stage.signed}`, async (page) => {
      assert.match(
        await textOf(page, "section[aria-labelledby=holders]"),
        /found It stands in the secure registry and in no other/,
      );
      assert.match(await textOf(page, "section[aria-labelledby=statements]"), /image\.source.*self-asserted.*signed/);
    });
    const twin = await world.stage.ground.repository("secure", "orders/api").resolve("twin");
    await open(`/origin?digest=orders/api@${twin?.digest ?? ""}`, async (page) => {
      assert.match(await textOf(page, "section[aria-labelledby=holders]"), /ambiguous The digest stands in both/);
    });
    await open(`/origin?digest=${NO_DIGEST}`, async (page) => {
      assert.match(await textOf(page, "section[aria-labelledby=holders]"), /not here Neither registry/);
    });
  });

  it("S0-10 what is wrong in a question is said at its form, and unsafe text in it stays text", async () => {
    await open("/origin?digest=%3Cscript%3Ealert(1)%3C/script%3E", async (page, status) => {
      assert.equal(status, 400);
      assert.equal(await page.inputValue("input[name=digest]"), "<script>alert(1)</script>");
      assert.match(await textOf(page, "[role=alert]"), /not a digest; allowed: sha256:/);
    });
    await open("/compare?left=orders/api&right=orders/api:v1.2.2", async (page, status) => {
      assert.equal(status, 400);
      assert.match(await textOf(page, "[role=alert]"), /The first is not an image/);
    });
  });

  it("S0-2 a repository that is not mapped, and a tag that is not there, are not found", async () => {
    for (const path of ["/r/orders/unmapped", "/r/orders/api:nothing", "/r/..%2f..%2fetc", "/r/orders/api@sha256:1"]) {
      await open(path, async (page, status) => {
        assert.equal(status, 404, path);
        assert.equal(await page.textContent("h1"), "Not found");
      });
    }
  });

  describe("with one registry in trouble", () => {
    let other: ShownConsole;
    beforeEach(async () => (other = await showConsole(world.stage.ground)));
    afterEach(async () => {
      world.stage.ground.fronts.secure.use();
      await other.stop();
    });
    const trouble = {
      "is down": refusal(500, "UNKNOWN"),
      "refuses the login": refusal(401, "UNAUTHORIZED"),
      "wants it slower": instead(429, { errors: [{ code: "TOOMANYREQUESTS" }] }, { "retry-after": "17" }),
    };
    it("S0-10 a registry that never answers is waited for and no longer, and the other is shown", async () => {
      world.stage.ground.fronts.secure.use(() => new Promise(() => undefined));
      await readerOf(world.browser, other).open("/", async (page, status) => {
        assert.equal(status, 200);
        assert.match(await textOf(page, "section[aria-labelledby=secure]"), /does not answer/);
        assert.match(await textOf(page, "section[aria-labelledby=standard]"), / answers /);
      });
    });

    it("S0-10 what is attached and cannot be read is said, and not taken for missing", async () => {
      world.stage.ground.fronts.secure.use((asked, next) =>
        /referrers|tags\/list|manifests\/sha256-/.test(asked.path) ? Promise.resolve(refusal(500, "UNKNOWN")) : next(),
      );
      const reader = readerOf(world.browser, other);
      await reader.open(`/origin?digest=${world.stage.signed}`, async (page) => {
        const text = await textOf(page, "section[aria-labelledby=statements]");
        assert.match(text, /Not read: Signatures and records of orders\/api/);
        assert.match(text, /image\.source.*self-asserted/);
      });
      await reader.open("/r/orders/api:v1.2.3", async (page) => {
        assert.match(await textOf(page, "section[aria-labelledby=image]"), /unknown signatures could not be read/);
      });
      await reader.open("/compare?left=orders/api:v1.2.3&right=orders/api:v1.2.2", async (page) => {
        assert.match(
          await textOf(page, "section[aria-labelledby=result]"),
          /Not read: Signatures, records and packages/,
        );
      });
    });

    it("S0-10 ten thousand tags come a hundred at a time, and the next page goes on behind them", async () => {
      const tags = Array.from({ length: 10_000 }, (_, at) => `v1.0.${String(at).padStart(5, "0")}`);
      world.stage.ground.fronts.secure.use((asked, next) =>
        asked.path.includes("/tags/list") ? Promise.resolve(instead(200, { name: "orders/api", tags })) : next(),
      );
      await readerOf(world.browser, other).open("/r/orders/api", async (page) => {
        assert.equal(await page.locator("#tags tbody tr").count(), 100);
        await page.click("text=Next page");
        assert.equal(await page.textContent("#tags tbody tr a"), "v1.0.00100");
        assert.equal(await page.locator("text=First page").count(), 1);
      });
    });

    for (const [what, answer] of Object.entries(trouble)) {
      it(`S0-10 one registry that ${what} is said on the page, and the other is shown`, async () => {
        world.stage.ground.fronts.secure.use(() => Promise.resolve(answer));
        await readerOf(world.browser, other).open("/", async (page, status) => {
          assert.equal(status, 200);
          assert.match(await textOf(page, "section[aria-labelledby=secure]"), /does not answer/);
          assert.match(await textOf(page, "section[aria-labelledby=standard]"), / answers /);
        });
        await readerOf(world.browser, other).open("/r/orders/api:v1.2.3", async (page, status) => {
          assert.equal(status, 503);
          assert.match(await textOf(page), /The image cannot be shown: .*Load the page again in/);
        });
        await readerOf(world.browser, other).open("/r/orders/web:v1", (_, status) => {
          assert.equal(status, 200);
        });
      });
    }
  });
});
