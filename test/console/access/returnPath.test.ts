import assert from "node:assert/strict";
import fc from "fast-check";
import { returnPath } from "../../../src/console/access/returnPath";
import { OPEN_REDIRECTS } from "../../support/console/openRedirects";

describe("returnPath", () => {
  it("keeps a path of this console with its query", () => {
    for (const path of ["/", "/r/orders/api", "/r/orders%2Fapi?after=v1.2.3&x=%2F%2Fevil", "/a/b:c@d"]) {
      assert.equal(returnPath(path), path);
    }
  });

  it("leads to no other host, in whatever spelling, and to no login", () => {
    for (const spelling of [
      ...OPEN_REDIRECTS,
      undefined,
      "",
      "/login",
      "/login/callback?code=1",
      "/logout",
      `/${"a".repeat(1_001)}`,
      // Nine characters each, as it is written.
      `/${"\u20ac".repeat(200)}`,
    ]) {
      const path = returnPath(spelling);
      assert.equal(new URL(path, "https://console.example.com").host, "console.example.com", JSON.stringify(spelling));
      assert.doesNotMatch(path, /^\/[\\/]|^\/log/);
    }
  });

  it("for any text gives a path that every reader takes for one of the same host, and says the same when asked again", () => {
    const piece = fc.constantFrom(
      "/",
      "\\",
      ".",
      "..",
      "%2f",
      "%5c",
      "\t",
      "\n",
      ":",
      "@",
      "?",
      "#",
      "evil.example",
      "http",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 12 }), (pieces) => {
        const path = returnPath(`/${pieces.join("")}`);
        const url = new URL(path, "https://console.example.com");
        assert.equal(url.origin, "https://console.example.com");
        assert.match(path, /^\/(?![\\/])[\x21-\x7e]*$/);
        assert.equal(returnPath(path), path);
      }),
      { numRuns: 2_000 },
    );
  });
});
