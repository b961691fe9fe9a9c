import assert from "node:assert/strict";
import { decodeConfig } from "../../src/config/decode";
import { factsOfPlan } from "../../src/controls/adapters/plan";
import { mandatoryFailures } from "../../src/controls/control";
import { evaluate, refusal } from "../../src/controls/evaluate";
import { isStageName, lastStage, type Stages } from "../../src/domain/stage";
import { planStage } from "../../src/domain/plan/planStage";
import { scanProblems } from "../../src/images/gates/scan";
import { trivyReport } from "../support/release/scans";
import { facts, rawConfig } from "../support/rawConfig";
import { readScanReport } from "../../src/images/gates/scanReport";
import { DIGEST } from "../support/signing/samples";

/** Lists of stages of any length and of any names. */
const LISTS: readonly Stages[] = [
  ["live"],
  ["lab", "live"],
  ["dev", "test", "live"],
  ["sandbox", "int", "sit", "uat", "preprod", "prod"],
];

const NOW = new Date("2026-11-21T12:00:00Z");
const WAIVER = "reason: The supplier mends it in January, approver: owners";

describe("whoever writes a stage file or Pulumi.yaml", () => {
  for (const stages of LISTS) {
    const last = lastStage(stages);
    const gates = (signOffs = `{ ${last}: [owners] }`) =>
      `gates: { roles: { owners: [{ team: owners, id: 1 }] }, signOffs: ${signOffs}, automation: { app: 1 } }`;
    const decode = (shared: string, stage = "") =>
      decodeConfig(
        rawConfig({
          stack: last,
          shared: { ...facts(`stages: [${stages.join(", ")}]`), ...facts(shared) },
          ...(stage === "" ? {} : { stage: facts(stage) }),
        }),
      );
    const problems = (shared: string, stage?: string): string => {
      try {
        decode(shared, stage);
        return "";
      } catch (error) {
        return (error as Error).message;
      }
    };
    const stopped = (shared: string, stage?: string, now = NOW) => {
      const plan = planStage(decode(shared, stage));
      const compliance = evaluate(factsOfPlan(plan, true), plan.compliance, now);
      return { ids: mandatoryFailures(compliance), message: refusal(last, compliance) ?? "", policies: plan.policies };
    };
    const LENIENT = "policies: { standard: { scan: { critical: 1, high: 5 } } }";

    describe(`of ${stages.join(", ")}`, () => {
      it("scan and signature are switched off by no word (S1-5)", () => {
        assert.ok(stages.every(isStageName));
        for (const imageClass of ["secure", "standard"]) {
          for (const word of ["off", "false", '"off"']) {
            const said = problems(`${gates()}\npolicies: { ${imageClass}: { scan: ${word} } }`);
            assert.match(said, /behind the first stage every image is scanned/, word);
          }
          const unsigned = problems(`${gates()}\npolicies: { ${imageClass}: { signature: false } }`);
          assert.match(unsigned, /behind the first stage every image is signed/);
          const nobody = problems(`${gates()}\npolicies: { ${imageClass}: { signers: [] } }`);
          assert.match(nobody, /nobody is trusted to sign/);
        }
      });

      it(`limits above 0 hold in ${last} only by a waiver, and to its day`, () => {
        const none = stopped(`${gates()}\n${LENIENT}`);
        const scan = { critical: 0, high: 0, maxAgeHours: 72 };
        assert.deepEqual([none.policies.standard.scan, none.ids], [scan, []]);
        const waived = (expires: string, now?: Date) =>
          stopped(
            `${gates()}\n${LENIENT}`,
            `waivers: [{ control: scan-gate, scope: standard, ${WAIVER}, expires: "${expires}" }]`,
            now,
          );
        const holds = waived("2026-12-31");
        assert.deepEqual(holds.ids, []);
        assert.deepEqual(holds.policies.standard.scan, {
          ...{ critical: 1, high: 5, maxAgeHours: 72 },
          until: "2026-12-31",
        });
        assert.deepEqual(holds.policies.secure.scan, scan);
        const ended = waived("2026-11-20");
        assert.deepEqual(ended.ids, ["scan-gate"]);
        assert.match(ended.message, /its waiver expired on 2026-11-20/);
      });

      it(`the gate of ${last} holds to 0 behind a waiver's day, though nobody has deployed since`, () => {
        const { policies } = stopped(
          `${gates()}\n${LENIENT}`,
          `waivers: [{ control: scan-gate, ${WAIVER}, expires: "2026-11-21" }]`,
        );
        const at = (day: string) => {
          const now = new Date(`${day}T12:00:00Z`);
          const bytes = Buffer.from(JSON.stringify(trivyReport(DIGEST, ["HIGH"], now)));
          const report = readScanReport(bytes, "scan.json");
          return scanProblems(report, policies.standard.scan, { digests: [DIGEST], now });
        };
        assert.deepEqual(at("2026-11-21"), []);
        assert.match(at("2026-11-22").join(), /1 HIGH .*at most 0, since the waiver ended on 2026-11-21/);
      });

      it(`nothing makes scan, signature and sign-offs advisory in ${last}`, () => {
        for (const id of ["scan-gate", "signature-gate", "sign-offs-complete"]) {
          const said = problems(gates(), `compliance: { levels: { ${id}: advisory } }`);
          assert.ok(said.includes(`compliance.levels.${id}: advisory, and ${last} is the last stage`), said);
        }
      });

      it(`${last} without a sign-off stops the run`, () => {
        const { ids, message } = stopped(gates("{}"));
        assert.deepEqual(ids, ["sign-offs-complete"]);
        assert.match(message, /nothing was registered/);
      });
    });
  }
});
