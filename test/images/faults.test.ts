import assert from "node:assert/strict";
import { DualRegistryError } from "../../src/base/errors";
import { describeWith } from "../support/registries";
import { Grounds, type Wares } from "../support/release/faultsGround";
import { judge, type Outcome, sourceState } from "../support/release/faultsInvariant";
import type { Job } from "../support/release/faultsJob";
import { Lane, onLanes, type Slot, TUNING } from "../support/release/faultsLane";
import { LASTING_FAULTS, type PassingFault, passingFaults } from "../support/release/faultsTable";

const LANES = 4;
/** Every sort of request in every phase; otherwise one in every other phase, in turn. */
const ALL = process.env["DUALREG_FAULTS"] === "all";

const TRANSACTIONS = [
  { name: "publication", what: "publish", to: "qa", tag: "v1.0.0-rc1", only: undefined },
  { name: "publication that locks", what: "publish", to: "uat", tag: "v1.0.0-rc1", only: ["tag", "lock", "read back"] },
  { name: "promotion", what: "promote", to: "uat", tag: "v1.0.0-uat", only: undefined },
] as const;

const READS = ["GET manifest", "GET list of referrers", "GET blob", "GET token", "POST token", "GET tag", "GET tags"];

/** Whether something can go wrong with a request in this way. */
function befalls({ of, fault }: PassingFault, { kind }: Slot): boolean {
  // Who shows the right password and is refused has no token that ran out.
  if (fault.kind === "expired" && kind.endsWith("token")) return false;
  if (of === "read") return READS.includes(kind);
  return of === "any" || /^(?:PUT|PATCH)/.test(kind);
}

describeWith(
  ["docker-registry"],
  "A transaction over a bad line",
  () => {
    let grounds: Grounds;
    let wares: Wares;
    let lanes: Lane[];
    let source: object;
    before(async () => {
      grounds = await Grounds.begin({ auth: "token", acr: "uat" });
      wares = await grounds.wares("v1.0.0-rc1");
      lanes = await Promise.all(Array.from({ length: LANES }, () => Lane.begin(grounds.facts)));
      // Each way has a host of its own, and records name it.
      const origin: Job = { what: "publish", wares, repository: "orders/api", tag: "v1.0.0-rc1", settles: false };
      for (const lane of lanes) await lane.runWell(origin);
      source = await sourceState(grounds.facts, wares.version);
    });
    after(async () => {
      await Promise.all(lanes.map((lane) => lane.end()));
      await grounds.end();
    });

    it("placeTags looks again where writing a tag took longer than it may be believed (S2-11, S1-25)", async () => {
      const [lane] = lanes;
      assert.ok(lane);
      const job: Job = { what: "publish", wares, repository: "orders/late", tag: "v1.0.0-rc1", settles: true };
      const slot = { phase: "tag", side: "qa", kind: "PUT tag" } as const;
      const patient = { ...TUNING, timeouts: { ...TUNING.timeouts, headers: 60_000 } };
      await lane.runOnce(job, slot, { kind: "hang", of: "response", atByte: 0 }, patient);
      assert.equal((await judge(lane.ground, job))?.digest, wares.digest);
    });

    for (const { name, what, to, tag, only } of TRANSACTIONS) {
      let slots: readonly Slot[];
      let clean: Outcome | undefined;
      let turn = 0;
      const freshJob = (): Job => {
        turn += 1;
        return { what, to, tag, wares, repository: `orders/${what}-${to}-${turn}`, settles: false };
      };
      before(async () => {
        const [lane] = lanes;
        assert.ok(lane);
        const job = freshJob();
        const all = await lane.observe(job);
        slots = all.filter(({ phase }) => only === undefined || only.some((one) => one === phase));
        clean = await judge(lane.ground, job);
        assert.ok(clean);
      });
      const phases = () => [...new Set(slots.map(({ phase }) => phase))];
      const sameSource = async () => assert.deepEqual(await sourceState(grounds.facts, wares.version), source);

      for (const [index, { name: what }] of passingFaults().entries()) {
        it(`${name} gets over ${what} in any phase (S1-25, S1-9)`, async () => {
          const fault = passingFaults()[index];
          assert.ok(fault);
          // Half of the phases that it can befall at all: some ask nothing whose answer has so many bytes.
          const befallen = phases()
            .map((phase) => slots.filter((slot) => slot.phase === phase && befalls(fault, slot)))
            .filter((fitting) => fitting.length > 0);
          const cases = befallen.flatMap((fitting, at) => {
            if (ALL) return fitting;
            if (befallen.length > 3 && (at + index) % 2 === 0) return [];
            return fitting.slice((index + at) % fitting.length).slice(0, 1);
          });
          assert.ok(cases.length > 0);
          await onLanes(lanes, cases, async (lane, slot) => {
            const job = freshJob();
            const where = `${slot.phase}: ${slot.kind} of ${slot.side}`;
            await lane.runOnce(job, slot, fault.fault).catch((error: unknown) => {
              throw new Error(`${where}: ${String(error)}`, { cause: error });
            });
            assert.deepEqual(await judge(lane.ground, job), clean, where);
          });
          await sameSource();
        });
      }

      for (const [index, { name: what, fault, writesOnly, code, says }] of LASTING_FAULTS.entries()) {
        it(`${name} ends clearly where ${what} begins, in any phase, and a second run ends it (S1-27, S1-9)`, async () => {
          const chosen = phases().filter((_, at) => ALL || (at + index) % 2 === 0);
          await onLanes(lanes, chosen, async (lane, phase) => {
            const job = freshJob();
            const adds = (method: string) => ["POST", "PUT", "PATCH"].includes(method);
            const end = await lane
              .runFrom(
                job,
                phase,
                ({ method, path }) => !writesOnly || (adds(method) && path.startsWith("/v2/")),
                fault,
              )
              .catch((error: unknown) => error);
            if (end !== undefined) {
              assert.ok(end instanceof DualRegistryError, phase);
              assert.equal(end.code, code, `${phase}: ${end.message}`);
              assert.match(end.message, says, phase);
              assert.ok(end.message.includes(lane.ground[to].host), `${phase}: ${end.message}`);
            }
            const left = await judge(lane.ground, job);
            if (end === undefined) assert.deepEqual(left, clean, phase);
            await lane.runWell(job);
            assert.deepEqual(await judge(lane.ground, job), clean, phase);
          });
          await sameSource();
        });
      }
    }
  },
  600,
);
