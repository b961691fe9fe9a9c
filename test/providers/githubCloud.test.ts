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
      const reviewers = bench.cloud.get(made.id)?.inputs["reviewers"];
      assert.equal(reviewers, undefined);
      // Nor does the provider find that out: it reads reviewers where there are some.
      assert.deepEqual((await bench.github.read(environment, made)).inputs["reviewers"], made.inputs["reviewers"]);
    }));

  for (const [what, type] of [
    ["an environment", environment],
    ["access", access],
    ["a collaborator", collaborator],
    ["a subject", GITHUB.subject],
  ] as const) {
    it(`github takes ${what} over that stands there, without a word`, () =>
      withProviders(async (bench) => {
        seedSamples(bench.cloud, [type]);
        const { id } = await make(bench, type);
        assert.deepEqual(bench.directory.takenOver, [id]);
      }));
  }

  it("an emptied gate is no drift: the provider reads no reviewers where GitHub has none", () =>
    withProviders(async (bench) => {
      seedSamples(bench.cloud, [access]);
      const made = await make(bench, environment);
      bench.cloud.set(made.id, { ...bench.cloud.get(made.id)?.inputs, reviewers: [], preventSelfReview: false });
      assert.deepEqual(await bench.github.read(environment, made), made);
    }));

  it("who passes a ruleset is told to callers with write access, and to others it looks like nobody", () =>
    withProviders(async (bench) => {
      const made = await make(bench, GITHUB.ruleset);
      bench.directory.seesBypass = false;
      const read = await bench.github.read(GITHUB.ruleset, made);
      assert.equal(read.inputs["bypassActors"], undefined);
      assert.deepEqual((await bench.github.diff(GITHUB.ruleset, read, made.inputs)).getDiffsList(), ["bypassActors"]);
    }));

  it("a private repository without Enterprise refuses reviewers, and leaves out what else it has not; only a refresh tells", () =>
    withProviders(async (bench) => {
      bench.directory.protects = false;
      seedSamples(bench.cloud, [access]);
      await assert.rejects(make(bench, environment), /422: Validation Failed/);
      const made = await make(bench, environment, { reviewers: undefined, preventSelfReview: undefined });
      assert.equal(made.outputs["canAdminsBypass"], false);
      assert.equal((await bench.github.read(environment, made)).inputs["canAdminsBypass"], true);
    }));

  it("a ruleset is not found under its id in another repository", () =>
    withProviders(async (bench) => {
      const made = await make(bench, GITHUB.ruleset);
      const news = sample(GITHUB.ruleset, { repository: "web" });
      await assert.rejects(bench.github.update(GITHUB.ruleset, made, news), /404.*'web' has no such ruleset/);
    }));

  it("a collaborator has the role that anything gives him, and lowering it would replace him", () =>
    withProviders(async (bench) => {
      bench.directory.roles.set("octo-qa", "push");
      const made = await make(bench, collaborator);
      const read = await bench.github.read(collaborator, made);
      assert.equal(read.outputs["permission"], "push");
      const diff = await bench.github.diff(collaborator, read, made.inputs);
      assert.deepEqual(diff.getReplacesList(), ["permission"]);
    }));

  it("check fills in the schema's defaults, and names them in each object", () =>
    withProviders(async (bench) => {
      const { inputs } = await bench.github.check(environment, { repository: "orders", environment: "qa" });
      assert.deepEqual(inputs, {
        ...{ repository: "orders", environment: "qa", canAdminsBypass: true, preventSelfReview: false },
        __defaults: ["canAdminsBypass", "preventSelfReview"],
      });
    }));

  it("a policy, a variable and a ruleset cannot be deleted twice; an environment can", () =>
    withProviders(async (bench) => {
      seedSamples(bench.cloud, [environment]);
      for (const type of [policy, variable, GITHUB.ruleset]) {
        const made = await make(bench, type);
        await bench.github.delete(type, made);
        await assert.rejects(bench.github.delete(type, made), /404: cannot delete/, type);
      }
      const home = { id: "orders:qa", inputs: {}, outputs: {} };
      await bench.github.delete(environment, home);
      await bench.github.delete(environment, home);
    }));

  it("github forgets about self reviews where there is no reviewer, and the provider does not find out", () =>
    withProviders(async (bench) => {
      const made = await make(bench, environment, { reviewers: undefined });
      assert.equal(bench.cloud.get(made.id)?.inputs["preventSelfReview"], false);
      assert.equal((await bench.github.read(environment, made)).inputs["preventSelfReview"], true);
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
