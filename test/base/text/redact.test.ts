import assert from "node:assert/strict";
import fc from "fast-check";
import { Secrets } from "../../../src/base/text/redact";

describe("Secrets", () => {
  it("scrub takes out what was added, wherever it stands", () => {
    const secret = fc.string({ minLength: 4, unit: fc.constantFrom(...Array.from("abcXYZ019$^.*+?()[]|")) });
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (word, before, after) => {
        const secrets = new Secrets();
        secrets.add(word);
        const [left, right] = [before, after].map((text) => text.replaceAll(word, ""));
        fc.pre(!`${left}[secret]${right}`.includes(word));
        assert.ok(!secrets.scrub(`${left}${word}${right}`).includes(word));
      }),
    );
  });

  it("scrub hides headers, tokens of three parts, the console's tokens, users of addresses and queries", () => {
    const { scrub } = new Secrets();
    assert.equal(scrub("got Bearer abcdefgh.ijk"), "got Bearer [secret]");
    assert.equal(scrub("eyJhbGciOiJ9.eyJzdWIiOiJ9.sig_-"), "[secret]");
    assert.equal(scrub(`JWT=${"eyJ-".repeat(20)}eyJhbGciOiJ9.eyJzdWIiOiJ9.sig_-`), "JWT=[secret]");
    assert.equal(scrub(`/r/drct_${"aB3-_".repeat(8)}abc is`), "/r/[secret] is");
    assert.equal(scrub("https://user:pw@x.example.com/a?sig=abc is"), "https://[secret]@x.example.com/a is");
  });

  it("scrub hides what was added last, however much was added", () => {
    const secrets = new Secrets();
    for (let n = 0; n < 1000; n += 1) secrets.add(`token-${n}-x`);
    assert.equal(secrets.scrub("token-999-x"), "[secret]");
  });
});
