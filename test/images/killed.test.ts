import assert from "node:assert/strict";
import { describeWith } from "../support/registries";
import { Grounds, type Wares } from "../support/release/faultsGround";
import { judge, type Outcome, sourceState } from "../support/release/faultsInvariant";
import { type Job, runJob } from "../support/release/faultsJob";
import { seededNumbers } from "../support/release/faultsSeeded";
import { type Ending, Runner } from "../support/release/killedRunner";

const KILLS = Number(process.env["DUALREG_KILLS"] ?? "16");
/** Every so many runs, tags wait for as long as they do where only reading back keeps them. */
const REAL_SETTLE = 8;
const SEED = 20261121;

/** What was killed where. */
interface Killed extends Ending {
  job: Job;
  /** Whether its tag was there afterwards. */
  tagged: boolean;
}

for (const kind of ["distribution", "acr"] as const) {
  describeWith(
    ["docker-registry"],
    `A killed transaction, ${kind}`,
    () => {
      let grounds: Grounds;
      let wares: Wares;
      const clean = new Map<string, { milliseconds: number; outcome: Outcome | undefined }>();
      const jobOf = (what: Job["what"], name: string, settles = false): Job => ({
        ...{ what, wares, repository: `orders/${what}-${name}`, tag: what === "publish" ? "v1.0.0-rc1" : "v1.0.0-uat" },
        settles: settles && kind === "distribution",
      });
      before(async () => {
        grounds = await Grounds.begin(kind === "acr" ? { acr: "both" } : {});
        wares = await grounds.wares("v1.0.0-rc1");
        await runJob(grounds.facts, { ...jobOf("publish", "source"), repository: "orders/api" });
      });
      after(() => grounds.end());

      for (const what of ["publish", "promote"] as const) {
        it(`${what}, killed at any moment, leaves no tag or a whole and recorded image, and the next run ends it (S1-9, S1-8, S1-26)`, async () => {
          const { facts } = grounds;
          const source = await sourceState(facts, wares.version);
          await measure(what);
          const random = seededNumbers(SEED + what.length);
          const killed: Killed[] = [];
          const count = Math.ceil(KILLS / 4);
          let next = Runner.begin(facts, jobOf("publish", `warm-${what}-first`));
          for (let at = 0; at < count; at += 1) {
            const runner = await next;
            // The next process starts while this one works, which disturbs its course: that is welcome here.
            if (at + 1 < count) next = Runner.begin(facts, jobOf("publish", `warm-${what}-${at}`));
            next.catch(() => undefined);
            const job = jobOf(what, `run-${at}`, at % REAL_SETTLE === 0);
            const span = (clean.get(what)?.milliseconds ?? 0) + (job.settles ? 2000 : 0);
            // Tag, lock and reading back are short: every third run is killed near its end.
            const share = at % 3 === 2 ? 0.75 + random() * 0.3 : random() * 1.05;
            const ending = await runner.run(job, share * span);
            if (ending.finished) fastest(what, ending.milliseconds - (job.settles ? 2000 : 0));
            await runner.end();
            killed.push({ ...ending, job, tagged: (await judge(facts, job)) !== undefined });
            await runJob(facts, job);
            assert.deepEqual(await judge(facts, job), clean.get(what)?.outcome, `after ${ending.phase}`);
          }
          assert.deepEqual(await sourceState(facts, wares.version), source);
          tell(what, killed);
          assert.ok(
            killed.filter(({ finished }) => !finished).length >= count / 2,
            "half of the runs were killed in time",
          );
        });
      }

      /** What was slow when it was measured may be fast now: a signal after the end kills nothing. */
      function fastest(what: Job["what"], milliseconds: number): void {
        const known = clean.get(what);
        if (known && milliseconds < known.milliseconds) clean.set(what, { ...known, milliseconds });
      }

      /** A clean run in a process like those that are killed: how long it takes, and what it leaves. */
      async function measure(what: Job["what"]): Promise<void> {
        const runner = await Runner.begin(grounds.facts, jobOf("publish", `warm-${what}`));
        const job = jobOf(what, "clean");
        const { milliseconds } = await runner.run(job, 60_000);
        await runner.end();
        clean.set(what, { milliseconds, outcome: await judge(grounds.facts, job) });
        assert.equal(clean.get(what)?.outcome?.locked, kind === "acr");
      }
    },
    1800,
  );

  function tell(what: string, killed: readonly Killed[]): void {
    if (process.env["DUALREG_KILLS"] === undefined) return;
    const phases: Record<string, number> = {};
    for (const { finished, phase } of killed) {
      const where = finished ? "finished" : phase;
      phases[where] = (phases[where] ?? 0) + 1;
    }
    const tagged = killed.filter((one) => one.tagged && !one.finished).length;
    console.log(
      `      ${kind} ${what}: ${killed.length} runs, ${tagged} killed after their tag; ${JSON.stringify(phases)}`,
    );
  }
}
