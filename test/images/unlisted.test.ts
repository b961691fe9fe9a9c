import assert from "node:assert/strict";
import { describeWith } from "../support/registries";
import { Grounds, type Wares } from "../support/release/faultsGround";
import { judge } from "../support/release/faultsInvariant";
import { beginning, destinationFor, type Job, openGround, runJob } from "../support/release/faultsJob";

/** Referrers come on their image's list together with the record; whoever ends before that leaves them unlisted. */
describeWith(["docker-registry"], "A transaction that ends before its referrers are listed", () => {
  let grounds: Grounds;
  let wares: Wares;
  before(async () => {
    grounds = await Grounds.begin();
    wares = await grounds.wares("v5.0.0-rc1", { size: 1000 });
    await runJob(grounds.facts, publish("orders/api"));
  });
  after(() => grounds.end());

  const publish = (repository: string): Job => ({
    ...{ what: "publish", wares, repository, tag: wares.version, settles: false },
  });
  const promote = (): Job => ({
    ...{ what: "promote", wares, repository: "orders/api", tag: "v5.0.0-uat", settles: false },
  });
  const endBefore = async (job: Job, phase: string): Promise<void> => {
    const listener = beginning((name) => {
      if (name === phase) throw new Error(`ended before ${phase}`);
    });
    await assert.rejects(runJob(grounds.facts, job, { listener }), /ended before/);
  };
  const listed = async (job: Job): Promise<number> => {
    const registries = openGround(grounds.facts);
    try {
      return (await destinationFor(grounds.facts, job, registries).target.referrers(wares.digest)).length;
    } finally {
      await registries.close();
    }
  };

  it("promotion that ends before its record leaves no tag and no list, and the next one lists all (S1-9, S1-26)", async () => {
    await endBefore(promote(), "record");
    assert.equal(await judge(grounds.facts, promote()), undefined);
    assert.equal(await listed(promote()), 0);
    await runJob(grounds.facts, promote());
    const outcome = await judge(grounds.facts, promote());
    assert.equal(outcome?.referrers.length, 5, outcome?.referrers.join("\n"));
  });

  it("publication that ends before its signature leaves no tag and no list, and the next one lists all (S1-9, S1-26)", async () => {
    const job = publish("orders/cut-off");
    await endBefore(job, "sign and record");
    assert.equal(await judge(grounds.facts, job), undefined);
    assert.equal(await listed(job), 0);
    await runJob(grounds.facts, job);
    const outcome = await judge(grounds.facts, job);
    assert.equal(outcome?.referrers.length, 4, outcome?.referrers.join("\n"));
  });
});
