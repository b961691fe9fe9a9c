import assert from "node:assert/strict";
import { KeyedLock, limiter } from "../../src/base/limit";

const moment = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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

describe("limiter", () => {
  it("limiter never runs more at once than it may, also where some fail", async () => {
    const run = limiter(3);
    let busy = 0;
    let most = 0;
    const work = async (n: number): Promise<void> => {
      busy += 1;
      most = Math.max(most, busy);
      await moment();
      busy -= 1;
      if (n % 4 === 0) throw new Error("no");
    };
    await Promise.allSettled([...Array(40).keys()].map((n) => run(() => work(n))));
    assert.deepEqual([most, busy], [3, 0]);
  });
});
