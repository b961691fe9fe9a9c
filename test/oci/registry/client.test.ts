import assert from "node:assert/strict";
import { failsAs, openQuickly } from "./support/client";
import { against, reply } from "./support/hostile";

describe("call", () => {
  it("call succeeds after 500, a broken connection and 429, and waits for Retry-After", async () => {
    const lines: string[] = [];
    const start = performance.now();
    await against(
      (request, response, count) => {
        if (count === 1) reply(response, 500, {}, "oops");
        else if (count === 2) request.socket.destroy();
        else if (count === 3) reply(response, 429, { "retry-after": "1" });
        else reply(response, 200, {}, "{}");
      },
      async (session, { seen }) => {
        await session.ping();
        assert.equal(seen.length, 4);
      },
      undefined,
      { onRetry: (line) => lines.push(line) },
    );
    assert.ok(performance.now() - start >= 990);
    assert.equal(lines.length, 3);
    assert.match(lines[0] ?? "", /status 500 "oops"/);
    assert.match(lines[2] ?? "", /status 429; retrying in 1\./);
  });

  it("call says what a full disk says, once the tries are used up", async () => {
    const body = JSON.stringify({
      errors: [{ code: "UNKNOWN", message: "unknown error", detail: { Err: "no space left" } }],
    });
    await against(
      (_, response) => reply(response, 500, {}, body),
      async (session) => {
        await assert.rejects(session.ping(), failsAs("REGISTRY_UNAVAILABLE", /500 UNKNOWN .*no space left/));
      },
    );
  });

  it("call reads no more than 64 KiB of an error, shows 200 characters, and nothing of a page", async () => {
    await against(
      (request, response) => {
        if (request.url === "/page") reply(response, 400, {}, "<html>big</html>");
        else reply(response, 400, {}, `\u001b[31m${"x".repeat(request.url === "/long" ? 3000 : 1_000_000)}`);
      },
      async (session) => {
        await assert.rejects(
          session.call("GET", "/long"),
          failsAs("REGISTRY_REFUSED", /status 400 "\\u001b\[31mx/, /^.{0,300}$/),
        );
        await assert.rejects(session.call("GET", "/huge"), failsAs("REGISTRY_REFUSED", /status 400$/));
        await assert.rejects(session.call("GET", "/page"), failsAs("REGISTRY_REFUSED", /status 400$/));
      },
    );
  });

  it("call names no query in its messages", async () => {
    await against(
      (_, response) => reply(response, 404),
      async (session) => {
        await assert.rejects(
          session.call("GET", "/x?sig=hunter2"),
          failsAs("NOT_FOUND", /GET http:\/\/localhost:\d+\/x: status 404$/),
        );
      },
    );
  });

  it("call ends when the session's signal says so", async () => {
    const stop = new AbortController();
    await against(
      () => undefined,
      async (session) => {
        setTimeout(() => stop.abort(new Error("enough")), 50);
        await assert.rejects(session.call("GET", "/x", { signal: new AbortController().signal }), /enough/);
      },
      undefined,
      { signal: stop.signal },
    );
  });

  it("openRegistry refuses what is no host", () => {
    for (const host of ["", "a/b", "user@x.example.com", "x.example.com?y", "x y", "http://x", "x:99999"]) {
      assert.throws(() => openQuickly(host), failsAs("USAGE", /not a host/), host);
    }
  });
});
