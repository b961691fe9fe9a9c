import assert from "node:assert/strict";
import { missingText } from "../../src/config";
import { checkFiles } from "../../src/config/files";
import { DEFAULT_STAGES, type Stages } from "../../src/domain/stage";
import { stageFileName } from "../../src/project";

/** What is said of a project with these stage files; the first of them owns everything. */
function said(there: readonly string[], list?: Stages): string[] {
  const shared = ["product", "images", ...(list === undefined ? [] : ["stages"])];
  const stages = there.map((stack, at) => ({
    ...{ file: stageFileName(stack), stack, keys: [], registries: undefined },
    owns: at === 0 ? ["repository", "subscription"] : undefined,
  }));
  const problems = checkFiles({ shared, stages }, there[0] ?? "", list ?? DEFAULT_STAGES, true);
  return problems.map(({ path, what }) => `${path}: ${what}`);
}

describe("checkFiles", () => {
  it("checkFiles takes some of the usual stages where nothing is listed, if none between them is missing", () => {
    for (const there of [["dev"], ["qa"], ["prod"], ["dev", "qa"], ["qa", "uat"], ["qa", "uat", "prod"]]) {
      assert.deepEqual(said(there), [], there.join());
    }
    const usual = "(where nothing is listed, the stages are dev, qa, uat, prod)";
    assert.deepEqual(said(["dev", "qa", "prod"]), [`stages: no file Pulumi.uat.yaml ${usual}`]);
    assert.deepEqual(said(["dev", "prod"]), [`stages: no file Pulumi.qa.yaml, Pulumi.uat.yaml ${usual}`]);
  });

  it("checkFiles wants the file of every stage that is listed, wherever it stands", () => {
    assert.deepEqual(said(["qa"], ["dev", "qa"]), ["stages: no file Pulumi.dev.yaml"]);
    assert.deepEqual(said(["dev", "qa"], ["dev", "qa", "prod"]), ["stages: no file Pulumi.prod.yaml"]);
    assert.deepEqual(said(["dev", "qa"], ["dev", "qa"]), []);
  });
});

describe("missingText", () => {
  it("missingText names the files that are not there, and the list that would say so", () => {
    assert.equal(
      missingText({ stages: DEFAULT_STAGES, withFile: ["qa"] }),
      "No file Pulumi.dev.yaml, Pulumi.uat.yaml, Pulumi.prod.yaml: where nothing is listed, the stages are dev, qa, uat, prod; " +
        "list those that there are in Pulumi.yaml: stages: { value: [qa] }",
    );
  });
});
