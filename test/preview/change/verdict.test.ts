import assert from "node:assert/strict";
import { judge } from "../../../src/preview/change/changes";
import { diffRecordings } from "../../../src/preview/change/diff";
import { FACTS, GROUP, recording, REGISTRY, type Sample, TOKEN } from "../../support/sampleRecording";

interface Row {
  title: string;
  before?: Sample;
  after?: Sample;
  exit: readonly [plain: number, allowed: number];
}

const registry = (registryName: string, options = {}): Sample => ({
  type: REGISTRY,
  name: "r",
  inputs: { registryName },
  options,
});
const zoned = (zone: string, options = {}): Sample => ({ type: REGISTRY, name: "r", inputs: { zone }, options });
const group = (location: string, options = {}): Sample => ({ type: GROUP, name: "g", inputs: { location }, options });
const token = (tokenName: string): Sample => ({ type: TOKEN, name: "t", inputs: { tokenName } });
const guarded = { protect: true };
const versioned = { type: "azure-native:containerregistry/v20230701:Registry", name: "r" };

const ROWS: readonly Row[] = [
  { title: "a create", after: registry("a"), exit: [0, 0] },
  { title: "a replaced registry", before: registry("a"), after: registry("b"), exit: [1, 0] },
  { title: "a replaced token", before: token("a"), after: token("b"), exit: [1, 0] },
  { title: "a deleted registry", before: registry("a"), exit: [1, 0] },
  { title: "a deleted registry of a named API version", before: versioned, exit: [1, 0] },
  {
    title: "a deleted registry of a local SDK",
    before: { type: "azure-native_containerregistry_v20230701:containerregistry:Registry", name: "r" },
    exit: [1, 0],
  },
  {
    title: "a deleted token of a local SDK",
    before: { type: "azure-native_containerregistry_v20230701:containerregistry:Token", name: "t" },
    exit: [1, 0],
  },
  {
    title: "a registry of a local SDK whose name changes",
    before: {
      ...versioned,
      type: "azure-native_containerregistry_v20230701:containerregistry:Registry",
      inputs: { registryName: "a" },
    },
    after: {
      ...versioned,
      type: "azure-native_containerregistry_v20230701:containerregistry:Registry",
      inputs: { registryName: "b" },
    },
    exit: [1, 0],
  },
  { title: "a registry that is only forgotten", before: registry("a", { retainOnDelete: true }), exit: [0, 0] },
  {
    title: "a replaced protected registry",
    before: registry("a", guarded),
    after: registry("b", guarded),
    exit: [1, 1],
  },
  { title: "a deleted protected registry", before: registry("a", guarded), exit: [1, 1] },
  { title: "a registry that may be replaced", before: zoned("1"), after: zoned("2"), exit: [1, 0] },
  {
    title: "a protected registry that may be replaced",
    before: zoned("1", guarded),
    after: zoned("2", guarded),
    exit: [1, 0],
  },
  { title: "another replaced resource", before: group("a"), after: group("b"), exit: [0, 0] },
  {
    title: "another protected replaced resource",
    before: group("a", guarded),
    after: group("b", guarded),
    exit: [1, 1],
  },
];

const stage = (sample: Sample | undefined) => recording(sample === undefined ? [] : [sample]);

describe("judge", () => {
  for (const { title, before, after, exit } of ROWS) {
    it(`judge ends ${title} with ${exit[0]}, and ${exit[1]} under --allow-replace`, () => {
      const changes = [diffRecordings(stage(before), stage(after), FACTS)];
      assert.deepEqual([judge(changes, false).exitCode, judge(changes, true).exitCode], exit);
    });
  }
});
