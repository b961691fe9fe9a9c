import assert from "node:assert/strict";
import fc from "fast-check";
import { isDeepStrictEqual } from "node:util";
import { isList, isObject, type Json } from "../../../src/base/json";
import { diffRecordings } from "../../../src/preview/change/diff";
import {
  changedValues,
  covers,
  formatPath,
  parsePath,
  type PathPart,
  type ValueChange,
} from "../../../src/preview/change/values";
import { FACTS, GROUP, recording, REGISTRY, TOKEN } from "../../support/sampleRecording";

const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant("[unknown]")),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;
const inputs = fc.dictionary(fc.string(), json, { maxKeys: 4, noNullPrototype: true });

const recordings = fc
  .uniqueArray(
    fc.record({ type: fc.constantFrom(REGISTRY, TOKEN, GROUP), name: fc.string({ minLength: 1 }), inputs }),
    {
      selector: ({ type, name }) => `${type}::${name}`,
      maxLength: 6,
    },
  )
  .map((samples) => recording(samples));

/** Puts every change into the value it was found in; an absent side takes the entry away. */
function apply(value: Json | undefined, changes: readonly ValueChange[]): Json | undefined {
  const whole = changes.find(({ path }) => path.length === 0);
  if (whole !== undefined) return whole.after;
  const inside = (key: PathPart) =>
    changes.filter(({ path }) => path[0] === key).map((change) => ({ ...change, path: change.path.slice(1) }));
  if (isList(value)) {
    const ends = changes.map(({ path }) => Number(path[0]) + 1);
    return Array.from({ length: Math.max(value.length, ...ends) }, (_, at) => apply(value[at], inside(at))).filter(
      (item) => item !== undefined,
    );
  }
  if (!isObject(value)) return value;
  const keys = new Set([...Object.keys(value), ...changes.map(({ path }) => String(path[0] as string | number))]);
  const entries = [...keys].map((key): [string, Json | undefined] => [
    key,
    apply(Object.hasOwn(value, key) ? value[key] : undefined, inside(key)),
  ]);
  return Object.fromEntries(entries.flatMap(([key, item]) => (item === undefined ? [] : [[key, item]])));
}

describe("diff by properties", () => {
  it("diffRecordings of a recording with itself is empty", () => {
    fc.assert(
      fc.property(recordings, (stage) => {
        const { changes, same, outputs } = diffRecordings(stage, structuredClone(stage), FACTS);
        assert.deepEqual([changes, outputs, same], [[], [], stage.resources.length]);
      }),
    );
  });

  it("diffRecordings accounts for every resource once", () => {
    fc.assert(
      fc.property(recordings, recordings, (base, head) => {
        const { changes, same } = diffRecordings(base, head, FACTS);
        const urns = new Set([...base.resources, ...head.resources].map(({ urn }) => urn));
        assert.equal(changes.length + same, urns.size);
      }),
    );
  });

  it("changedValues by name is empty for equal values alone", () => {
    fc.assert(
      fc.property(inputs, inputs, (before, after) => {
        assert.deepEqual(changedValues(before, structuredClone(before), true), []);
        assert.equal(changedValues(before, after, true).length === 0, isDeepStrictEqual(before, after));
      }),
    );
  });

  it("changedValues applied to the old value gives the new one", () => {
    fc.assert(
      fc.property(inputs, inputs, (before, after) =>
        assert.deepEqual(apply(before, changedValues(before, after)), after),
      ),
    );
  });

  it("parsePath reads what formatPath writes", () => {
    const part = fc.oneof(
      fc.string().filter((text) => text !== "*"),
      fc.nat(),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), (parts) => assert.deepEqual(parsePath(formatPath(parts)), parts)),
    );
  });

  it("covers takes * for any one part", () => {
    assert.equal(covers(parsePath("rules[*].days"), parsePath("rules[3].days")), true);
    assert.equal(covers(parsePath("rules[*].days"), parsePath("rules[3]")), false);
  });
});
