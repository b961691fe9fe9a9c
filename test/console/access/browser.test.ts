import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { startServer, type ConsoleServer } from "../../../src/console/server";
import { describeInBrowser, openBrowser } from "../../support/browser";
import { type AccessWorld, KeyFolder, makeWorld } from "../../support/console/accessWorld";
import { type IdentityProviderStand, startIdentityProvider } from "../../support/console/identityProvider";
import { freePort } from "../../support/registries/freePort";

describeInBrowser("logging in with a browser", () => {
  let browser: Browser;
  let provider: IdentityProviderStand;
  let server: ConsoleServer;
  let keys: KeyFolder;
  let world: AccessWorld;
  let origin: string;
  before(async () => {
    browser = await openBrowser();
    const port = await freePort();
    origin = `http://localhost:${port}`;
    provider = await startIdentityProvider(origin, [{ login: "alice", groups: ["orders-team"] }], "a client's secret");
    keys = new KeyFolder();
    const clientSecretFile = keys.write(".client-secret", "a client's secret\n");
    world = await makeWorld({ provider, keys, origin, login: { clientSecretFile } });
    server = await startServer({ app: world.app, port, hostname: "127.0.0.1" });
  });
  after(async () => {
    await browser.close();
    await server.stop();
    await provider.stop();
    keys.remove();
  });

  for (const javaScriptEnabled of [true, false]) {
    it(`leads to the page that was wanted, and out again, ${javaScriptEnabled ? "with" : "without"} script (S0-4)`, async () => {
      const context = await browser.newContext({ javaScriptEnabled });
      const page = await context.newPage();
      const broken: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error") broken.push(message.text());
      });
      await page.goto(`${origin}/r/orders/api?after=v1`);
      assert.equal(new URL(page.url()).origin, provider.issuer);
      await page.fill("input[name=login]", "alice");
      await page.fill("input[name=password]", "any");
      await page.click("button[type=submit]");
      await page.waitForURL(`${origin}/r/orders/api?after=v1`);
      assert.equal(await page.textContent("h1"), "Hello alice");
      const cookies = await context.cookies(origin);
      const session = cookies.find(({ name }) => name === "__Host-dualreg");
      assert.deepEqual([session?.httpOnly, session?.secure, session?.sameSite], [true, true, "Lax"]);
      assert.deepEqual(
        cookies.filter(({ name }) => name.includes("login")),
        [],
      );
      await page.reload();
      assert.equal(await page.textContent("h1"), "Hello alice");
      await page.click("text=Sign out");
      await page.waitForURL(`${origin}/login/ended`);
      assert.equal(await page.textContent("h1"), "Signed out");
      // The provider is another port of the same host, which shares its cookies.
      assert.deepEqual(
        (await context.cookies(origin)).filter(({ name }) => name.startsWith("__Host-dualreg")),
        [],
      );
      await page.click("text=Sign out at the identity provider too");
      assert.equal(new URL(page.url()).origin, provider.issuer);
      await page.click("button[name=logout]");
      await page.waitForURL(`${origin}/login/ended**`);
      await page.click("text=Sign in again");
      assert.equal(await page.isVisible("input[name=login]"), true);
      assert.deepEqual(
        broken.filter((text) => text.includes(origin)),
        [],
      );
      await context.close();
    });
  }

  it("is not led out by a form of another site", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(origin);
    await page.fill("input[name=login]", "alice");
    await page.fill("input[name=password]", "any");
    await page.click("button[type=submit]");
    await page.waitForURL(`${origin}/`);
    const evil = await context.newPage();
    // A page of another origin and another site: the provider's host by its address.
    await evil.route("http://evil.example/", (route) =>
      route.fulfill({
        contentType: "text/html",
        body: `<form method="post" action="${origin}/logout"><input name="csrf" value="x"><button>Win</button></form>`,
      }),
    );
    await evil.goto("http://evil.example/");
    const [answer] = await Promise.all([evil.waitForResponse(`${origin}/logout`), evil.click("text=Win")]);
    assert.equal(answer.status(), 403);
    await page.reload();
    assert.equal(await page.textContent("h1"), "Hello alice");
    await context.close();
  });
});
