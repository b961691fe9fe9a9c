import assert from "node:assert/strict";
import { evaluate } from "../../src/controls/evaluate";
import type { Waiver } from "../../src/domain/plan/compliance";
import { complianceSchema } from "../../src/outputs";
import { idealFacts, withRegistry } from "../support/compliance/idealFacts";

const NOW = new Date("2026-11-21T12:00:00Z");
const waivers: readonly Waiver[] = [
  {
    ...{ control: "quarantine-on", scope: "secure", reason: "Scanned before the push" },
    ...{ approver: "dev", expires: "2027-03-31" },
  },
];

describe("complianceSchema", () => {
  it("complianceSchema takes what an evaluation gives, whole", () => {
    for (const facts of [idealFacts(), withRegistry({ quarantine: false, sku: "unknown" })]) {
      const result = evaluate(facts, { levels: {}, waivers }, NOW);
      assert.deepEqual(complianceSchema.parse(JSON.parse(JSON.stringify(result))), result);
    }
  });

  it("complianceSchema refuses a control, a verdict and a day that it does not know", () => {
    const good = evaluate(withRegistry({ quarantine: false }), { levels: {}, waivers }, NOW);
    const text = JSON.stringify(good);
    for (const [from, to] of [
      ['"admin-user-off"', '"admin-user"'],
      ['"verdict":"pass"', '"verdict":"ok"'],
      ["2027-03-31", "some day"],
    ] as const) {
      assert.equal(complianceSchema.safeParse(JSON.parse(text.replace(from, to))).success, false, to);
    }
  });
});
