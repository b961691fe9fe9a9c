import assert from "node:assert/strict";
import { describeWith } from "../support/registries";
import { Grounds, type Wares } from "../support/release/faultsGround";
import { judge } from "../support/release/faultsInvariant";
import type { Job } from "../support/release/faultsJob";
import { kindOf, Lane } from "../support/release/faultsLane";

/** Counts requests by side and sort while a job runs. */
async function counted(lane: Lane, job: Job): Promise<Readonly<Record<"qa" | "uat", readonly string[]>>> {
  const before = { qa: lane.proxies.qa.requests.length, uat: lane.proxies.uat.requests.length };
  await lane.runWell(job);
  const since = (side: "qa" | "uat") => lane.proxies[side].requests.slice(before[side]).map(kindOf);
  return { qa: since("qa"), uat: since("uat") };
}

const many = (kinds: readonly string[], kind: string): number => kinds.filter((each) => each === kind).length;
const shown = (kinds: readonly string[]): string => [...kinds].sort().join(", ");

/**
 * What a transaction asks of its registries, for an image of three blobs with four referrers. On registries that are
 * near, the number of requests is the time.
 */
describeWith(["docker-registry"], "The requests of a transaction", () => {
  let grounds: Grounds;
  let lane: Lane;
  let wares: Wares;
  before(async () => {
    grounds = await Grounds.begin();
    lane = await Lane.begin(grounds.facts);
    wares = await grounds.wares("v4.0.0-rc1");
  });
  after(async () => {
    await lane.end();
    await grounds.end();
  });
  const promote = (): Job => ({
    what: "promote",
    wares,
    repository: "orders/api",
    tag: "v4.0.0-uat",
    settles: false,
  });

  it("publication writes its list of referrers twice: files and signature, then the record (S1-24)", async () => {
    const job: Job = { what: "publish", wares, repository: "orders/api", tag: wares.version, settles: false };
    const { qa } = await counted(lane, job);
    assert.equal(many(qa, "PUT list of referrers"), 2, shown(qa));
    assert.ok(qa.length <= 44, `${qa.length}: ${shown(qa)}`);
    // What was just sent is not asked for again: the layers are looked for once, the configuration and files never.
    assert.equal(many(qa, "HEAD blob"), 2, shown(qa));
  });

  it("promotion reads each thing of the source once, and writes one list of referrers (S1-24)", async () => {
    const { qa, uat } = await counted(lane, promote());
    // The list; the tag, four referrers; the configuration, two layers, what the four hold and the configuration of each.
    assert.equal(many(qa, "GET list of referrers"), 1, shown(qa));
    assert.equal(many(qa, "GET manifest"), 4, shown(qa));
    assert.ok(many(qa, "GET blob") <= 8, shown(qa));
    assert.ok(qa.length <= 16, `${qa.length}: ${shown(qa)}`);
    assert.equal(many(uat, "PUT list of referrers"), 1, shown(uat));
    assert.equal(many(uat, "PUT manifest"), 6, shown(uat));
    assert.ok(uat.length <= 42, `${uat.length}: ${shown(uat)}`);
    assert.equal(many(uat, "HEAD blob"), 2, shown(uat));
    // The image itself, before it is copied; what came along with it was named by its digest when it was written.
    assert.equal(many(uat, "HEAD manifest"), 1, shown(uat));
    assert.equal((await judge(grounds.facts, promote()))?.digest, wares.digest);
    // Nothing refers to an image that is not there, and no tag comes before the list of what does.
    const puts = lane.proxies.uat.requests.filter(
      ({ method, path }) => method === "PUT" && path.includes("/manifests/"),
    );
    assert.ok(puts[0]?.path.endsWith(wares.digest), puts[0]?.path);
    assert.deepEqual(puts.slice(-2).map(kindOf), ["PUT list of referrers", "PUT tag"]);
  });

  it("promotion once more sends nothing (S1-24)", async () => {
    const { qa, uat } = await counted(lane, promote());
    assert.ok(
      [...qa, ...uat].every((kind) => /^(?:GET|HEAD)/.test(kind)),
      shown([...qa, ...uat]),
    );
    assert.ok(qa.length + uat.length <= 30, `${qa.length} and ${uat.length}: ${shown(qa)}; ${shown(uat)}`);
  });
});
