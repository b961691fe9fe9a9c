import assert from "node:assert/strict";
import { renderGatesReview, wantedGates } from "../../src/gates";
import { readStages } from "../../src/config";
import { planStage } from "../../src/domain/plan/planStage";
import { readProjectFile } from "../../src/project";
import { example } from "../support/examples";
import { GatesGround } from "../support/github/gatesGround";
import { outputsFor } from "../support/release/outputsFor";

describe("dualreg gates review", () => {
  let ground: GatesGround;
  before(async () => {
    ground = await GatesGround.begin();
  });
  beforeEach(() => {
    ground.reset();
    ground.github.faults.length = 0;
  });
  after(() => ground.github.stop());

  it("everything as planned ends with 0, and asks nothing that the stand-in does not know", async () => {
    const { code, stdout, stderr } = await ground.run({}, "admin");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^company\/orders: 0 differences from the plan \(dev, qa, uat, prod\)\n$/);
    assert.deepEqual(ground.github.unknown, []);
  });

  it("who passes a ruleset is unknown to a reading App: no difference, never as planned, and with --strict a finding", async () => {
    ground.ruleset("main").bypass_actors.push({ actor_id: 666, actor_type: "Integration", bypass_mode: "always" });
    const { findings, differences, unknown } = await ground.review("reader");
    assert.deepEqual([differences, unknown], [0, ground.settings.rulesets.length]);
    assert.ok(findings.every(({ kind, property }) => kind === "unknown" && property === "bypass actors"));
    const { code, stdout } = await ground.run();
    assert.equal(code, 0);
    assert.match(stdout, /ruleset main +bypass actors +unknown: it may not be seen/);
    assert.equal((await ground.run({ strict: true })).code, 1);
  });

  it("variables that the login may not see are unknown", async () => {
    const { findings, differences } = await ground.review("blind");
    assert.equal(differences, 0);
    assert.ok(findings.some(({ where, property }) => where === "environment qa" && property === "variables"));
  });

  it("an emptied gate's remedy is one request that puts all of it back, since pulumi up does not see it", async () => {
    ground.environment("uat-signoff-uat").protection_rules = [];
    const [finding] = (await ground.review()).findings.filter(({ kind }) => kind !== "unknown");
    assert.match(finding?.remedy ?? "", /^gh api --method PUT repos\/company\/orders\/environments\/uat-signoff-uat /);
    assert.match(finding?.remedy ?? "", /-F 'reviewers\[\]\[type\]=Team' -F 'reviewers\[\]\[id\]=4100102'/);
    assert.deepEqual([finding?.found, finding?.stage], [[], "uat"]);
  });

  it("an environment in other letters is the planned one, and one that nobody planned and logs in nowhere is let be", async () => {
    ground.environment("qa").name = "QA";
    ground.settings.environments.push({
      ...{ name: "github-pages", protection_rules: [], deployment_branch_policy: null, policies: [] },
      variables: new Map([["SITE", "https://example.com"]]),
    });
    assert.equal((await ground.review()).differences, 0);
  });

  it("more environments than a page holds are all read", async () => {
    const { environments } = ground.settings;
    const last = environments.splice(0, environments.length);
    for (let at = 0; at < 150; at++) {
      environments.push({
        ...{ name: `pages-${at}`, protection_rules: [], deployment_branch_policy: null, policies: [] },
        variables: new Map(),
      });
    }
    environments.push(...last);
    assert.equal((await ground.review()).differences, 0);
  });

  it("--stage compares the environments of these stages, and the repository's settings in any case", async () => {
    ground.environment("qa").can_admins_bypass = true;
    ground.settings.defaultBranch = "mine";
    const of = async (stage: string) => (await ground.review("reader", { stage: [stage] })).differences;
    assert.deepEqual([await of("uat"), await of("qa")], [1, 2]);
    assert.match(
      (await ground.run({ stage: ["live"] })).stderr,
      /^USAGE --stage live: no such stage; allowed: dev, qa/,
    );
  });

  it("outputs say which client ids the variables hold", () => {
    const plans = readStages(readProjectFile(example("company")), undefined).map(({ config }) => {
      assert.ok(config);
      return planStage(config);
    });
    const qa = plans.find(({ stage }) => stage === "qa");
    const identity = qa?.identities.identities.find(({ purpose }) => purpose === "publish");
    assert.ok(qa && identity);
    const policy = { signature: false, signers: [] } as const;
    const outputs = {
      ...outputsFor({ stage: "qa", host: "qa.example.com", kind: "acr", policy }),
      product: qa.product,
    };
    const known = { ...identity, clientId: "11111111-1111-4111-8111-111111111111", principalId: "p" };
    const wanted = wantedGates(plans, [{ ...outputs, identities: [known] }]);
    const values = wanted.environments.flatMap(({ variables }) => [...variables.values()]);
    assert.ok(values.includes(known.clientId));
    assert.throws(() => wantedGates(plans, [{ ...outputs, product: "other" }]), /--outputs: those of "other", qa/);
  });

  for (const [title, path, status, code] of [
    ["403 for environments", /\/environments$/, 403, 2],
    ["404 for environments", /\/environments$/, 404, 2],
    ["404 for the subject", /customization\/sub$/, 404, 2],
    ["403 for rulesets, as a plan without them", /\/rulesets$/, 403, 2],
  ] as const) {
    it(`${title} is no review: it ends with ${code} and says what is needed`, async () => {
      ground.github.faults.push({ path, times: 9, status, message: "Upgrade to GitHub Pro\u202e" });
      const ran = await ground.run();
      assert.equal(ran.code, code, ran.stdout);
      assert.match(ran.stderr, /Upgrade to GitHub Pro\\u202e/);
      assert.equal(ran.stdout, "");
    });
  }

  it("an answer of another form ends with 2 and names the field", async () => {
    Reflect.set(ground.environment("qa"), "protection_rules", "none");
    const { code, stderr } = await ground.run();
    assert.equal(code, 2);
    assert.match(stderr, /Nothing was compared: GitHub: .*protection_rules/);
  });

  it("names from outside are text in every format", async () => {
    const name = "x|\u202e<img src=x>`";
    ground.settings.environments.push({
      ...{ name, protection_rules: [], deployment_branch_policy: null, policies: [] },
      variables: new Map([["AZURE_CLIENT_ID", "x"]]),
    });
    const review = await ground.review();
    for (const format of ["table", "markdown", "json"] as const) {
      assert.doesNotMatch(renderGatesReview(review, format), /\u202e/, format);
    }
    assert.doesNotMatch(renderGatesReview(review, "markdown"), /(?<!\\)<img/);
  });

  it("where gates are off there is nothing to compare", async () => {
    const { code, stdout } = await ground.run({ project: example("without-github") });
    assert.equal(code, 0);
    assert.match(stdout, /^Gates are off: signed off by /);
  });
});
