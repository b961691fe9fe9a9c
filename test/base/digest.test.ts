import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import fc from "fast-check";
import { DigestCheck, digestOf, isDigest, matchesDigest, parseDigest } from "../../src/base/digest";
import { failsAs } from "../oci/registry/support/client";

const bytes = fc.uint8Array({ maxLength: 2000 }).map((array) => Buffer.from(array));

/** Sends bytes in pieces through a check. */
const check = async (
  content: Buffer,
  cuts: readonly number[],
  expected: ConstructorParameters<typeof DigestCheck>[0],
): Promise<Buffer> => {
  const ends = [...cuts.map((cut) => cut % (content.length + 1)), content.length].sort((a, b) => a - b);
  const pieces = ends.map((end, n) => content.subarray(ends[n - 1] ?? 0, end));
  const out: Buffer[] = [];
  await pipeline(Readable.from(pieces), new DigestCheck(expected, "Blob x"), async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) out.push(chunk);
  });
  return Buffer.concat(out);
};

describe("digest", () => {
  it("digestOf gives what isDigest, parseDigest and matchesDigest take, for both algorithms", () => {
    fc.assert(
      fc.property(bytes, fc.constantFrom("sha256" as const, "sha512" as const), (content, algorithm) => {
        const digest = digestOf(content, algorithm);
        assert.ok(isDigest(digest) && matchesDigest(content, digest));
        assert.equal(parseDigest(digest, "x"), digest);
        assert.equal(digest, `${algorithm}:${createHash(algorithm).update(content).digest("hex")}`);
        assert.ok(!matchesDigest(Buffer.concat([content, Buffer.from([0])]), digest));
      }),
    );
  });

  it("isDigest refuses a digest with any character changed to one outside", () => {
    const good = digestOf(Buffer.from("x"));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.constantFrom(...Array.from("ABZg/.%\n \u0000é-")), (at, character) => {
        assert.ok(!isDigest(good.slice(0, at) + character + good.slice(at + 1)));
      }),
    );
    for (const odd of [
      `${good}\n`,
      ` ${good}`,
      `${good}0`,
      good.slice(0, -1),
      good.replace("256", "512"),
      "md5:00",
      "",
    ]) {
      assert.ok(!isDigest(odd));
      assert.throws(() => parseDigest(odd, "Here"), failsAs("CONTENT_INVALID", /^Here: /));
    }
  });

  it("parseDigest shows hostile text shortened and quoted", () => {
    assert.throws(
      () => parseDigest(`\u001b[31m${"x".repeat(10_000)}`, "Here"),
      failsAs("CONTENT_INVALID", /\\u001b/, /^.{0,300}$/),
    );
  });
});

describe("DigestCheck", () => {
  it("DigestCheck lets through what it should, in whatever pieces", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, fc.array(fc.nat(), { maxLength: 5 }), async (content, cuts) => {
        const expected = { digest: digestOf(content), size: content.length };
        assert.deepEqual(await check(content, cuts, expected), content);
      }),
      { numRuns: 50 },
    );
  });

  it("DigestCheck fails for one byte more, one less, and one changed", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, fc.array(fc.nat(), { maxLength: 5 }), fc.nat(), async (content, cuts, at) => {
        const digest = digestOf(content);
        const { length } = content;
        await assert.rejects(
          check(content, cuts, { digest, size: length + 1 }),
          failsAs("DIGEST_MISMATCH", /bytes came/),
        );
        if (length === 0) return;
        await assert.rejects(
          check(content, cuts, { digest, size: length - 1 }),
          failsAs("DIGEST_MISMATCH", /more than/),
        );
        const other = Buffer.from(content);
        other.writeUInt8(other.readUInt8(at % length) ^ 1, at % length);
        await assert.rejects(
          check(other, cuts, { digest, size: length }),
          failsAs("DIGEST_MISMATCH", /the bytes have digest/),
        );
      }),
      { numRuns: 30 },
    );
  });
});
