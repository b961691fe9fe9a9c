import assert from "node:assert/strict";
import { lifecycleOf } from "../../src/kinds/ecr";
import { policyOf, ruleOf as rule } from "../support/registries/kinds/lifecycle";
import { valueOf } from "./ground";

describe("lifecycleOf", () => {
  it("lifecycleOf orders rules by their priority, and reads prefixes, patterns, pulls and archives", () => {
    const policy = policyOf(
      rule(3, { tagStatus: "any", countType: "sinceImagePulled" }),
      { ...rule(1, { tagStatus: "tagged", tagPrefixList: ["v", "w"] }), action: { type: "transition" } },
      rule(2, { tagStatus: "tagged", tagPatternList: ["*-rc*"], countType: "imageCountMoreThan", countNumber: 5 }),
    );
    assert.deepEqual(valueOf(lifecycleOf(policy)), {
      firstDecides: true,
      rules: [
        {
          ...{ name: "rule 1", action: "delete", manifests: "tagged", bound: { by: "push", days: 14 }, archives: true },
          selector: { globs: ["v*", "w*"], each: true },
        },
        {
          ...{ name: "rule 2", action: "delete", manifests: "tagged", bound: { newest: 5 } },
          selector: { globs: ["*-rc*"], each: true },
        },
        { name: "rule 3", action: "delete", manifests: "all", bound: { by: "pull", days: 14 } },
      ],
    });
  });

  it("lifecycleOf reads no policy with a rule of a form that it does not know", () => {
    for (const text of [
      "",
      "null",
      "[]",
      "<html>",
      policyOf(rule(1, { tagStatus: "any", countType: "sinceFullMoon" })),
    ]) {
      assert.equal(lifecycleOf(text).state, "unread", text);
    }
  });
});
