import assert from "node:assert/strict";
import { Hono } from "hono";
import type { ConsoleEnv } from "../../src/console/app";
import { countedAddress, makeRateLimits, rateLimitSettings } from "../../src/console/rateLimit";

describe("countedAddress", () => {
  const of = (forwarded: string | undefined, proxies: number, remote = "10.0.0.1") =>
    countedAddress({ remote, forwarded }, proxies);

  it("believes as many entries of X-Forwarded-For as there are proxies, from the right", () => {
    assert.equal(of("203.0.113.9", 0), "10.0.0.1");
    assert.equal(of("6.6.6.6, 203.0.113.9", 1), "203.0.113.9");
    assert.equal(of("6.6.6.6, 203.0.113.9, 192.0.2.1", 2), "203.0.113.9");
    assert.equal(of("203.0.113.9:4711", 1), "203.0.113.9");
  });

  it("takes the connection's own where there are fewer entries than proxies, or the entry is no address", () => {
    for (const forwarded of [undefined, "", "203.0.113.9", "x, y", "1.2.3.4.5, 6.6.6.6"]) {
      assert.equal(of(forwarded, 2), "10.0.0.1", forwarded);
    }
    assert.equal(countedAddress({ remote: undefined, forwarded: undefined }, 0), "unknown");
  });

  it("counts the network of an IPv6 address, in whatever way it is written", () => {
    const same = ["2001:db8:1:2::1", "2001:0DB8:1:2:ffff:1:2:3", "[2001:db8:1:2::7]:443", "2001:db8:1:2:0:0:0:9%eth0"];
    for (const address of same) assert.equal(of(address, 1), "2001:db8:1:2::/64", address);
    assert.equal(of("::1", 1), "0:0:0:0::/64");
    assert.equal(of("::ffff:192.0.2.7", 1), "192.0.2.7");
  });
});

describe("makeRateLimits", () => {
  it("answers 429 with Retry-After to one address that asks too often, and to no other", async () => {
    const settings = rateLimitSettings.parse({ trustedProxies: 1, address: { points: 3, seconds: 60 } });
    const app = new Hono<ConsoleEnv>()
      .use(makeRateLimits(settings).middleware)
      .get("/*", (context) => context.text("fine"));
    const ask = (address: string, path = "/") => app.request(path, { headers: { "x-forwarded-for": address } });
    for (const wanted of [200, 200, 200, 429, 429]) assert.equal((await ask("192.0.2.1")).status, wanted);
    const refused = await ask("192.0.2.1", "/api/v1/images");
    assert.match(refused.headers.get("retry-after") ?? "", /^(?:[1-9]|[1-5]\d|60)$/);
    assert.equal(refused.headers.get("content-type"), "application/problem+json");
    assert.equal((await ask("6.6.6.6, 192.0.2.1")).status, 429);
    assert.equal((await ask("192.0.2.2")).status, 200);
  });
});

describe("makeRateLimits", () => {
  it("counts searches by visitor, and by address where nobody is named", async () => {
    const limits = makeRateLimits(rateLimitSettings.parse({ search: { points: 1, seconds: 60 } }));
    const app = new Hono<ConsoleEnv>();
    app.get("/:visitor?", async (context) => {
      return (await limits.search(context, context.req.param("visitor") ?? "")) ?? context.text("found");
    });
    const statuses = [];
    for (const path of ["/a", "/a", "/b", "/", "/"]) statuses.push((await app.request(path)).status);
    assert.deepEqual(statuses, [200, 429, 200, 200, 429]);
  });
});
