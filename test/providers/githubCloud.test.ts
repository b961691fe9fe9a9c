import assert from "node:assert/strict";
import { type TestBench, withProviders } from "../support/providers/bench";
import { GITHUB } from "../support/providers/githubIds";
import { sample, seedSamples } from "../support/providers/samples";
import type { Value } from "../support/providers/values";

const { access, collaborator, environment, policy, variable } = GITHUB;

const make = (bench: TestBench, type: string, over: Readonly<Record<string, Value | undefined>> = {}) =>
  bench.github.create(type, sample(type, over));

/** What GitHub refuses because of what is there. */
const REFUSED: readonly [title: string, seeded: string[], act: (bench: TestBench) => Promise<unknown>, says: RegExp][] =
  [
    [
      "an environment that exists",
      [environment],
      (b) => make(b, environment),
      /already exists.*takes it over silently/,
    ],
    ["access that is given already", [access], (b) => make(b, access), /already exists.*takes it over silently/],
    [
      "a collaborator that is one already",
      [collaborator],
      (b) => make(b, collaborator),
      /already exists.*takes it over silently/,
    ],
    ["access for a team that nobody knows", [], (b) => make(b, access, { teamId: "strangers" }), /no team 'strangers'/],
    [
      "a second ruleset of one name",
      [GITHUB.ruleset],
      (b) => make(b, GITHUB.ruleset, { target: "branch" }),
      /has the same name/,
    ],
    ["a policy without its environment", [], (b) => make(b, policy), /there is no environment 'orders:qa'/],
    [
      "a policy where custom policies are off",
      [],
      async (b) => {
        b.cloud.seed(environment, { repository: "orders", environment: "qa" });
        await make(b, policy);
      },
      /custom branch policies are off/,
    ],
    ["a second policy with the same pattern", [environment, policy], (b) => make(b, policy), /has the same pattern/],
    ["a variable without its environment", [], (b) => make(b, variable), /there is no environment/],
    ["a second variable of the same name", [environment, variable], (b) => make(b, variable), /already exists/],
    [
      "a second variable whose name differs in case alone",
      [environment, variable],
      (b) => make(b, variable, { variableName: "Registry_Host" }),
      /has a variable 'REGISTRY_HOST' already/,
    ],
    [
      "the 101st variable",
      [environment],
      async (b) => {
        for (let i = 0; i <= 100; i++) await make(b, variable, { variableName: `V${i}` });
      },
      /takes 100 variables/,
    ],
  ];

describe("the stand-in's GitHub", () => {
  for (const [title, seeded, act, says] of REFUSED) {
    it(`github refuses ${title}`, () =>
      withProviders(async (bench) => {
        seedSamples(bench.cloud, seeded);
        await assert.rejects(act(bench), says);
      }));
  }

  it("github gives ids in parts", () =>
    withProviders(async (bench) => {
      const { id: team } = await make(bench, access);
      const { id: user } = await make(bench, collaborator);
      const { id: home, outputs } = await make(bench, environment, { environment: "qa:eu" });
      const { id: ref } = await make(bench, policy, { environment: "qa:eu" });
      const { id: name } = await make(bench, variable, { environment: "qa:eu" });
      assert.deepEqual([team, user, home], ["4100101:orders", "orders:octo-qa", "orders:qa??eu"]);
      assert.deepEqual([ref, name], ["orders:qa??eu:1", "orders:qa??eu:REGISTRY_HOST"]);
      assert.equal(typeof outputs["repositoryId"], "number");
      assert.equal((await bench.github.read(environment, { id: home })).inputs["environment"], "qa:eu");
    }));

  it("github drops a reviewer without access, and only a refresh tells", () =>
    withProviders(async (bench) => {
      seedSamples(bench.cloud, [access]);
      const reviewers = [{ teams: [4_100_101, 4_100_102], users: [5_100_101] }];
      const made = await make(bench, environment, { reviewers });
      assert.deepEqual(made.outputs["reviewers"], reviewers);
      const refreshed = await bench.github.read(environment, made);
      assert.deepEqual(refreshed.inputs["reviewers"], [{ teams: [4_100_101] }]);
      const diff = await bench.github.diff(environment, refreshed, made.inputs);
      assert.deepEqual(diff.getDiffsList(), ["reviewers"]);
    }));

  it("github keeps reviewers that have access, teams and users", () =>
    withProviders(async (bench) => {
      seedSamples(bench.cloud, [access, collaborator]);
      const made = await make(bench, environment, { reviewers: [{ teams: [4_100_101], users: [5_100_101] }] });
      assert.deepEqual(await bench.github.read(environment, made), made);
    }));

  it("github takes access to another repository for none", () =>
    withProviders(async (bench) => {
      bench.cloud.seed(access, sample(access, { repository: "web" }));
      const made = await make(bench, environment);
      assert.equal((await bench.github.read(environment, made)).inputs["reviewers"], undefined);
    }));

  it("github forgets about self reviews where there is no reviewer", () =>
    withProviders(async (bench) => {
      const made = await make(bench, environment, { reviewers: undefined });
      assert.equal(made.outputs["preventSelfReview"], true);
      assert.equal((await bench.github.read(environment, made)).inputs["preventSelfReview"], false);
    }));

  it("an environment takes its policies and variables with it, and leaves those of others", () =>
    withProviders(async (bench) => {
      seedSamples(bench.cloud, [environment, policy, variable]);
      const other = bench.cloud.seed(environment, sample(environment, { environment: "qa-2" }));
      await bench.github.delete(environment, { id: "orders:qa", inputs: {}, outputs: {} });
      assert.deepEqual(
        bench.cloud.all().map(({ id }) => id),
        [other],
      );
    }));

  it("an environment loses its policies when custom policies are switched off", () =>
    withProviders(async (bench) => {
      seedSamples(bench.cloud, [environment, policy]);
      const guarded = { customBranchPolicies: false, protectedBranches: true };
      const news = sample(environment, { deploymentBranchPolicy: guarded });
      await bench.github.update(environment, { id: "orders:qa", inputs: {}, outputs: {} }, news);
      assert.deepEqual(bench.cloud.ofType(policy), []);
    }));

  it("github fills in the permissions it gives where none is asked for", () =>
    withProviders(async (bench) => {
      const user = await make(bench, collaborator, { permission: undefined });
      const team = await make(bench, access, { permission: undefined });
      assert.deepEqual([user.outputs["permission"], team.outputs["permission"]], ["push", "pull"]);
    }));
});
