import assert from "node:assert/strict";
import fc from "fast-check";
import type { Approval } from "../../../src/domain/flow/stepFacts";
import { type Act, FlowWorld, TAGS, timeOf } from "../../support/release/flowWorld";
import { ROLES } from "../../support/release/stepFacts";

const STAGES = ["qa", "uat", "prod"] as const;
const PEOPLE = ["developer", "qa-manager", "uat-manager", "dev-manager", "two-hats"];
const stage = fc.constantFrom(...STAGES);
const person = fc.constantFrom(...PEOPLE);
const bot = "release-automation[bot]";

/** Acts, most of them sensible, so that releases do get somewhere. */
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constant("push" as const), by: fc.constantFrom("developer", "two-hats") }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constant("request" as const),
      stage,
      by: fc.constantFrom(bot, ...PEOPLE),
      image: fc.integer({ min: 1, max: 2 }),
    }),
  },
  {
    weight: 14,
    arbitrary: fc.record({
      act: fc.constant("approve" as const),
      request: fc.nat(20),
      role: fc.constantFrom("qa", "uat", "dev"),
      by: person,
    }),
  },
  { weight: 8, arbitrary: fc.record({ act: fc.constant("tag" as const), stage }) },
);

/** The way that a release takes when everybody does their part, as acts. */
function straight(last: number): Act[] {
  let requests = 0;
  return STAGES.slice(0, last).flatMap((each): Act[] => {
    const request = requests++;
    const approvals = ROLES[each].map((role): Act => ({ act: "approve", request, role, by: `${role}-manager` }));
    return [{ act: "request", stage: each, by: bot, image: 1 }, ...approvals, { act: "tag", stage: each }];
  });
}

/** The straight way with some acts left out and others put in between. */
const bent = fc
  .tuple(
    fc.array(fc.integer({ min: 0, max: 11 }), { maxLength: 2 }),
    fc.array(fc.tuple(fc.nat(11), act), { maxLength: 4 }),
  )
  .map(([left, between]) => {
    const acts = straight(3).map((each, index) => (left.includes(index) ? [] : [each]));
    for (const [index, extra] of between) acts[index % acts.length]?.push(extra);
    return acts.flat();
  });

const wild = fc.oneof(
  fc.array(act, { maxLength: 60 }),
  bent,
  fc.tuple(bent, fc.array(act, { maxLength: 30 })).map((both) => both.flat()),
);

/** The approvals that were given before a tag was placed. */
const before = (approvals: readonly Approval[], at: number): Approval[] =>
  approvals.filter((approval) => (approval.at ?? "") < timeOf(at));

function played(acts: readonly Act[]): FlowWorld {
  const world = new FlowWorld();
  for (const each of acts) world.perform(each);
  return world;
}

describe("judgeStep, over sequences of moves", () => {
  it("judgeStep never lets a sequence reach a stage without all approvals of all stages so far, by distinct people who neither wrote nor asked, for the tagged commit, after its last push (S0-17, S0-18, S0-19)", () => {
    fc.assert(
      fc.property(wild, (acts) => {
        const { placed, requests, pushes } = played(acts);
        for (const { stage: reached, at, commit } of placed.values()) {
          const so = STAGES.slice(0, STAGES.indexOf(reached) + 1);
          const authors = pushes.filter((push) => push.at <= at).map(({ by }) => by);
          for (const each of so) {
            const holds = requests.some(({ made, commit: asked, at: askedAt }) => {
              const given = ROLES[each].map((role) => before(made.approvals, at).find((one) => one.role === role)?.by);
              const people = given.filter((by) => by !== undefined);
              const distinct = new Set(people).size === ROLES[each].length;
              const strangers = people.every((by) => !authors.includes(by) && !made.askedBy.includes(by));
              return made.candidate.tag === TAGS[each] && asked === commit && askedAt < at && distinct && strangers;
            });
            assert.ok(holds, `${reached} was reached without the approvals of ${each}`);
            assert.equal(placed.get(each)?.commit, commit);
          }
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("judgeStep lets the straight way through to prod, and no shorter one", () => {
    assert.deepEqual([...played(straight(3)).placed.keys()], [...STAGES]);
    const acts = straight(3);
    for (let left = 0; left < acts.length - 1; left++) {
      const shorter = acts.filter((_, index) => index !== left);
      assert.equal(played(shorter).placed.has("prod"), false, `without ${JSON.stringify(acts[left])}`);
    }
  });

  it("judgeStep is reached by the property's sequences: some of them do get to prod", () => {
    const samples = fc.sample(wild, { numRuns: 300, seed: 7 });
    assert.ok(samples.filter((acts) => played(acts).placed.has("prod")).length > 10);
  });
});
