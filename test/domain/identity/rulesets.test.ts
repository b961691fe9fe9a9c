import assert from "node:assert/strict";
import { automationEnvironments, type GatesConfig } from "../../../src/domain/identity/environments";
import { planRulesets, type RulesetPlan } from "../../../src/domain/identity/rulesets";
import { DEFAULT_STAGES } from "../../../src/domain/stage";
import { schemeOf } from "../../support/scheme";

const APP = 815;
const GATES: GatesConfig = {
  roles: { qa: [{ team: "qa-managers", id: 1 }], uat: [{ team: "uat-managers", id: 2 }] },
  signOffs: { qa: ["qa"], uat: ["qa", "uat"] },
  automation: { app: APP },
};

/** The one ruleset with a rule for a full ref. */
function guard(rulesets: readonly RulesetPlan[], include: string, rule: keyof RulesetPlan["rules"]): RulesetPlan {
  const found = rulesets.filter((each) => each.include.includes(include) && each.rules[rule] !== undefined);
  assert.equal(found.length, 1, `${found.length} rulesets with ${rule} for ${include}`);
  return found[0] as RulesetPlan;
}

describe("planRulesets", () => {
  it("planRulesets lets nobody but the automation create release/N, whose key the QA managers let out (S0-13)", () => {
    const { bypass, enforcement } = guard(planRulesets(GATES, schemeOf()), "refs/heads/release/*", "creation");
    assert.deepEqual(bypass, [{ app: APP }]);
    const [cut] = automationEnvironments(DEFAULT_STAGES, GATES);
    assert.deepEqual([cut?.name, cut?.reviewers], ["cut-release", GATES.roles["qa"]]);
    assert.equal(enforcement, "active");
  });

  it("planRulesets lets the automation alone create version tags, and nobody move or delete one (S0-14)", () => {
    const rulesets = planRulesets(GATES, schemeOf());
    assert.deepEqual(guard(rulesets, "refs/tags/v*", "creation").bypass, [{ app: APP }]);
    for (const rule of ["update", "deletion"] as const)
      assert.deepEqual(guard(rulesets, "refs/tags/v*", rule).bypass, []);
  });

  it("planRulesets asks for a reviewed pull request and its checks on main, of everybody (S0-11)", () => {
    const main = guard(
      planRulesets({ ...GATES, checks: ["check"], approvals: 2 }, schemeOf()),
      "~DEFAULT_BRANCH",
      "pullRequest",
    );
    assert.deepEqual(main.rules, {
      deletion: true,
      nonFastForward: true,
      pullRequest: { approvals: 2 },
      checks: ["check"],
    });
    assert.deepEqual(main.bypass, []);
  });

  it("planRulesets lets release branches be updated by reviewed pull requests alone, with the checks of main (S0-12)", () => {
    const branch = guard(
      planRulesets({ ...GATES, checks: ["check"] }, schemeOf()),
      "refs/heads/release/*",
      "pullRequest",
    );
    assert.deepEqual(branch.rules, {
      ...{ deletion: true, nonFastForward: true },
      ...{ pullRequest: { approvals: 1 }, checks: ["check"] },
    });
    assert.deepEqual(branch.bypass, []);
  });

  it("planRulesets keeps a bypass out of every ruleset that must hold for everybody", () => {
    for (const { bypass, rules } of planRulesets(GATES, schemeOf()))
      if (bypass.length > 0) assert.deepEqual(Object.keys(rules), ["creation"]);
  });

  it("planRulesets restricts no creation that then nobody could do", () => {
    const names = planRulesets({ roles: {}, signOffs: {} }, schemeOf()).map(({ name }) => name);
    assert.deepEqual(names, ["main", "release branches: history", "version tags: update and deletion"]);
  });

  it("planRulesets only notes in a trial", () => {
    const words = planRulesets({ ...GATES, enforcement: "evaluate" }, schemeOf()).map(({ enforcement }) => enforcement);
    assert.deepEqual([...new Set(words)], ["evaluate"]);
  });
});
