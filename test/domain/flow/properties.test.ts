import assert from "node:assert/strict";
import fc from "fast-check";
import type { Approval } from "../../../src/domain/flow/stepFacts";
import { DEFAULT_STAGES, gatedStages, lastStage, type Stages } from "../../../src/domain/stage";
import { type Act, FlowWorld, tagOf, timeOf } from "../../support/release/flowWorld";
import { rolesOf } from "../../support/release/stepFacts";

const bot = "release-automation[bot]";

/** Acts over a list of stages, most of them sensible, so that releases do get somewhere. */
function actsOf(stages: Stages, past: fc.Arbitrary<boolean> = fc.constant(false)): fc.Arbitrary<Act> {
  const roles = rolesOf(lastStage(stages), stages);
  const people = ["developer", ...roles.map((role) => `${role}-manager`), "two-hats"];
  const stage = fc.constantFrom(...gatedStages(stages));
  return fc.oneof(
    {
      weight: 1,
      arbitrary: fc.record({ act: fc.constant("push" as const), by: fc.constantFrom("developer", "two-hats") }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        act: fc.constant("request" as const),
        stage,
        by: fc.constantFrom(bot, ...people),
        image: fc.integer({ min: 1, max: 2 }),
        past,
      }),
    },
    {
      weight: 14,
      arbitrary: fc.record({
        act: fc.constant("approve" as const),
        request: fc.nat(20),
        role: fc.constantFrom(...roles),
        by: fc.constantFrom(...people),
      }),
    },
    { weight: 8, arbitrary: fc.record({ act: fc.constant("tag" as const), stage }) },
  );
}

/** The way that a release takes when everybody does their part, as acts. */
function straight(stages: Stages): Act[] {
  return gatedStages(stages).flatMap((stage, request): Act[] => {
    const roles = rolesOf(stage, stages);
    const approvals = roles.map((role): Act => ({ act: "approve", request, role, by: `${role}-manager` }));
    return [{ act: "request", stage, by: bot, image: 1 }, ...approvals, { act: "tag", stage }];
  });
}

/** The straight way with some acts left out and others put in between; and sequences that are wilder. */
function sequencesOf(stages: Stages, past?: fc.Arbitrary<boolean>): fc.Arbitrary<Act[]> {
  const act = actsOf(stages, past);
  const way = straight(stages);
  const place = fc.nat(way.length - 1);
  const bent = fc
    .tuple(fc.array(place, { maxLength: 2 }), fc.array(fc.tuple(place, act), { maxLength: 4 }))
    .map(([left, between]) => {
      const acts = way.map((each, index) => (left.includes(index) ? [] : [each]));
      for (const [index, extra] of between) acts[index]?.push(extra);
      return acts.flat();
    });
  return fc.oneof(
    fc.array(act, { maxLength: 60 }),
    bent,
    fc.tuple(bent, fc.array(act, { maxLength: 30 })).map((both) => both.flat()),
  );
}

/** The approvals that were given before a tag was placed. */
const before = (approvals: readonly Approval[], at: number): Approval[] =>
  approvals.filter((approval) => (approval.at ?? "") < timeOf(at));

function played(acts: readonly Act[], stages: Stages): FlowWorld {
  const world = new FlowWorld(stages);
  for (const each of acts) world.perform(each);
  return world;
}

const LISTS: readonly (readonly [Stages, number])[] = [
  [DEFAULT_STAGES, 1_500],
  [["live"], 200],
  [["test", "live"], 200],
  [["dev", "qa", "prod"], 300],
  [["sandbox", "int", "sit", "uat", "preprod", "prod"], 300],
];

