import assert from "node:assert/strict";
import fc from "fast-check";
import { coversInternet, formatIpv4Range, parseIpRange, reservedRangeOf } from "../../../src/base/azure/ipRange";

const ranges = (texts: readonly string[]) => texts.map((text) => parseIpRange(text) ?? assert.fail(text));

describe("parseIpRange", () => {
  for (const text of [
    ...["", "1.2.3", "1.2.3.4.5", "256.0.0.0", "01.2.3.4", "1.2.3.4/33", "1.2.3.4/024", "1.2.3.4/", "1.2.3.4/8/8"],
    ...["*", "Any", "1.2.3.4-1.2.3.9", "::/129", ":::", "1::2::3", "12345::", "::ffff:1.2.3.4", "1.2.3.4 ", "/0"],
  ]) {
    it(`parseIpRange refuses ${JSON.stringify(text)}`, () => assert.equal(parseIpRange(text), undefined));
  }

  it("parseIpRange reads any address with any prefix, and says whether it is the range's first", () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(32), (value, prefix) => {
        const address = [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
        const range = parseIpRange(`${address}/${prefix}`);
        assert.ok(range);
        assert.equal(range.last - range.first + 1n, 1n << BigInt(32 - prefix));
        assert.ok(range.first <= BigInt(value) && BigInt(value) <= range.last);
        assert.equal(range.aligned, range.first === BigInt(value));
        assert.deepEqual(parseIpRange(formatIpv4Range(range)), { ...range, aligned: true });
      }),
    );
  });

  it("parseIpRange reads IPv6 with and without zeros left out", () => {
    assert.deepEqual(parseIpRange("2001:db8::/32"), parseIpRange("2001:0db8:0:0:0:0:0:0/32"));
    assert.equal(parseIpRange("::")?.last, 0n);
    assert.equal(parseIpRange("::/0")?.last, (1n << 128n) - 1n);
  });
});

describe("reservedRangeOf", () => {
  for (const [text, reserved] of [
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["10.1.2.3", "10.0.0.0/8"],
    ["172.31.0.0/16", "172.16.0.0/12"],
    ["172.32.0.0/16", undefined],
    ["192.168.1.0/24", "192.168.0.0/16"],
    ["127.0.0.1", "127.0.0.0/8"],
    ["100.64.0.0/10", "100.64.0.0/10"],
    ["224.0.0.1", "224.0.0.0/3"],
    ["0.0.0.0/0", undefined],
    ["203.0.113.0/24", undefined],
    ["2001:db8::/32", undefined],
  ] as const) {
    it(`reservedRangeOf finds ${text} in ${reserved ?? "none"}`, () => {
      assert.equal(reservedRangeOf(parseIpRange(text) ?? assert.fail()), reserved);
    });
  }
});

describe("coversInternet", () => {
  const eights = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `${from + at}.0.0.0/8`);
  for (const [title, texts, covers] of [
    ["everything", ["0.0.0.0/0"], true],
    ["everything in two halves", ["0.0.0.0/1", "128.0.0.0/1"], true],
    ["one half", ["128.0.0.0/1"], true],
    ["every public /8", eights(1, 223), true],
    ["a quarter, in pieces that overlap", ["0.0.0.0/3", "32.0.0.0/3", "33.0.0.0/8"], true],
    ["less than a quarter, however often it is named", ["0.0.0.0/3", "0.0.0.0/3", "1.0.0.0/8"], false],
    ["all of IPv6", ["203.0.113.0/24", "::/0"], true],
    ["all of IPv6 that is given out", ["2000::/3"], true],
    ["a network of IPv6", ["2001:db8::/32"], false],
    ["what of IPv6 is given to nobody", ["8000::/1"], false],
    ["one network", ["203.0.113.0/24"], false],
    ["one /8", ["17.0.0.0/8"], false],
    ["nothing", [], false],
  ] as const) {
    it(`coversInternet is ${String(covers)} for ${title}`, () => assert.equal(coversInternet(ranges(texts)), covers));
  }

  it("coversInternet does not depend on the order of the ranges, nor on how one is split", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(eights(0, 255)), (some) => {
        assert.equal(coversInternet(ranges(some)), some.length >= 64);
        const halves = some.flatMap((text) => [text.replace("/8", "/9"), text.replace(".0.0.0/8", ".128.0.0/9")]);
        assert.equal(coversInternet(ranges(halves.reverse())), some.length >= 64);
      }),
      { numRuns: 50 },
    );
  });
});
