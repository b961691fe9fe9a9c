import assert from "node:assert/strict";
import { retryAfter } from "../../../src/oci/transport/retry";

const answer = (headers: Record<string, string>): { header: (name: string) => string | undefined } => ({
  header: (name) => headers[name],
});

describe("retryAfter", () => {
  it("retryAfter reads seconds", () => {
    assert.equal(retryAfter(answer({ "retry-after": "7" })), 7000);
    assert.equal(retryAfter(answer({ "retry-after": " 0 " })), 0);
  });

  it("retryAfter reads a date by the server's clock, and by ours only without one", () => {
    const until = "Wed, 21 Oct 2015 07:28:30 GMT";
    assert.equal(retryAfter(answer({ "retry-after": until, date: "Wed, 21 Oct 2015 07:28:00 GMT" })), 30_000);
    assert.equal(retryAfter(answer({ "retry-after": until }), Date.parse(until) - 5000), 5000);
    assert.equal(retryAfter(answer({ "retry-after": until })), 0);
  });

  it("retryAfter takes nothing from what it cannot read", () => {
    for (const text of ["", "soon", "-1", "1e99", "99999999999999"]) {
      assert.equal(retryAfter(answer({ "retry-after": text }), 0) ?? 0, 0, text);
    }
    assert.equal(retryAfter(answer({})), undefined);
  });
});
