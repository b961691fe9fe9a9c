import assert from "node:assert/strict";
import type { Json } from "../../src/base/json";
import type { ReviewSide } from "../../src/preview/base/base";
import { judge } from "../../src/preview/change/changes";
import { findReviewChanges } from "../../src/reports/reviewFindings";
import { GitProject, projectFiles } from "../support/gitProject";
import { recording } from "../support/sampleRecording";

/** The folder of a project that lists these stages, with a file for each. */
function listing(stages: readonly string[], made: GitProject[]): string {
  const one = new GitProject().write({
    ...projectFiles("x", stages),
    "Pulumi.yaml": `name: sample\nruntime: nodejs\nconfig:\n  stages: { value: [${stages.join(", ")}] }\n`,
  });
  made.push(one);
  return one.projectDir;
}

const stage = (stack: string, classOfWeb: string) => {
  const image = (repository: string, imageClass: string): Json => ({
    repository,
    class: imageClass,
    binding: "portable",
  });
  const token = (name: string, registry: string, path: string): Json => {
    return { name, consumer: "x", registry, actions: [`repositories/${path}/content/read`], expiresAfterDays: 30 };
  };
  const tokens = [
    token("shop-pull", classOfWeb, "orders/web"),
    token("team-pull", classOfWeb, "orders/*"),
    token("other-pull", classOfWeb, "tools/x"),
  ];
  const images = [image("orders/api", "secure"), image("orders/web", classOfWeb)];
  return recording([], { stack, outputs: { images, tokens } });
};

const TODAY = new Date("2026-11-30T12:00:00Z");
const review = (base: ReviewSide, head: ReviewSide) => findReviewChanges(base, head, TODAY);

describe("findReviewChanges", () => {
  const made: GitProject[] = [];
  after(() => made.forEach((one) => one.remove()));
  const side = (stages: readonly string[], classOfWeb = "standard") => ({
    projectDir: listing(stages, made),
    recordings: new Map(stages.map((stack) => [stack, stage(stack, classOfWeb)])),
  });

  it("findReviewChanges names an image that moved, its stages and who pulls it from now on, and nothing lifts it", () => {
    const found = review(side(["dev", "qa"], "secure"), side(["dev", "qa"]));
    assert.deepEqual(
      found.map(({ stack, type, name, kind }) => [stack, type, name, kind]),
      [["dev, qa", "image", "orders/web", "moved"]],
    );
    assert.match(
      found[0]?.reason ?? "",
      /^moved from secure to standard: it is pulled from the standard registry, by the tokens shop-pull, team-pull of it; what was pushed stays in the secure registry/,
    );
    assert.deepEqual([judge([], false, found).exitCode, judge([], true, found).exitCode], [1, 1]);
  });

  it("findReviewChanges finds a move to secure too", () => {
    assert.match(review(side(["dev"]), side(["dev"], "secure"))[0]?.reason ?? "", /^moved from standard to secure/);
  });

  it("findReviewChanges tells of a change of the list of stages, which --allow-replace lifts", () => {
    const found = review(side(["dev", "qa", "prod"]), side(["dev", "test", "prod"]));
    assert.deepEqual(
      found.map(({ stack, type, name, kind }) => [stack, type, name, kind]),
      [["Pulumi.yaml", "stage", "qa", "renamed"]],
    );
    assert.match(found[0]?.reason ?? "", /^renamed to test: .*; --allow-replace accepts that$/);
    assert.deepEqual([judge([], false, found).exitCode, judge([], true, found).exitCode], [1, 0]);
  });

  it("findReviewChanges finds nothing where nothing of it changed, and none in the outputs of another program", () => {
    assert.deepEqual(review(side(["dev", "qa"]), side(["dev", "qa"])), []);
    const other = {
      projectDir: listing(["dev"], made),
      recordings: new Map([["dev", recording([], { outputs: { images: 1 } })]]),
    };
    assert.deepEqual(review(other, other), []);
  });
});
