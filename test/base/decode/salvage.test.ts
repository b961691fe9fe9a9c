import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { showPath } from "../../../src/base/decode/problems";
import { formerPath, salvage } from "../../../src/base/decode/salvage";

/** Lists in lists in objects, whose numbers are decodable and whose texts are not; each number is unique. */
const element = z.object({ id: z.number(), inner: z.array(z.object({ id: z.number() })) });
const schema = z.object({ outer: z.array(element), other: z.array(z.number()) });

interface Raw {
  outer: { id: unknown; inner: { id: unknown }[] }[];
  other: unknown[];
}

/** Every number of a value, with the path that leads to it. */
function numbers(value: unknown, path: readonly PropertyKey[] = []): [number, string][] {
  if (typeof value === "number") return [[value, showPath(path)]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) =>
    numbers(below, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

describe("salvage", () => {
  it("formerPath leads from what is left to where it stood, at every depth and whatever was dropped before it", () => {
    const good = fc.boolean();
    const shape = fc.record({
      outer: fc.array(fc.record({ good, inner: fc.array(good, { maxLength: 5 }) }), { maxLength: 5 }),
      other: fc.array(good, { maxLength: 5 }),
    });
    fc.assert(
      fc.property(shape, ({ outer, other }) => {
        let next = 0;
        const id = (is: boolean) => (is ? next++ : "no number");
        const raw: Raw = {
          outer: outer.map((one) => ({ id: id(one.good), inner: one.inner.map((is) => ({ id: id(is) })) })),
          other: other.map(id),
        };
        const { value, former } = salvage(schema, raw, "key", "file");
        const stood = new Map(numbers(raw, ["key"]));
        for (const [number, path] of numbers(value, ["key"])) assert.equal(formerPath(path, former), stood.get(number));
      }),
      { numRuns: 300 },
    );
  });

  it("formerPath leaves a path as it is where nothing was dropped", () => {
    const { former } = salvage(z.array(z.number()), [1, 2], "key", "file");
    for (const path of ["key", "key[1]", "key[1].x[0]", "", "a[b]"]) assert.equal(formerPath(path, former), path);
  });
});
