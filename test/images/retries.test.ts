import assert from "node:assert/strict";
import { describeWith } from "../support/registries";
import { Grounds, type Wares } from "../support/release/faultsGround";
import { judge } from "../support/release/faultsInvariant";
import { type Job, runJob } from "../support/release/faultsJob";
import { Lane, onLanes } from "../support/release/faultsLane";

/** Publications, and as many promotions. */
const RUNS = Math.max(8, Number(process.env["DUALREG_KILLS"] ?? "8"));
const LARGE = RUNS >= 200;
const LANES = 6;
const MEBIBYTE = 1024 * 1024;

describeWith(
  ["docker-registry"],
  "Transactions on a bad day",
  () => {
    let grounds: Grounds;
    let lanes: Lane[];
    before(async () => {
      grounds = await Grounds.begin({ auth: "token", acr: "uat" });
      lanes = await Promise.all(Array.from({ length: LANES }, () => Lane.begin(grounds.facts)));
    });
    after(async () => {
      await Promise.all(lanes.map((lane) => lane.end()));
      await grounds.end();
    });
    const sentTo = (lane: Lane, from: number): number =>
      lane.proxies.qa.requests
        .slice(from)
        .filter(({ method, path }) => /^(?:PATCH|PUT)$/.test(method) && path.includes("/blobs/uploads/"))
        .reduce((sum, { length }) => sum + length, 0);

    it("publication and promotion succeed in over 99% of runs while 5% of requests fail, with the usual retries (S1-25)", async () => {
      const wares = await grounds.wares("v3.0.0-rc1");
      // Each way has a host of its own, and records name it.
      for (const lane of lanes) await lane.runWell(publishing(wares, "orders/api"));
      const jobs = Array.from({ length: RUNS }, (_, at): Job[] => [
        publishing(wares, `orders/weather-${at}`),
        { what: "promote", wares, repository: `orders/weather-${at}`, tag: "v3.0.0-uat", settles: false },
      ]).flat();
      const failures: string[] = [];
      let seed = 1;
      await onLanes(lanes, jobs, async (lane, job) => {
        // Whoever shows a password and is refused by the token server has no token that ran out.
        const match = ({ path }: { path: string }) => !path.startsWith("/oauth2/");
        const chance = { probability: 0.05, seed: (seed += 1), match };
        for (const proxy of Object.values(lane.proxies)) proxy.use({ chance });
        await runJob(lane.ground, job).catch((error: unknown) => failures.push(String(error)));
        for (const proxy of Object.values(lane.proxies)) proxy.use({});
        const outcome = await judge(lane.ground, job);
        assert.ok(outcome === undefined || outcome.digest === wares.digest);
      });
      const proxies = lanes.flatMap((lane) => Object.values(lane.proxies));
      const injected = proxies.reduce((sum, proxy) => sum + proxy.injected().length, 0);
      const rate = 1 - failures.length / jobs.length;
      if (LARGE) console.log(`      ${jobs.length} runs, ${injected} faults, ${(rate * 100).toFixed(2)}% succeeded`);
      assert.ok(injected > jobs.length, `${injected} faults`);
      assert.ok(rate > 0.99, failures.join("\n"));
    });

    it("publication that broke off sends nothing again of what has arrived (S1-26)", async () => {
      const [lane] = lanes;
      assert.ok(lane);
      const size = 4 * MEBIBYTE;
      const wares = await grounds.wares("v4.0.0-rc1", { size, large: 4 });
      const job = publishing(wares, "orders/resumed");
      let large = 0;
      const isLarge = ({ method }: { method: string }) => method === "PATCH" && ++large > 2;
      const gone = { kind: "status", status: 403 } as const;
      await assert.rejects(lane.runFrom(job, "push", isLarge, gone));
      assert.equal(await judge(lane.ground, job), undefined);
      const before = lane.proxies.qa.requests.length;
      await lane.runWell(job);
      const again = sentTo(lane, before);
      // Two of four layers had arrived; the rest is the other two, and files of some kilobytes.
      assert.ok(again >= 2 * size && again < 2 * size + MEBIBYTE, `${again} bytes`);
      assert.ok(await judge(lane.ground, job));
    });

    // Distribution 2.8 forgets an upload whose connection broke: here a layer is the least that is kept.
    it(`publication of ${LARGE ? "1.1 GB" : "some layers"} sends one layer again where a connection broke (S1-26)`, async () => {
      const [lane] = lanes;
      assert.ok(lane);
      const [size, large] = [(LARGE ? 275 : 3) * MEBIBYTE, 4];
      const wares = await grounds.wares("v5.0.0-rc1", { size, large });
      const job = publishing(wares, "orders/broken");
      const before = lane.proxies.qa.requests.length;
      const slot = { phase: "push", side: "qa", kind: "PATCH upload" } as const;
      const start = performance.now();
      await lane.runOnce(job, slot, { kind: "reset", of: "request", atByte: Math.floor(size * 0.75) });
      if (LARGE) console.log(`      1.1 GB in ${((performance.now() - start) / 1000).toFixed(1)} s`);
      const sent = sentTo(lane, before);
      assert.ok(sent >= (large + 1) * size && sent < (large + 1) * size + MEBIBYTE, `${sent} bytes`);
      assert.ok(await judge(lane.ground, job));
    });

    it("publications of large images at a time succeed (S1-26)", async () => {
      const size = (LARGE ? 275 : 3) * MEBIBYTE;
      const images = await Promise.all([6, 7, 8].map((at) => grounds.wares(`v${at}.0.0-rc1`, { size, large: 2 })));
      const jobs = images.map((wares) => publishing(wares, "orders/at-a-time"));
      await Promise.all(jobs.map((job) => runJob(grounds.facts, job)));
      for (const job of jobs) assert.equal((await judge(grounds.facts, job))?.digest, job.wares.digest);
    });
  },
  LARGE ? 3600 : 300,
);

const publishing = (wares: Wares, repository: string): Job => ({
  ...{ what: "publish", wares, repository, tag: wares.version, settles: false },
});
