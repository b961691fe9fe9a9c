import assert from "node:assert/strict";
import { loginGround, makeWorld, ORIGIN, SESSION, statusOf } from "../../support/console/accessWorld";
import { OPEN_REDIRECTS } from "../../support/console/openRedirects";

const MINUTE = 60_000;

describe("the console's login", () => {
  const ground = loginGround();

  it("leads whoever opens a page to the ground.provider by the code flow with PKCE, state and nonce, and back to the page (S0-4)", async () => {
    const browser = ground.world.browser();
    const first = await browser.open("/r/orders/api?after=v1");
    assert.equal(first.status, 303);
    const login = first.headers.get("location") ?? "";
    const toProvider = await browser.open(login);
    const asked = new URL(toProvider.headers.get("location") ?? "").searchParams;
    assert.equal(asked.get("response_type"), "code");
    assert.equal(asked.get("code_challenge_method"), "S256");
    assert.match(asked.get("state") ?? "", /^[\w-]{43}$/);
    assert.match(asked.get("nonce") ?? "", /^[\w-]{43}$/);
    assert.equal(asked.get("redirect_uri"), `${ORIGIN}/login/callback`);
    const back = await browser.login("alice", login);
    assert.equal(back.status, 303);
    assert.equal(back.headers.get("location"), "/r/orders/api?after=v1");
    const cookie = back.headers.getSetCookie().find((line) => line.startsWith(`${SESSION}=`)) ?? "";
    for (const attribute of ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"])
      assert.match(cookie, new RegExp(`; ${attribute}(;|$)`));
    assert.doesNotMatch(cookie, /alice|Domain/i);
    assert.match(await (await browser.open("/")).text(), /Hello alice/);
  });

  it("lets each group read its repositories and no other, and nobody in who has none (S0-4)", async () => {
    const read = async (login: string) =>
      await (await (await ground.signedIn(login)).open("/api/v1/repositories")).json();
    assert.deepEqual(await read("alice"), {
      kind: "person",
      name: "alice",
      repositories: ["orders/api", "orders/web"],
    });
    assert.deepEqual(await read("olga"), {
      ...{ kind: "person", name: "olga" },
      repositories: ["orders/api", "orders/web", "billing/api"],
    });
    const browser = ground.world.browser();
    const refused = await browser.login("nobody");
    assert.equal(refused.status, 403);
    assert.match(await refused.text(), /none of your groups may read here/);
    assert.equal(browser.cookies().has(SESSION), false);
  });

  it("answers the API with 401 and a challenge, never with a redirect", async () => {
    const response = await ground.world.browser().open("/api/v1/repositories");
    assert.equal(response.status, 401);
    assert.match(response.headers.get("www-authenticate") ?? "", /^Bearer/);
    assert.equal(
      (await ground.world.browser().open("/x.js", { headers: { "sec-fetch-mode": "no-cors" } })).status,
      401,
    );
    assert.equal((await ground.world.browser().post("/r", {})).status, 401);
  });

  for (const spelling of OPEN_REDIRECTS) {
    it(`goes back to no other host: ${JSON.stringify(spelling)}`, async () => {
      const back = await ground.world.browser().login("alice", `/login?return=${encodeURIComponent(spelling)}`);
      assert.equal(back.status, 303);
      assert.equal(new URL(back.headers.get("location") ?? "", ORIGIN).host, new URL(ORIGIN).host);
    });
  }

  it("takes a callback once, in the browser that began it, and within ten minutes", async () => {
    const [browser, other] = [ground.world.browser(), ground.world.browser()];
    const callback = await browser.loginAtProvider("alice");
    assert.equal((await other.open(callback)).status, 400);
    const kept = new Map(browser.cookies());
    assert.equal((await browser.open(callback)).status, 303);
    // The same cookies once more, as somebody who copied them would bring them.
    const copy = ground.world.browser();
    for (const [name, value] of kept) copy.cookies().set(name, value);
    const replayed = await copy.open(callback);
    assert.equal(replayed.status, 400);
    assert.match(await replayed.text(), /cannot be finished/);
    assert.equal(copy.cookies().has(SESSION), false);
    const late = ground.world.browser();
    const lateCallback = await late.loginAtProvider("alice");
    ground.world.later(11 * MINUTE);
    assert.equal((await late.open(lateCallback)).status, 400);
  });

  it("lets nobody be logged in as somebody else by a link: a state of another browser is refused", async () => {
    const attacker = ground.world.browser();
    const callback = await attacker.loginAtProvider("olga");
    const victim = ground.world.browser();
    await victim.open("/login");
    assert.equal((await victim.open(callback)).status, 400);
    assert.equal(victim.cookies().has(SESSION), false);
    const forged = new URL(callback);
    forged.searchParams.set("state", "a".repeat(43));
    assert.equal((await attacker.open(forged.href)).status, 400);
  });

  it("shuts nobody out for callbacks that any other page could make them ask for, nor for wrong tokens of their address", async () => {
    const strict = await makeWorld({ ...ground, limits: { failures: { points: 2 } } });
    const browser = strict.browser();
    for (let times = 0; times < 5; times += 1) {
      assert.equal(await statusOf(browser, "/login/callback?code=x&state=y"), 400);
    }
    const token = await ground.provider.mint({ claims: { groups: ["auditors"] } });
    assert.equal((await strict.api(token)).status, 200);
    for (const status of [401, 401, 429]) assert.equal((await strict.api("wrong")).status, status);
    assert.equal((await browser.login("alice")).status, 303);
    assert.equal(await statusOf(browser), 200);
  });

  it("finishes logins that were begun in several tabs, in any order", async () => {
    const browser = ground.world.browser();
    const first = await browser.loginAtProvider("alice", "/login?return=/one");
    const second = await browser.loginAtProvider("alice", "/login?return=/two");
    assert.equal((await browser.open(second)).headers.get("location"), "/two");
    const earlier = await browser.open(first);
    assert.equal(earlier.headers.get("location"), "/one", JSON.stringify(ground.world.lines));
  });

  it("says that nobody can sign in while the ground.provider is down, and whoever is signed in goes on", async () => {
    const browser = await ground.signedIn();
    const begun = ground.world.browser();
    const callback = await begun.loginAtProvider("olga");
    ground.provider.down = true;
    assert.equal(await statusOf(browser), 200);
    const late = await begun.open(callback);
    assert.equal(late.status, 503, JSON.stringify(ground.world.lines.at(-2)));
    const fresh = await makeWorld(ground);
    const refused = await fresh.browser().open("/login");
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get("retry-after"), "5");
    ground.provider.down = false;
    fresh.later(3_000);
    assert.equal((await fresh.browser().login("olga")).status, 303);
  });

  it("writes a line a request, without code, state, cookie or token", async () => {
    const browser = ground.world.browser();
    const callback = new URL(await browser.loginAtProvider("alice"));
    await browser.open(callback.href);
    await browser.open("/r/orders?token=hidden");
    const text = JSON.stringify(ground.world.lines);
    for (const secret of [...callback.searchParams.values(), ...browser.cookies().values(), "hidden"]) {
      if (secret !== ground.provider.issuer) assert.equal(text.includes(secret), false, secret);
    }
    const last = ground.world.lines.at(-1);
    assert.equal(last?.["path"], "/r/orders");
    assert.equal(last["visitor"], "person alice");
    assert.equal(last["status"], 200);
    assert.match(String(last["requestId"]), /^[0-9a-f-]{36}$/);
  });
});