for (const [stages, numRuns] of LISTS) {
  describe(`judgeStep, over sequences of moves through ${stages.join(", ")}`, () => {
    const gated = gatedStages(stages);
    const last = lastStage(stages);

    it("judgeStep never lets a sequence reach a stage without all approvals of all stages so far, by distinct people who neither wrote nor asked, for the tagged commit, after its last push (S0-17, S0-18, S0-19)", () => {
      fc.assert(
        fc.property(sequencesOf(stages), (acts) => {
          const { placed, requests, pushes } = played(acts, stages);
          for (const { stage: reached, at, commit } of placed.values()) {
            const authors = pushes.filter((push) => push.at <= at).map(({ by }) => by);
            for (const each of gated.slice(0, gated.indexOf(reached) + 1)) {
              const roles = rolesOf(each, stages);
              const holds = requests.some(({ made, commit: asked, at: askedAt }) => {
                const given = roles.map((role) => before(made.approvals, at).find((one) => one.role === role)?.by);
                const people = given.filter((by) => by !== undefined);
                const distinct = new Set(people).size === roles.length;
                const strangers = people.every((by) => !authors.includes(by) && !made.askedBy.includes(by));
                const wanted = made.candidate.tag === tagOf(each, stages) && asked === commit && askedAt < at;
                return wanted && distinct && strangers;
              });
              assert.ok(holds, `${reached} was reached without the approvals of ${each}`);
              assert.equal(placed.get(each)?.commit, commit);
            }
          }
        }),
        { numRuns },
      );
    });

    it("judgeStep lets nothing past a stage but what all roles of its own stage approved as a break-glass, by distinct people who neither wrote nor asked (S0-18, S0-20)", () => {
      fc.assert(
        fc.property(sequencesOf(stages, fc.boolean()), (acts) => {
          const { placed, requests, pushes } = played(acts, stages);
          for (const [index, reached] of gated.entries()) {
            const { at = 0, commit } = placed.get(reached) ?? {};
            if (commit === undefined) continue;
            const authors = pushes.filter((push) => push.at <= at).map(({ by }) => by);
            const roles = rolesOf(reached, stages);
            const approved = requests.filter(({ made, commit: asked }) => {
              const given = roles.map((role) => before(made.approvals, at).find((one) => one.role === role)?.by);
              const people = given.filter((by) => by !== undefined);
              const strangers = people.every((by) => !authors.includes(by) && !made.askedBy.includes(by));
              const wanted = made.candidate.tag === tagOf(reached, stages) && asked === commit;
              return wanted && new Set(people).size === roles.length && strangers;
            });
            assert.ok(approved.length > 0, `${reached} was reached without its own approvals`);
            const earlier = gated[index - 1];
            const stood = earlier === undefined ? undefined : placed.get(earlier);
            const usual = earlier === undefined || (stood?.commit === commit && stood.at < at);
            const past = approved.some(({ made }) => made.candidate.breakGlass !== undefined);
            assert.ok(usual || past, `${reached} was reached past ${earlier ?? "nothing"}, and nobody let it`);
          }
        }),
        { numRuns },
      );
    });

    it(`judgeStep is let past the stages before by a break-glass alone, with each of the roles of ${last}`, () => {
      const roles = rolesOf(last, stages);
      const way = (past: boolean, some: readonly string[]): Act[] => [
        { act: "request", stage: last, by: bot, image: 1, past },
        ...some.map((role): Act => ({ act: "approve", request: 0, role, by: `${role}-manager` })),
        { act: "tag", stage: last },
      ];
      const only = gated.length === 1;
      assert.equal(played(way(true, roles), stages).placed.has(last), true);
      assert.equal(played(way(false, roles), stages).placed.has(last), only);
      for (const role of roles) {
        const others = roles.filter((each) => each !== role);
        assert.equal(played(way(true, others), stages).placed.has(last), false, `without ${role}`);
      }
    });

    it(`judgeStep lets the straight way through to ${last}, and no shorter one (S0-19)`, () => {
      const acts = straight(stages);
      assert.deepEqual([...played(acts, stages).placed.keys()], [...gated]);
      for (let left = 0; left < acts.length - 1; left++) {
        const shorter = acts.filter((_, index) => index !== left);
        assert.equal(played(shorter, stages).placed.has(last), false, `without ${JSON.stringify(acts[left])}`);
      }
    });

    it(`judgeStep is reached by the property's sequences: some of them do get to ${last}`, () => {
      const samples = fc.sample(sequencesOf(stages), { numRuns: 300, seed: 7 });
      assert.ok(samples.filter((acts) => played(acts, stages).placed.has(last)).length > 10);
    });
  });
}
