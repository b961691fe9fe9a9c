import assert from "node:assert/strict";
import { UNKNOWN } from "../../../src/base/placeholders";
import type { ChangeKind } from "../../../src/preview/change/changes";
import { diffRecordings } from "../../../src/preview/change/diff";
import { FACTS, GROUP, recording, REGISTRY, resource, type Sample, TOKEN } from "../../support/sampleRecording";

interface Row {
  title: string;
  before?: Partial<Sample>;
  after?: Partial<Sample>;
  kind: ChangeKind | "same";
  refused?: boolean;
}

const inputs = (name: string) => ({ registryName: name });
const guarded = { protect: true };

const ROWS: readonly Row[] = [
  { title: "an equal resource as same", before: {}, after: {}, kind: "same" },
  { title: "a new resource as create", after: {}, kind: "create" },
  { title: "a resource that is gone as delete", before: {}, kind: "delete" },
  { title: "a listed property as update", before: {}, after: { inputs: { tags: { a: "b" } } }, kind: "update" },
  {
    title: "a replacing property as replace",
    before: { inputs: inputs("a") },
    after: { inputs: inputs("b") },
    kind: "replace",
  },
  { title: "an unlisted property as may-replace", before: {}, after: { inputs: { zone: "1" } }, kind: "may-replace" },
  {
    title: "a longer listed path before a shorter one",
    before: {},
    after: { inputs: { encryption: { status: "on" } } },
    kind: "replace",
  },
  {
    title: "a sibling of the longer path by the shorter one",
    before: {},
    after: { inputs: { encryption: { key: "k" } } },
    kind: "update",
  },
  {
    title: "nothing where ignoreChanges names the property",
    before: { inputs: inputs("a") },
    after: { inputs: inputs("b"), options: { ignoreChanges: ["registryName"] } },
    kind: "state",
  },
  {
    title: "a known value that becomes unknown as update",
    before: { inputs: { sku: "Basic" } },
    after: { inputs: { sku: UNKNOWN } },
    kind: "update",
  },
  {
    title: "replace where replaceOnChanges says so",
    before: {},
    after: { inputs: { tags: { a: "b" } }, options: { replaceOnChanges: ["tags"] } },
    kind: "replace",
  },
  {
    title: "a region's display name as same",
    before: { inputs: { location: "westeurope" } },
    after: { inputs: { location: "West Europe" } },
    kind: "same",
  },
  { title: "a changed option as state", before: {}, after: { options: guarded }, kind: "state" },
  {
    title: "a component's input as update",
    before: { custom: false },
    after: { custom: false, inputs: inputs("b") },
    kind: "update",
  },
  { title: "a component that becomes a resource as replace", before: { custom: false }, after: {}, kind: "replace" },
  {
    title: "another import as replace",
    before: { options: { import: "/a" } },
    after: { options: { import: "/b" } },
    kind: "replace",
  },
  { title: "a first import as may-replace", before: {}, after: { options: { import: "/b" } }, kind: "may-replace" },
  { title: "a protected delete as refused", before: { options: guarded }, kind: "delete", refused: true },
  {
    title: "a protected delete as refused even when retained",
    before: { options: { protect: true, retainOnDelete: true } },
    kind: "delete",
    refused: true,
  },
  {
    title: "a protected replace as refused",
    before: { inputs: inputs("a"), options: guarded },
    after: { inputs: inputs("b"), options: guarded },
    kind: "replace",
    refused: true,
  },
  {
    title: "unprotect and replace in one change as allowed",
    before: { inputs: inputs("a"), options: guarded },
    after: { inputs: inputs("b") },
    kind: "replace",
  },
  {
    title: "protect and replace in one change as allowed",
    before: { inputs: inputs("a") },
    after: { inputs: inputs("b"), options: guarded },
    kind: "replace",
  },
  {
    title: "a replace that still names its import as refused",
    before: { inputs: inputs("a"), options: { import: "/a" } },
    after: { inputs: inputs("b"), options: { import: "/a" } },
    kind: "replace",
    refused: true,
  },
  {
    title: "a protected may-replace as refused",
    before: { options: guarded },
    after: { inputs: { zone: "1" }, options: guarded },
    kind: "may-replace",
    refused: true,
  },
];

function one(sample: Partial<Sample> | undefined) {
  return recording(sample === undefined ? [] : [{ type: REGISTRY, name: "r", ...sample }]);
}

