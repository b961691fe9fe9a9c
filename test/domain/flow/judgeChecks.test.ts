import assert from "node:assert/strict";
import fc from "fast-check";
import { judgeChecks } from "../../../src/domain/flow/judgeStep";
import type { StageCheck } from "../../../src/domain/identity/environments";
import type { CheckResult } from "../../../src/domain/flow/stepFacts";
import { at, facts, taken } from "../../support/release/stepFacts";

const TAGGED = 30;
const LEFT = 50;
const E2E: StageCheck = { name: "end-to-end", workflow: "e2e.yml" };

/** uat, with what the check said. */
const uat = (results: readonly CheckResult[], wanted: readonly StageCheck[] = [E2E]) =>
  taken("v0.0.1-uat", { checks: { wanted, results } });
const judge = (results: readonly CheckResult[], until?: number) =>
  judgeChecks(uat(results), at(TAGGED), until === undefined ? undefined : at(until));
const codes = (results: readonly CheckResult[], until?: number) => judge(results, until).map(({ code }) => code);

const result = fc.record({
  minute: fc.integer({ min: 0, max: 59 }),
  conclusion: fc.constantFrom("success", "failure", "cancelled", "neutral", "skipped"),
});
const resultsOf = (drawn: readonly { minute: number; conclusion: string }[]): CheckResult[] =>
  drawn.map(({ minute, conclusion }) => ({ name: "end-to-end", conclusion, at: at(minute) }));

describe("judgeChecks", () => {
  it("judgeChecks asks for nothing where no check is wanted (S2-13)", () => {
    assert.deepEqual(judgeChecks(facts("v0.0.1-uat"), at(TAGGED), undefined), []);
    assert.deepEqual(judgeChecks(uat([], []), at(TAGGED), undefined), []);
  });

  it("judgeChecks lets a release leave only where the newest result since its tag is a success (S2-13)", () => {
    fc.assert(
      fc.property(fc.uniqueArray(result, { selector: ({ minute }) => minute }), (drawn) => {
        const since = drawn.filter(({ minute }) => minute >= TAGGED).sort((a, b) => a.minute - b.minute);
        const newest = since.at(-1)?.conclusion;
        const expected =
          newest === undefined ? ["stage-check-missing"] : newest === "success" ? [] : ["stage-check-failed"];
        assert.deepEqual(codes(resultsOf(drawn)), expected);
      }),
    );
  });

  it("judgeChecks judges a release that has left as of when it left: what was said later does not undo it (S2-13)", () => {
    fc.assert(
      fc.property(fc.uniqueArray(result, { selector: ({ minute }) => minute }), (drawn) => {
        const then = drawn.filter(({ minute }) => minute <= LEFT);
        assert.deepEqual(codes([...resultsOf(drawn), { name: "end-to-end" }], LEFT), codes(resultsOf(then)));
      }),
    );
  });

  it("judgeChecks waits for a run that has not ended, and takes no other check's word (S2-13)", () => {
    const passed = { name: "end-to-end", conclusion: "success", at: at(40) };
    assert.deepEqual(codes([passed, { name: "end-to-end" }]), ["stage-check-failed"]);
    assert.deepEqual(codes([{ ...passed, name: "end-to-end (dev)" }]), ["stage-check-missing"]);
    assert.match(judge([{ name: "end-to-end" }])[0]?.why ?? "", /of uat for c{12} by e2e\.yml has not ended/);
  });

  it("judgeChecks counts nothing where no record says when the stage's tag was placed (S2-13)", () => {
    const passed = { name: "end-to-end", conclusion: "success", at: at(40) };
    assert.match(judgeChecks(uat([passed]), undefined, undefined)[0]?.why ?? "", /no record says when/);
  });
});
