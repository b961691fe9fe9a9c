import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import type { EnvironmentPlan } from "../../src/domain/identity/environments";
import { GITHUB_ISSUER } from "../../src/domain/identity/identities";
import { planStage } from "../../src/domain/plan/planStage";
import { DEFAULT_STAGES } from "../../src/domain/stage";
import { companyConfig } from "../support/companyConfig";
import { reachOf, reachTable } from "./reach";
import { MUTANTS, mutated } from "./mutants";
import { WORKFLOWS } from "./read";

const PLANS = DEFAULT_STAGES.map((stage) => planStage(companyConfig(stage)));
const ENVIRONMENTS = PLANS.flatMap(({ gates }) => gates.environments);
const DOCUMENT = join(__dirname, "../../docs/release-flow.md");

const PLACE = /<!-- jobs -->\n\n([^]*?)\n\n<!-- \/jobs -->/;

describe("reachOf", () => {
  const reach = reachOf(WORKFLOWS, ENVIRONMENTS);

  it("nothing but main's code in a run of main reaches a key, an identity, a secret or a right to release (S0-15, S1-1)", () => {
    assert.deepEqual(reach.findings, []);
    const holding = reach.jobs.filter(({ holds }) => holds.includes("an environment"));
    assert.ok(holding.length > 15);
    for (const { name, run, code } of holding) assert.deepEqual([run.ref, code], ["main", "main's"], name);
  });

  it("what a fork's pull request starts holds nothing (S0-11)", () => {
    const started = reach.jobs.filter(({ run }) => run.by === "anybody");
    assert.ok(started.some(({ name }) => name === "preview.yml offline"));
    for (const { name, holds } of started) assert.deepEqual(holds, [], name);
  });

  it("the key by which branches and tags are made is where releases are cut, asked for and tagged alone (S0-13, S0-14)", () => {
    const holding = reach.jobs.filter(({ holds }) => holds.includes("AUTOMATION_PRIVATE_KEY"));
    assert.deepEqual([...new Set(holding.map(({ environment }) => environment))].sort(), [
      "cut-release",
      "release-automation",
    ]);
    for (const { name, holds } of holding) assert.ok(!holds.includes("id-token"), name);
  });

  it("whatever builds or packs what is released holds nothing (S1-1)", () => {
    const building = reach.jobs.filter(({ code }) => code === "the released commit's");
    assert.ok(building.some(({ name }) => name === "build-publish.yml build"));
    for (const { name, holds } of building) assert.deepEqual(holds, [], name);
  });

  for (const mutant of MUTANTS)
    it(`finds it where ${mutant[0]}`, () => {
      assert.notDeepEqual(reachOf(mutated(mutant), ENVIRONMENTS).findings, []);
    });

  for (const refs of [
    [{ on: "branch", pattern: "*" }],
    [{ on: "tag", pattern: "main" }],
    [
      { on: "branch", pattern: "main" },
      { on: "branch", pattern: "release/*" },
    ],
    [],
  ] as EnvironmentPlan["refs"][])
    it(`finds an environment that takes ${refs.map(({ on, pattern }) => `${on} ${pattern}`).join(" and ") || "every ref"}`, () => {
      const opened = ENVIRONMENTS.map((each) => (each.name === "prod" ? { ...each, refs } : each));
      assert.match(reachOf(WORKFLOWS, opened).findings.join(), /environment prod takes/);
    });

  it("no token of another ref, or of another workflow file, is one that an identity of the plan takes (S1-1)", () => {
    const taken = PLANS.flatMap(({ identities }) => identities.identities.flatMap(({ credentials }) => credentials));
    const own = taken.filter(({ issuer }) => issuer === GITHUB_ISSUER);
    assert.ok(own.length > 30);
    for (const { subject } of own)
      assert.match(
        subject,
        /^repo:company\/orders:environment:[\w-]+:ref:refs\/heads\/main:job_workflow_ref:company\/orders\/\.github\/workflows\/[\w-]+\.yml@refs\/heads\/main$/,
      );
  });

  it("docs/release-flow.md says of each job what it holds, where, and whose code runs there", async () => {
    const table = (await format(reachTable(reach), { parser: "markdown", printWidth: 120 })).trim();
    const text = readFileSync(DOCUMENT, "utf8");
    const [, kept] = PLACE.exec(text) ?? [];
    assert.equal(text.split("whose code runs").length, 2, "the table stands once");
    if (process.env["DUALREG_RENEW"] !== undefined && kept !== undefined)
      writeFileSync(
        DOCUMENT,
        text.replace(
          PLACE,
          () => `<!-- jobs -->

${table}

<!-- /jobs -->`,
        ),
      );
    else assert.equal(kept, table, "renew it: DUALREG_RENEW=1 npx mocha test/workflows/reach.test.ts");
  });
});