describe("diffRecordings", () => {
  for (const { title, before, after, kind, refused = false } of ROWS) {
    it(`diffRecordings shows ${title}`, () => {
      const [change, ...others] = diffRecordings(one(before), one(after), FACTS).changes;
      assert.deepEqual([change?.kind ?? "same", others.length, change?.refused !== undefined], [kind, 0, refused]);
    });
  }

  it("diffRecordings names the property that forces a replacement, and why", () => {
    const { changes } = diffRecordings(one({ inputs: inputs("a") }), one({ inputs: inputs("b") }), FACTS);
    const expected = { path: "registryName", before: "a", after: "b", effect: "replace", why: "path parameter" };
    assert.deepEqual(changes[0]?.properties, [expected]);
  });

  it("diffRecordings treats an unknown type as one where everything may replace", () => {
    const diff = (value: string) => recording([{ type: "other:index:Thing", name: "t", inputs: { value } }]);
    assert.equal(diffRecordings(diff("a"), diff("b"), FACTS).changes[0]?.kind, "may-replace");
  });

  it("diffRecordings shows a stage only the base has as deletes and one only the head has as creates", () => {
    const kinds = (changes: readonly { kind: string }[]) => new Set(changes.map(({ kind }) => kind));
    assert.deepEqual(kinds(diffRecordings(one({}), undefined, FACTS).changes), new Set(["delete"]));
    assert.deepEqual(kinds(diffRecordings(undefined, one({}), FACTS).changes), new Set(["create"]));
  });

  it("diffRecordings marks a retained delete", () => {
    const { changes } = diffRecordings(one({ options: { retainOnDelete: true } }), one(undefined), FACTS);
    assert.equal(changes[0]?.retained, true);
  });

  it("diffRecordings shows a renamed resource as delete and create", () => {
    const { changes } = diffRecordings(one({ name: "old" }), one({ name: "new" }), FACTS);
    assert.deepEqual(
      changes.map(({ kind, name }) => [kind, name]),
      [
        ["delete", "old"],
        ["create", "new"],
      ],
    );
  });

  for (const alias of [{ name: "old" }, resource({ type: REGISTRY, name: "old" }).urn]) {
    it(`diffRecordings follows an alias given as ${typeof alias}`, () => {
      const { changes } = diffRecordings(
        one({ name: "old" }),
        one({ name: "new", options: { aliases: [alias] } }),
        FACTS,
      );
      assert.deepEqual(
        changes.map(({ kind }) => kind),
        ["state"],
      );
      assert.match(changes[0]?.formerUrn ?? "", /::old$/);
    });
  }

  it("diffRecordings follows a parent's alias to its children", () => {
    const tree = (name: string, aliases: readonly { name: string }[]) => {
      const parent: Sample = {
        type: "x:index:Pair",
        name,
        custom: false,
        options: aliases.length > 0 ? { aliases } : {},
      };
      return recording([parent, { type: REGISTRY, name: `${name}-registry`, parent: resource(parent).urn }]);
    };
    const { changes } = diffRecordings(tree("old", []), tree("new", [{ name: "old" }]), FACTS);
    assert.deepEqual(
      changes.map(({ kind }) => kind),
      ["state", "state"],
    );
  });

  it("diffRecordings carries a replacement on to unknown inputs that may come from it", () => {
    const group: Sample = { type: GROUP, name: "g", inputs: { location: "a" } };
    const dependsOn = [resource(group).urn];
    const stage = (location: string) =>
      recording([
        { ...group, inputs: { location } },
        { type: REGISTRY, name: "r", inputs: { registryName: UNKNOWN }, options: { dependsOn } },
        { type: TOKEN, name: "t", inputs: { scopeMapId: UNKNOWN }, options: { dependsOn } },
        { type: TOKEN, name: "apart", inputs: { scopeMapId: UNKNOWN } },
      ]);
    const { changes, same } = diffRecordings(stage("a"), stage("b"), FACTS);
    assert.deepEqual(
      changes.map(({ kind, name }) => [kind, name]),
      [
        ["replace", "g"],
        ["may-replace", "r"],
        ["update", "t"],
      ],
    );
    assert.equal(same, 2);
  });

  it("diffRecordings carries a new resource on to the inputs that come from it, and to no others", () => {
    const [old, added]: readonly Sample[] = [
      { type: GROUP, name: "old" },
      { type: GROUP, name: "added" },
    ] as const;
    const token = (name: string, from: Sample, all: readonly Sample[]): Sample => ({
      ...{ type: TOKEN, name, inputs: { scopeMapId: UNKNOWN } },
      options: { dependsOn: all.map((one) => resource(one).urn) },
      sources: { scopeMapId: [resource(from).urn] },
    });
    const before = recording([old, token("kept", old, [old]), token("moved", old, [old])]);
    const after = recording([old, added, token("kept", old, [old, added]), token("moved", added, [old, added])]);
    const { changes } = diffRecordings(before, after, FACTS);
    assert.deepEqual(
      changes.map(({ kind, name }) => [kind, name]),
      [
        ["create", "added"],
        ["update", "moved"],
        ["state", "kept"],
      ],
    );
  });

  it("diffRecordings replaces what is deleted with a replaced resource", () => {
    const group: Sample = { type: GROUP, name: "g" };
    const stage = (location: string) =>
      recording([
        { ...group, inputs: { location } },
        { type: TOKEN, name: "t", options: { deletedWith: resource(group).urn } },
      ]);
    const kinds = diffRecordings(stage("a"), stage("b"), FACTS).changes.map(({ kind }) => kind);
    assert.deepEqual(kinds, ["replace", "replace"]);
  });

  it("diffRecordings shows changed outputs", () => {
    const { outputs } = diffRecordings(
      recording([], { outputs: { hosts: ["a"] } }),
      recording([], { outputs: { hosts: ["a", "b"] } }),
      FACTS,
    );
    assert.deepEqual(outputs, [{ path: "hosts[*]", after: "b", effect: "update" }]);
  });
});
