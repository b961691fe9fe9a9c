import assert from "node:assert/strict";
import fc from "fast-check";
import { coverageProblems, type LoggedDay, type Window } from "../../../src/domain/sweep/activity";

const NOW = new Date("2026-11-21T08:00:00Z");
const DAY = 86_400_000;
const ago = (days: number) => new Date(NOW.getTime() - days * DAY).toISOString();
const WINDOW: Window = {
  ...{ days: 30, now: NOW, maxGapDays: 7 },
  categories: ["ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"],
};
/** A day so long ago, with a pull. */
const day = (days: number, over: Partial<LoggedDay> = {}): LoggedDay => ({
  ...{ first: ago(days), last: ago(days - 0.2), firstRepositoryEvent: ago(days), now: NOW.toISOString() },
  ...over,
});
const every = (from: number, to = 1): LoggedDay[] => Array.from({ length: from - to + 1 }, (_, at) => day(from - at));
const problems = (days: readonly LoggedDay[], over: Partial<Window> = {}) =>
  coverageProblems(days, { ...WINDOW, ...over });

describe("coverageProblems", () => {
  it("S1-15 coverageProblems finds none in a log that reaches back behind the window without a hole", () => {
    assert.deepEqual(problems(every(31)), []);
    assert.deepEqual(problems([...every(31)].reverse()), []);
  });

  for (const [criterion, days, says, over] of [
    ["an empty log", [], /holds no event/],
    [
      "a log that is kept for as long as the window and no longer",
      every(29),
      /first push or pull is of .*keep more days/,
    ],
    ["a diagnostic setting that was switched on later", every(12), /first push or pull is of 2026-11-09/],
    [
      "a category that came later, though logins are older",
      every(40).map((one, at) => {
        if (at > 20) return one;
        const { first, last, now } = one;
        return { first, last, now };
      }),
      /first push or pull is of/,
    ],
    ["logins alone", every(40).map(({ first, last, now }) => ({ first, last, now })), /logins only, no push or pull/],
    ["a hole", [...every(40, 20), ...every(11)], /it is silent from .*--max-gap 9/],
    ["a hole that begins before the window and ends in it", [...every(60, 35), ...every(25)], /it is silent/],
    ["silence since", every(40, 9), /it is silent from .* to 2026-11-21/],
    ["a clock that is an hour off", every(40).map((one) => ({ ...one, now: ago(1 / 24) })), /minutes apart/],
    ["an event of tomorrow", [...every(40), day(-1)], /in the future/],
    [
      "a stage that sends no pushes and pulls",
      every(40),
      /sends no ContainerRegistryRepositoryEvents/,
      { categories: [] },
    ],
  ] as const satisfies readonly (readonly [string, readonly LoggedDay[], RegExp, Partial<Window>?])[]) {
    it(`S1-15 coverageProblems finds ${criterion}`, () => {
      assert.match(problems(days, over).join("\n"), says);
    });
  }

  it("coverageProblems takes a silence for whole where it is said to be one", () => {
    assert.deepEqual(problems([...every(40, 20), ...every(11)], { maxGapDays: 9 }), []);
    assert.deepEqual(problems([...every(90, 60), ...every(50)]), []);
  });

  it("S1-18 coverageProblems is never silent where a day of the window is missing for longer than allowed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 28 }), fc.integer({ min: 9, max: 20 }), (end, length) => {
        const days = every(80).filter((_, at) => 80 - at < end || 80 - at >= end + length);
        const whole = days.length === 80;
        assert.equal(problems(days).length === 0, whole);
      }),
    );
  });
});
