import assert from "node:assert/strict";
import { Hono } from "hono";
import type { ConsoleEnv } from "../../src/console/app";
import { requestLog } from "../../src/console/requestLog";
import { makeWorld, ORIGIN } from "../support/console/accessWorld";

const CSP =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

describe("consoleHeaders", () => {
  it("S0-10 stand on every answer, refusals too: nothing inline, nothing of another origin, nothing kept", async () => {
    const open = await makeWorld({ settings: { anonymous: "read" }, limits: { address: { points: 3, seconds: 60 } } });
    const closed = await makeWorld({ settings: { machineTokens: { folder: "/nonexistent/tokens" } } });
    const ask = (world: typeof open, path: string, init: RequestInit = {}) =>
      world.app.request(`${ORIGIN}${path}`, init);
    const answers = [
      ...[await ask(open, "/"), await ask(open, "/api/v1/repositories")],
      ...[await ask(open, "/", { method: "DELETE" }), await ask(open, "/"), await ask(closed, "/")],
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 404, 429, 401],
    );
    for (const { headers, status } of answers) {
      const of = (name: string) => headers.get(name);
      assert.equal(of("content-security-policy"), CSP, String(status));
      assert.equal(of("strict-transport-security"), "max-age=31536000; includeSubDomains");
      assert.equal(of("x-content-type-options"), "nosniff");
      assert.equal(of("referrer-policy"), "no-referrer");
      assert.equal(of("x-robots-tag"), "noindex, nofollow");
      assert.equal(of("x-frame-options"), "DENY");
      assert.equal(of("cross-origin-opener-policy"), "same-origin");
      assert.equal(of("cross-origin-resource-policy"), "same-origin");
      assert.match(of("permissions-policy") ?? "", /camera=\(\).*geolocation=\(\)/);
      assert.equal(of("cache-control"), "no-store");
      assert.match(of("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
    }
  });
});

describe("requestLog", () => {
  const idOf = async (trusted: boolean, id: string) => {
    const app = new Hono<ConsoleEnv>();
    const silent = { info: () => undefined, warn: () => undefined };
    app.use(requestLog(silent, { addressOf: () => "192.0.2.1" }, { trusted }));
    app.get("/", (context) => context.text(context.get("requestId")));
    const response = await app.request(`${ORIGIN}/`, { headers: { "x-request-id": id } });
    const text = await response.text();
    assert.equal(response.headers.get("x-request-id"), text);
    return text;
  };

  it("takes a request's id over from a proxy of ours alone, and only where it is one", async () => {
    assert.equal(await idOf(true, "0123abcd-trace"), "0123abcd-trace");
    assert.notEqual(await idOf(false, "0123abcd-trace"), "0123abcd-trace");
    for (const bad of ["short", "a".repeat(65), 'with "quotes"', "<script>alert(1)"]) {
      assert.match(await idOf(true, bad), /^[0-9a-f-]{36}$/);
    }
  });
});
