import assert from "node:assert/strict";
import fc from "fast-check";
import { judgeChecks } from "../../../src/domain/flow/judgeStep";
import type { CheckResult } from "../../../src/domain/flow/stepFacts";
import { at, COMMIT, facts } from "../../support/release/stepFacts";

const TAGGED = 30;

/** uat, tagged in minute 30, with what the check said. */
const uat = (results: readonly CheckResult[], wanted: readonly string[] = ["end-to-end"]) =>
  facts("v0.0.1-uat", {
    placed: { commit: COMMIT, at: at(TAGGED), deployedFrom: [] },
    done: true,
    checks: { wanted, results },
  });
const codes = (results: readonly CheckResult[], left = false) =>
  judgeChecks(uat(results), left).map(({ code }) => code);

const result = fc.record({
  minute: fc.integer({ min: 0, max: 59 }),
  conclusion: fc.constantFrom("success", "failure", "cancelled", "neutral", "skipped"),
});
const resultsOf = (drawn: readonly { minute: number; conclusion: string }[]): CheckResult[] =>
  drawn.map(({ minute, conclusion }) => ({ name: "end-to-end", conclusion, at: at(minute) }));

describe("judgeChecks", () => {
  it("judgeChecks asks for nothing where no check is wanted (S2-13)", () => {
    assert.deepEqual(judgeChecks(facts("v0.0.1-uat"), false), []);
    assert.deepEqual(judgeChecks(uat([], []), false), []);
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

  it("judgeChecks stands by a release that has left, wherever it once passed since its tag (S2-13)", () => {
    fc.assert(
      fc.property(fc.array(result), (drawn) => {
        const passed = drawn.some(({ minute, conclusion }) => minute >= TAGGED && conclusion === "success");
        assert.equal(codes(resultsOf(drawn), true).length === 0, passed);
      }),
    );
  });

  it("judgeChecks waits for a run that has not ended, and takes no other check's word (S2-13)", () => {
    const passed = { name: "end-to-end", conclusion: "success", at: at(40) };
    assert.deepEqual(codes([passed, { name: "end-to-end" }]), ["stage-check-failed"]);
    assert.deepEqual(codes([{ ...passed, name: "end-to-end (dev)" }]), ["stage-check-missing"]);
    assert.match(judgeChecks(uat([{ name: "end-to-end" }]), false)[0]?.why ?? "", /of uat for c{12} has not ended/);
  });
});
