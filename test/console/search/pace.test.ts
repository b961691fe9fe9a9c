import assert from "node:assert/strict";
import { ACR_ALLOWS, costOf, PACE } from "../../../src/console/search/pace";
import { MOST_REPLICAS } from "../../../src/domain/console/planConsole";

describe("the pace of the search's index", () => {
  it("PACE stays below half of what the smallest registry allows a minute", () => {
    assert.ok(PACE.reads < ACR_ALLOWS.reads / 2 && PACE.referrerLists < ACR_ALLOWS.referrerLists / 2);
  });

  it("MOST_REPLICAS is as many processes as the smallest registry takes at that pace", () => {
    const most = Math.min(ACR_ALLOWS.reads / PACE.reads, ACR_ALLOWS.referrerLists / PACE.referrerLists);
    assert.equal(MOST_REPLICAS, Math.floor(most));
  });

  it("costOf counts requests of a cold start, and the minutes that the slower of both limits takes", () => {
    // Ten thousand signed indexes of two platforms: five requests for each, a list of referrers, a bundle of two.
    const many = { imageReads: 80_000, images: 10_000, tags: 10_000, repositories: 10 };
    assert.deepEqual(costOf(many, PACE), {
      ...{ reads: 80_110, referrerLists: 10_000, minutes: 100 },
      ...{ pace: PACE, allowed: ACR_ALLOWS },
    });
    const few = costOf({ ...many, images: 100 }, PACE);
    assert.deepEqual([few.referrerLists, few.minutes], [100, 41]);
  });
});
