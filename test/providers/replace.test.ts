import assert from "node:assert/strict";
import { PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";
import { loadProviderFacts } from "../../src/preview/change/providerFacts";
import { AZURE } from "../support/providers/azureTypes";
import { withProviders } from "../support/providers/bench";
import { GITHUB } from "../support/providers/githubIds";
import { sample } from "../support/providers/samples";
import { type Fields, UNKNOWN, type Value } from "../support/providers/values";

const { Kind } = PropertyDiff;

const held = (type: string, outputs: Fields = {}) => ({ id: "any", inputs: sample(type), outputs });

/** The fields with "another" at a path. */
function changed(fields: Fields, [first = "", ...rest]: readonly string[]): Fields {
  if (rest.length === 0) return { ...fields, [first]: "another" };
  return { ...fields, [first]: changed((fields[first] ?? {}) as Fields, rest) };
}

describe("diff", () => {
  for (const [type, facts] of Object.entries(loadProviderFacts().resources)) {
    for (const name of Object.keys(facts.replace)) {
      it(`diff replaces ${type} for a new ${name}`, () =>
        withProviders(async ({ of }) => {
          const diff = await of(type).diff(type, held(type), changed(sample(type), name.split(".")));
          assert.deepEqual(diff.getReplacesList(), [name.split(".")[0]]);
          assert.equal(diff.getDeletebeforereplace(), !type.startsWith("github:"));
          const [[path, found] = []] = [...diff.getDetaileddiffMap().entries()];
          assert.equal(path, name);
          const kinds: number[] = [Kind.UPDATE_REPLACE, Kind.ADD_REPLACE];
          assert.ok(kinds.includes(found?.getKind() ?? -1));
        }));
    }
  }

  const cases: readonly [
    title: string,
    type: string,
    over: Record<string, Value | undefined>,
    paths: Record<string, number>,
  ][] = [
    ["names a nested property by its path", AZURE.registry, { sku: { name: "Standard" } }, { "sku.name": Kind.UPDATE }],
    ["names an added entry of a list", AZURE.webhook, { actions: ["push", "delete"] }, { "actions[1]": Kind.ADD }],
    ["names a property that is gone", AZURE.registry, { tags: undefined }, { tags: Kind.DELETE }],
    ["sees no change in another spelling of a region", AZURE.registry, { location: "West Europe" }, {}],
    [
      "replaces for a region that is not known yet",
      AZURE.registry,
      { location: UNKNOWN },
      { location: Kind.UPDATE_REPLACE },
    ],
    [
      "replaces for a property no fact covers",
      AZURE.registry,
      { zoneRedundancy: "Enabled" },
      { zoneRedundancy: Kind.ADD_REPLACE },
    ],
    [
      "changes a policy's pattern in place",
      GITHUB.policy,
      { branchPattern: "release/*" },
      { branchPattern: Kind.UPDATE },
    ],
    [
      "replaces a policy for branches by one for tags",
      GITHUB.policy,
      { branchPattern: undefined, tagPattern: "v*" },
      { branchPattern: Kind.DELETE_REPLACE, tagPattern: Kind.ADD_REPLACE },
    ],
    [
      "replaces an environment for another repository",
      GITHUB.environment,
      { repository: "web" },
      { repository: Kind.UPDATE_REPLACE },
    ],
    [
      "changes reviewers in place",
      GITHUB.environment,
      { reviewers: [{ teams: [4_100_102] }] },
      { "reviewers[0].teams[0]": Kind.UPDATE },
    ],
  ];
  for (const [title, type, over, paths] of cases) {
    it(`diff ${title}`, () =>
      withProviders(async ({ of }) => {
        const diff = await of(type).diff(type, held(type), sample(type, over));
        const found = [...diff.getDetaileddiffMap().entries()].map(([path, one]) => [path, one.getKind()]);
        assert.deepEqual(Object.fromEntries(found), paths);
      }));
  }

  it("diff replaces nothing when the program states what the service chose", () =>
    withProviders(async ({ azure }) => {
      const before = held(AZURE.registry, { zoneRedundancy: "Disabled" });
      const diff = await azure.diff(AZURE.registry, before, sample(AZURE.registry, { zoneRedundancy: "Disabled" }));
      assert.deepEqual([diff.getReplacesList(), diff.getDiffsList()], [[], ["zoneRedundancy"]]);
    }));
});
