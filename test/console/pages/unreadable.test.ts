import assert from "node:assert/strict";
import { Hono } from "hono";
import type { ConsoleEnv } from "../../../src/console/app";
import { consolePages } from "../../../src/console/pages";
import { ConsoleGround, type GroundSearch } from "../../support/console/ground";
import { built } from "../../support/console/searchedStage";
import { describeWith, REFERRERS_TOOL } from "../../support/registries";

describeWith(["docker-registry", REFERRERS_TOOL], "the console's pages for who may read a part", () => {
  let ground: ConsoleGround;
  let digest: string;
  let search: GroundSearch;
  before(async () => {
    ground = await ConsoleGround.begin();
    digest = await ground.image("secure", "orders/api", "v1", { labels: { "com.example.team": "unknown-to-alice" } });
    await ground.image("standard", "orders/web", "v1");
    search = ground.search({ every: 3_600_000 });
    await built(search, 2);
  });
  after(async () => {
    await search.close();
    await ground.end();
  });

  /** The pages as somebody sees them who may read these repositories. */
  function pagesFor(readable: readonly string[]): (path: string) => Promise<{ status: number; text: string }> {
    const app = new Hono<ConsoleEnv>();
    app.use(async (context, next) => {
      const mayRead = (repository: string) => readable.includes(repository);
      context.set("visitor", { kind: "person", name: "alice <b>", mayRead, signOut: { action: "/logout", csrf: "c" } });
      await next();
    });
    const site = { product: "orders", stage: "qa", settings: "sha256:0" };
    const onFault = (error: unknown) => assert.fail(String(error));
    app.route("/", consolePages({ catalog: ground.catalog(), search, site, onFault }));
    return async (path) => {
      const answer = await app.request(path);
      return { status: answer.status, text: await answer.text() };
    };
  }

  it("S0-10 what may not be read is answered as what is not there, on every page", async () => {
    const ask = pagesFor(["orders/web"]);
    const missing = await ask("/r/orders/nothing:v1");
    assert.equal(missing.status, 404);
    const requests = await ground.requestsOf("secure", async () => {
      for (const path of [
        "/r/orders/api",
        "/r/orders/api:v1",
        `/r/orders/api@${digest}`,
        "/compare?left=orders/api:v1&right=orders/web:v1",
        "/compare?left=orders/web:v1&right=orders/api:v1",
      ]) {
        assert.deepEqual(await ask(path), missing, path);
      }
    });
    assert.deepEqual(requests, []);
  });

  it("S0-10 overview and origin name only what may be read", async () => {
    const ask = pagesFor(["orders/web"]);
    for (const path of [
      "/",
      `/origin?digest=${digest}`,
      "/search?q=orders",
      `/search?q=${digest}`,
      "/search?in=label&q=org*",
    ]) {
      const { status, text } = await ask(path);
      assert.equal(status, 200);
      assert.ok(!text.includes("orders/api") && !text.includes("unknown-to-alice"), path);
    }
    assert.match((await ask(`/origin?digest=${digest}`)).text, /Neither registry of this stage holds it/);
    assert.match((await pagesFor(["orders/api"])(`/origin?digest=${digest}`)).text, /stands in the secure registry/);
  });

  it("S0-10 a page that many read alike still names its own visitor, as text, with that visitor's way out", async () => {
    const ask = pagesFor(["orders/web"]);
    for (let times = 0; times < 2; times += 1) {
      const { text } = await ask("/r/orders/web");
      assert.match(
        text,
        /alice &lt;b&gt; <form method="post" action="\/logout"><input type="hidden" name="csrf" value="c">/,
      );
    }
  });
});
