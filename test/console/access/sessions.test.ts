import assert from "node:assert/strict";
import { z } from "zod";
import { SealedCookies } from "../../../src/console/access/sealedCookie";
import { csrfOf, loginGround, makeWorld, ORIGIN, SESSION, statusOf } from "../../support/console/accessWorld";
import { CLIENT } from "../../support/console/identityProvider";

const MINUTE = 60_000;

describe("a session of the console", () => {
  const ground = loginGround();

  it("begins a session of its own, whatever session the browser had before", async () => {
    const attacker = await ground.signedIn("alice");
    const planted = attacker.cookies().get(SESSION) ?? "";
    const victim = ground.world.browser();
    victim.cookies().set(SESSION, planted);
    await victim.login("olga");
    assert.notEqual(victim.cookies().get(SESSION), planted);
    assert.match(await (await victim.open("/")).text(), /Hello olga/);
    assert.match(await (await attacker.open("/")).text(), /Hello alice/);
    assert.notEqual(await csrfOf(victim), await csrfOf(attacker));
  });

  it("takes a cookie that was changed at any place, or is another purpose's, for none", async () => {
    const browser = await ground.signedIn();
    const good = browser.cookies().get(SESSION) ?? "";
    for (let at = 0; at < good.length; at += 17) {
      const changed = `${good.slice(0, at)}${good[at] === "A" ? "B" : "A"}${good.slice(at + 1)}`;
      browser.cookies().set(SESSION, changed);
      assert.equal(await statusOf(browser), 303, `changed at ${at}`);
    }
    for (const bad of ["", "x", good.slice(0, -20), `${good}.x`, "eyJhbGciOiJub25lIn0.e30."]) {
      browser.cookies().set(SESSION, bad);
      assert.equal(await statusOf(browser), 303);
    }
    await browser.open("/login");
    const [, login = ""] = [...browser.cookies()].find(([name]) => name.startsWith("__Host-dualreg-login-")) ?? [];
    assert.notEqual(login, "");
    browser.cookies().set(SESSION, login);
    assert.equal(await statusOf(browser), 303);
    browser.cookies().set(SESSION, good);
    assert.equal(await statusOf(browser), 200);
  });

  it("ends a session that nobody uses, and one that is used, each in its time", async () => {
    const browser = await ground.signedIn();
    ground.world.later(29 * MINUTE);
    assert.equal(await statusOf(browser), 200);
    ground.world.later(29 * MINUTE);
    assert.equal(await statusOf(browser), 200);
    ground.world.later(31 * MINUTE);
    assert.equal(await statusOf(browser), 303);
    const busy = await ground.signedIn();
    let used = 0;
    while (used < 9 * 60 && (await statusOf(busy)) === 200) {
      ground.world.later(20 * MINUTE);
      used += 20;
    }
    assert.equal(used, 8 * 60);
  });

  it("ends at once by settings that have become stricter, whatever its cookie says", async () => {
    const browser = await ground.signedIn();
    const cookie = browser.cookies().get(SESSION) ?? "";
    const strict = await makeWorld({ ...ground, login: { idleMinutes: 10 } });
    const same = strict.browser();
    same.cookies().set(SESSION, cookie);
    strict.later(9 * MINUTE);
    assert.equal(await statusOf(same), 200);
    same.cookies().set(SESSION, cookie);
    strict.later(MINUTE);
    assert.equal(await statusOf(same), 303);
  });

  it("is no cookie of another purpose, even with the same content", async () => {
    const cookies = new SealedCookies(ground.keys.path, Date.now);
    const sealed = await cookies.seal("login", { text: "x" }, Date.now() + MINUTE);
    const schema = z.object({ text: z.string() });
    assert.deepEqual(await cookies.open("login", sealed, schema), { text: "x" });
    assert.equal(await cookies.open("session", sealed, schema), undefined);
  });

  it("has keys of 32 bytes: a folder without one, or with anything else, keeps the console from starting", async () => {
    const start = () => makeWorld(ground);
    ground.keys.write("2027-02-01", "c2hvcnQ=");
    await assert.rejects(start(), /CONFIG_INVALID|2027-02-01" holds 5 bytes; allowed: 32 random bytes in base64/);
    for (const name of ["2027-01-01", "2027-02-01"]) ground.keys.take(name);
    await assert.rejects(start(), /has no key in it; make one: openssl rand -base64 32/);
    ground.keys.remove();
    await assert.rejects(start(), /cannot be read; name a folder with a file for each key/);
  });

  it("reads rotated keys without a restart: the newest encrypts, older ones go on until they are taken away", async () => {
    const before = await ground.signedIn();
    ground.keys.add("2027-02-01");
    ground.world.later(2 * MINUTE);
    const after = await ground.signedIn("olga");
    assert.equal(await statusOf(before), 200);
    const old = await ground.signedIn();
    old.cookies().set(SESSION, before.cookies().get(SESSION) ?? "");
    ground.keys.take("2027-01-01");
    ground.world.later(2 * MINUTE);
    assert.equal(await statusOf(after), 200);
    // It was used since, so its cookie is of the new key; a new folder of keys knows neither.
    assert.equal(await statusOf(before), 200);
    ground.keys.add("2027-03-01");
    ground.keys.take("2027-02-01");
    ground.world.later(2 * MINUTE);
    assert.equal(await statusOf(after), 303);
  });

  it("logs out by a form of its own page alone, and a copy of the cookie counts no more", async () => {
    const browser = await ground.signedIn();
    const csrf = await csrfOf(browser);
    const own = { origin: ORIGIN, "sec-fetch-site": "same-origin" };
    const foreign = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    assert.equal((await browser.post("/logout", { csrf }, foreign)).status, 403);
    assert.equal((await browser.post("/logout", { csrf })).status, 403);
    assert.equal((await browser.post("/logout", { csrf: "guessed" }, own)).status, 403);
    assert.equal((await browser.post("/logout", {}, own)).status, 403);
    assert.equal((await browser.open("/logout")).status, 200);
    assert.equal(await statusOf(browser), 200);
    const copied = browser.cookies().get(SESSION) ?? "";
    const out = await browser.post("/logout", { csrf }, own);
    assert.equal(out.status, 303);
    assert.equal(await statusOf(browser), 303);
    browser.cookies().set(SESSION, copied);
    assert.equal(await statusOf(browser), 303);
    const page = await (await browser.open(out.headers.get("location") ?? "")).text();
    assert.match(page, /You are signed out/);
    const there = new URL(/href="([^"]*session\/end[^"]*)"/.exec(page)?.[1]?.replaceAll("&amp;", "&") ?? "");
    assert.equal(there.origin, ground.provider.issuer);
    assert.equal(there.searchParams.get("post_logout_redirect_uri"), `${ORIGIN}/login/ended`);
    assert.equal(there.searchParams.get("client_id"), CLIENT);
  });

  it("refuses every request that changes something without the session's token and the console's own origin", async () => {
    const browser = await ground.signedIn();
    const csrf = await csrfOf(browser);
    const other = await csrfOf(await ground.signedIn("olga"));
    const own = { origin: ORIGIN, "sec-fetch-site": "same-origin" };
    assert.equal((await browser.post("/r", { csrf }, own)).status, 200);
    assert.equal((await browser.post("/r", {}, { ...own, "x-csrf-token": csrf })).status, 200);
    assert.equal((await browser.post("/r", { csrf }, { origin: ORIGIN })).status, 200);
    for (const headers of [
      {},
      { origin: "null" },
      { origin: "https://console.example.com.evil.example" },
      { origin: ORIGIN, "sec-fetch-site": "same-site" },
    ]) {
      assert.equal((await browser.post("/r", { csrf }, headers)).status, 403);
    }
    for (const wrong of ["", other, `${csrf}x`])
      assert.equal((await browser.post("/r", { csrf: wrong }, own)).status, 403);
    const json = {
      method: "POST",
      body: JSON.stringify({ csrf }),
      headers: { ...own, "content-type": "application/json" },
    };
    assert.equal((await browser.open("/r", json)).status, 403);
  });
});
