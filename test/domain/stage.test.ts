import assert from "node:assert/strict";
import { isStage, STAGE_ALIASES, stageBefore, stageOfAlias, STAGES } from "../../src/domain/stage";

describe("stage", () => {
  it("S0-19 stageBefore follows the order of a release", () => {
    assert.deepEqual(STAGES.map(stageBefore), [undefined, "dev", "qa", "uat"]);
  });

  it("stageOfAlias knows every alias, and no stage is one", () => {
    for (const [alias, stage] of Object.entries(STAGE_ALIASES)) {
      assert.equal(stageOfAlias(alias), stage);
      assert.ok(!isStage(alias));
    }
    for (const stage of STAGES) assert.equal(stageOfAlias(stage), undefined);
    assert.equal(stageOfAlias("toString"), undefined);
  });
});
