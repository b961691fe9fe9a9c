import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeConfig } from "../../../src/config/decode";
import { planStage } from "../../../src/domain/plan/planStage";
import type { StagePlan } from "../../../src/domain/plan/stagePlan";
import { stepOf } from "../../../src/domain/flow/step";
import { promotionTag } from "../../../src/domain/image/promotionEdge";
import { tagAllowed } from "../../../src/domain/image/tags";
import {
  DEFAULT_STAGES,
  entryStage,
  gatedStages,
  isStageName,
  lastStage,
  placeOf,
  stageBefore,
  type Stages,
} from "../../../src/domain/stage";
import { rawConfig } from "../../support/rawConfig";
import { schemeOf } from "../../support/scheme";

/** Every stage of a project that lists these, each gated one signed off by a role. */
function plansOf(stages: Stages): StagePlan[] {
  const signOffs = Object.fromEntries(gatedStages(stages).map((stage) => [stage, ["owners"]]));
  const gates = { roles: { owners: [{ team: "owners", id: 1 }] }, signOffs, automation: { app: 2 } };
  return stages.map((stack, at) => {
    const before = stageBefore(stack, stages);
    const owns = at === 0 ? ["repository", "subscription"] : undefined;
    const others = at === 0 ? {} : { [stages[0]]: { owns: ["repository", "subscription"] } };
    const stage = { owns, ...(before === undefined ? {} : { before }) };
    return planStage(decodeConfig(rawConfig({ stack, shared: { stages, gates }, stage, others })));
  });
}

const name = fc.stringMatching(/^[a-z][a-z0-9]{1,11}$/).filter(isStageName);
const lists = fc
  .uniqueArray(name, { minLength: 1, maxLength: 6 })
  .map(([first = "live", ...others]): Stages => [first, ...others]);

describe("planStage, for any list of stages", () => {
  it("planStage gives every stage registries, groups and environments of its own", () => {
    fc.assert(
      fc.property(lists, (stages) => {
        const plans = plansOf(stages);
        const distinct = (names: readonly (string | undefined)[]) =>
          assert.equal(new Set(names).size, names.length, names.join(", "));
        distinct(plans.flatMap(({ registries: { secure, standard } }) => [secure.vanityHost, standard.vanityHost]));
        distinct(plans.map(({ resourceGroup }) => resourceGroup));
        distinct(plans.flatMap(({ gates }) => gates.environments.map((environment) => environment.name)));
        distinct(
          plans.flatMap(({ identities }) =>
            identities.identities.flatMap(({ credentials }) => credentials.map(({ subject }) => subject)),
          ),
        );
      }),
      { numRuns: 40 },
    );
  });

  it("planStage lets a version's tag into the registries of one immutable stage alone (S0-19, S2-2)", () => {
    fc.assert(
      fc.property(lists, fc.nat(120), (stages, patch) => {
        const plans = plansOf(stages);
        for (const stage of gatedStages(stages)) {
          const tag = stage === lastStage(stages) ? `v1.0.${patch}` : `v1.0.${patch}-${stage}`;
          const takes = plans
            .map(({ stage: where, registries }) => ({ where, rules: registries.secure.tagRules }))
            .filter(({ rules }) => tagAllowed(rules, tag));
          const keeping = takes.filter(({ rules }) => rules.regime === "immutable");
          assert.deepEqual(
            keeping.map(({ where }) => where),
            [stage],
            tag,
          );
          // Where tags move, the first stage alone takes it, and only what a release is called.
          const moving = takes.filter(({ rules }) => rules.regime === "mutable").map(({ where }) => where);
          const first = stages.length > 1 && stage === lastStage(stages) ? [stages[0]] : [];
          assert.deepEqual(moving, first, tag);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("S2-4 a version in the first stage's registries opens nothing: git tags, rulesets and steps are as without it", () => {
    fc.assert(
      fc.property(lists, fc.nat(120), (stages, patch) => {
        const tag = `v1.0.${patch}`;
        const scheme = schemeOf(stages);
        const step = stepOf(tag, scheme);
        assert.ok(!("problem" in step));
        assert.equal(step.to, lastStage(stages));
        if (stages.length > 1) {
          assert.ok("problem" in stepOf(`${tag}-${stages[0]}`, scheme));
          assert.ok("problem" in stepOf(tag, scheme, { to: stages[0] }));
          // What goes on from there is not called a version of the next stage, and no stage in between takes its name.
          const [first, second = first] = stages;
          const { tagRules: rules } = plansOf(stages)[1]?.registries.secure ?? assert.fail("no second stage");
          const named = promotionTag(tag, { from: first, to: second, ...scheme }, rules);
          assert.deepEqual(named, { tag: second === lastStage(stages) ? tag : `${tag}-${second}` });
        }
        for (const { gates } of plansOf(stages)) {
          const refs = gates.rulesets.flatMap(({ include }) => include);
          for (const ref of refs)
            assert.ok(["~DEFAULT_BRANCH", "refs/heads/release/*", "refs/tags/v*"].includes(ref), ref);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("planStage opens no environment to any ref but the branch main, whatever the stages (S0-15)", () => {
    fc.assert(
      fc.property(lists, (stages) => {
        for (const { gates } of plansOf(stages))
          for (const { name, refs } of gates.environments)
            assert.deepEqual(refs, [{ on: "branch", pattern: "main" }], name);
      }),
      { numRuns: 40 },
    );
  });

  it("planStage lets who signs the last stage off last let its deployments through, and nobody another's (S1-16)", () => {
    fc.assert(
      fc.property(lists, (stages) => {
        for (const { stage, gates } of plansOf(stages)) {
          const deploy = gates.environments.find(({ purpose }) => purpose === "deploy");
          const signing = gates.environments.filter(({ purpose }) => purpose === "sign-off").at(-1);
          const wanted = stage === lastStage(stages) ? (signing?.reviewers ?? []) : [];
          assert.deepEqual(deploy?.reviewers, wanted, stage);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("planStage begins gates at the entry stage, and protects the last (S0-19, S1-16)", () => {
    for (const stages of [["live"], ["test", "live"], ["dev", "qa", "prod"], DEFAULT_STAGES] as Stages[]) {
      const plans = plansOf(stages);
      for (const { stage, gates, registries, retention, protection } of plans) {
        const place = placeOf(stage, stages);
        const signed = gates.environments.some(({ purpose }) => purpose === "sign-off");
        assert.equal(signed, place !== "first", stage);
        assert.equal(registries.secure.tagRules.regime, place === "first" ? "mutable" : "immutable");
        assert.equal(retention.rule, place === "last" ? "forever" : "inactive");
        assert.equal(protection.locks.length > 0, place === "last");
      }
      const cut = plans.flatMap(({ gates }) => gates.environments).find((one) => one.name === "cut-release");
      assert.deepEqual(cut?.reviewers, [{ team: "owners", id: 1 }], entryStage(stages));
    }
  });
});
