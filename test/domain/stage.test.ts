import assert from "node:assert/strict";
import {
  DEFAULT_STAGES,
  entryStage,
  gatedStages,
  isStageName,
  lastStage,
  placeOf,
  stageBefore,
  stageOfAlias,
  type Stages,
} from "../../src/domain/stage";

const LISTS: readonly Stages[] = [
  ["live"],
  ["test", "live"],
  ["dev", "qa", "prod"],
  DEFAULT_STAGES,
  ["sandbox", "int", "sit", "uat", "preprod", "prod"],
];

describe("stage", () => {
  it("S0-19 stageBefore follows the order of the list", () => {
    for (const stages of LISTS) {
      assert.deepEqual(
        stages.map((stage) => stageBefore(stage, stages)),
        [undefined, ...stages.slice(0, -1)],
      );
    }
  });

  it("placeOf gives one last stage, and a first one where there are several", () => {
    const places = LISTS.map((stages) => stages.map((stage) => placeOf(stage, stages)).join(" "));
    assert.deepEqual(places, [
      "last",
      "first last",
      "first between last",
      "first between between last",
      "first between between between between last",
    ]);
  });

  it("S0-19 entryStage is the second stage or the only one, and gates reach from there to the last", () => {
    assert.deepEqual(LISTS.map(entryStage), ["live", "live", "qa", "qa", "int"]);
    for (const stages of LISTS) {
      const gated = gatedStages(stages);
      assert.deepEqual([gated[0], gated.at(-1)], [entryStage(stages), lastStage(stages)]);
      assert.ok(stages.length === 1 || !gated.includes(stages[0]));
    }
  });

  it("stageOfAlias knows the sources' names as long as the list does not have them itself", () => {
    for (const [alias, stage] of [
      ["local", "dev"],
      ["e2e", "qa"],
      ["staging", "uat"],
      ["prd", "prod"],
      ["production", "prod"],
    ] as const) {
      assert.equal(stageOfAlias(alias, DEFAULT_STAGES), stage);
      assert.equal(stageOfAlias(alias, ["build", alias]), undefined);
      assert.equal(stageOfAlias(alias, ["build", "live"]), undefined);
    }
    for (const name of [...DEFAULT_STAGES, "toString"]) assert.equal(stageOfAlias(name, DEFAULT_STAGES), undefined);
  });

  for (const [name, allowed] of [
    ["qa", true],
    ["e2e", true],
    ["staging", true],
    ["a23456789012", true],
    ["a234567890123", false],
    ["q", false],
    ["2qa", false],
    ["QA", false],
    ["pre-prod", false],
    ["rc1", false],
    ["beta12", false],
    ["rc", false],
    ["rc1a", false],
    ["changes", false],
    ["constructor", false],
    ["rca", true],
    ["betax", true],
    ["qa\n", false],
  ] as const) {
    it(`isStageName ${allowed ? "takes" : "refuses"} ${JSON.stringify(name)}`, () => {
      assert.equal(isStageName(name), allowed);
    });
  }
});
