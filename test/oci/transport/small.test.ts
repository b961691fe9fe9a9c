import assert from "node:assert/strict";
import fc from "fast-check";
import { KeyedLock } from "../../../src/base/limit";
import { Places } from "../../../src/oci/transport/places";
import { quoted, shownUrl } from "../../../src/base/text/quote";
import { refusePlainText } from "../../../src/oci/transport/transport";
import { failsAs } from "../registry/support/client";

const moment = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("quoted", () => {
  it("quoted gives printable ASCII that JSON reads back, of bounded length", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 150 }), (text) => {
        assert.match(quoted(text), /^"[\x20-\x7e]*"$/);
        assert.equal(JSON.parse(quoted(text)), text);
      }),
    );
    assert.equal(quoted("x".repeat(300)).length, 202);
  });

  it("shownUrl leaves out user, query and fragment", () => {
    assert.equal(shownUrl(new URL("https://u:p@x.example.com/a?sig=b#c")), "https://x.example.com/a");
  });
});

describe("refusePlainText", () => {
  it("refusePlainText lets pass https, and http to loopback", () => {
    for (const url of ["https://x.example.com", "http://localhost:5000", "http://127.0.0.9", "http://[::1]:5000"]) {
      refusePlainText(new URL(url));
    }
    for (const url of ["http://x.example.com", "http://localhost.example.com", "http://10.0.0.1", "ftp://localhost"]) {
      assert.throws(() => refusePlainText(new URL(url)), failsAs("CONTENT_INVALID", /https/));
    }
  });
});

describe("KeyedLock", () => {
  it("KeyedLock.run lets those with one key go in order, also after a failure, and others at once", async () => {
    const lock = new KeyedLock();
    const seen: string[] = [];
    const work = (key: string, name: string, fails = false): Promise<void> =>
      lock.run(key, async () => {
        seen.push(`+${name}`);
        await moment();
        seen.push(`-${name}`);
        if (fails) throw new Error(name);
      });
    const all = [work("a", "1", true), work("a", "2"), work("b", "3"), work("a", "4")];
    await Promise.allSettled(all);
    const ofA = seen.filter((event) => !event.endsWith("3"));
    assert.deepEqual(ofA, ["+1", "-1", "+2", "-2", "+4", "-4"]);
    assert.ok(seen.indexOf("+3") < seen.indexOf("-1"));
  });
});

describe("Places", () => {
  it("Places.run never lets more work at once than there are places", async () => {
    const places = new Places(3);
    let busy = 0;
    let most = 0;
    const work = async (n: number): Promise<void> => {
      busy += 1;
      most = Math.max(most, busy);
      await moment();
      busy -= 1;
      if (n % 4 === 0) throw new Error("no");
    };
    await Promise.allSettled([...Array(40).keys()].map((n) => places.run(() => work(n))));
    assert.deepEqual([most, busy], [3, 0]);
  });
});
