import assert from "node:assert/strict";
import { digestOf } from "../../src/base/digest";
import { isReferrersTag, isReferrersTagOf, referrersTag, subjectOfReferrersTag } from "../../src/base/referrersTag";

const bytes = Buffer.from("an image");
const [short, long] = [digestOf(bytes), digestOf(bytes, "sha512")];

describe("referrersTag", () => {
  it("referrersTag cuts the hexadecimal part to 64 characters, so that SHA-512 fits into a tag", () => {
    assert.equal(referrersTag(short), short.replace(":", "-"));
    assert.equal(referrersTag(long), `sha512-${long.slice(7, 71)}`);
    assert.equal(referrersTag(short, "sig"), `${short.replace(":", "-")}.sig`);
  });

  it("isReferrersTag and isReferrersTagOf know the tags of both algorithms, with every suffix and no other", () => {
    for (const digest of [short, long]) {
      for (const tag of [
        referrersTag(digest),
        ...(["sig", "att", "sbom"] as const).map((s) => referrersTag(digest, s)),
      ]) {
        assert.ok(isReferrersTag(tag) && isReferrersTagOf(tag, digest), tag);
      }
    }
    assert.ok(!isReferrersTagOf(referrersTag(short), long));
    for (const tag of ["v1.0.0", "sha256-abc", `${referrersTag(short)}.txt`, `sha512-${long.slice(7)}`, short]) {
      assert.ok(!isReferrersTag(tag), tag);
    }
  });

  it("subjectOfReferrersTag gives a SHA-256 from its tag alone, and a SHA-512 among known digests", () => {
    assert.equal(subjectOfReferrersTag(referrersTag(short, "att")), short);
    assert.equal(subjectOfReferrersTag(referrersTag(long)), undefined);
    assert.equal(subjectOfReferrersTag(referrersTag(long), new Map([[referrersTag(long), long]])), long);
    assert.equal(subjectOfReferrersTag("v1.0.0"), undefined);
  });
});
