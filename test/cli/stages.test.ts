import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dualreg } from "../../src/cli/program";
import { stages } from "../../src/cli/stages";
import { step } from "../../src/cli/release/step";
import { example } from "../support/examples";
import { captureIo } from "../support/io";
import { sixStages } from "../support/sixStages";

const list = async (project: string, format: "text" | "json" = "text") => {
  const { io, printed } = captureIo();
  assert.equal(await stages.run({ project: example(project), format }, io), 0);
  return printed.stdout;
};

describe("dualreg stages", () => {
  it("stages lists them in the order of promotion, with who signs off", async () => {
    assert.equal(
      await list("contoso"),
      "dev  first\nqa  gates begin here; signed off by platform\nprod  last; signed off by platform, then owners\n",
    );
    assert.equal(await list("one-stage"), "live  last; gates begin here; signed off by release\n");
  });

  it("stages says for workflows which is first, where gates begin and which is last", async () => {
    const { entry, last, stages: all } = JSON.parse(await list("two-stages", "json")) as Record<string, unknown>;
    assert.deepEqual([entry, last], ["live", "live"]);
    assert.deepEqual(all, [
      { name: "test", place: "first", before: null, gated: false, signOffs: [] },
      {
        ...{ name: "live", place: "last", before: "test", gated: true },
        signOffs: ["release", "risk"],
      },
    ]);
  });
});

describe("six stages", () => {
  let six: string;
  before(() => (six = sixStages()));
  after(() => rmSync(six, { recursive: true, force: true }));

  it("preview shows six stages in their order, and compliance reports each", async () => {
    const shown = captureIo();
    assert.equal(await dualreg(["preview", "--project", six], shown.io), 0);
    const names = [...shown.printed.stdout.matchAll(/^Stage (\w+) {2}shop, (.*?), \d+ resources/gm)].map((found) =>
      found.slice(1).join(" "),
    );
    assert.deepEqual(names, [
      "sandbox where releases begin",
      "int takes releases from sandbox",
      "sit takes releases from int",
      "uat takes releases from sit",
      "preprod takes releases from uat",
      "prod takes releases from preprod",
    ]);
    const reported = captureIo();
    assert.equal(await dualreg(["compliance", "--project", six, "--format", "json"], reported.io), 0);
    const { stages: all } = JSON.parse(reported.printed.stdout) as { stages: { stage: string }[] };
    assert.deepEqual(
      all.map(({ stage }) => stage),
      ["sandbox", "int", "sit", "uat", "preprod", "prod"],
    );
  });
});

describe("dualreg release step", () => {
  it("step takes its own --version, which is not that of the program", async () => {
    const { io, printed } = captureIo();
    const args = ["release", "step", "v0.0.1", "--version", "v0.0.1-rc2", "--project", example("contoso")];
    assert.equal(await dualreg(args, io), 0);
    assert.match(printed.stdout, /^v0\.0\.1: qa -> prod as v0\.0\.1-rc2; /);
  });

  it("S2-13 step says in JSON which GitOps releases go to the stage, and which workflows check it", async () => {
    const project = mkdtempSync(join(tmpdir(), "dualreg-step-"));
    const gitops = `
  gitops:
    value:
      repositories: { deploy: { address: https://github.com/contoso/deploy, forge: github } }
      releases:
        shop:
          stages:
            dev: { repository: deploy, files: [dev/shop.yaml] }
            qa: { repository: deploy, files: [qa/shop.yaml] }
        back-office: { stages: { qa: { repository: deploy, files: [qa/back.yaml] } } }
`;
    const checks = "      stageChecks: { qa: [{ name: e2e, workflow: e2e.yml }, { name: scan, app: 5200002 }] }\n";
    try {
      cpSync(example("contoso"), project, { recursive: true });
      const text = readFileSync(join(project, "Pulumi.yaml"), "utf8");
      writeFileSync(
        join(project, "Pulumi.yaml"),
        text.replace("      automation:", `${checks}      automation:`) + gitops,
      );
      const ask = async (tag: string) => {
        const { io, printed } = captureIo();
        await step.run(tag, { project, format: "json" }, io);
        const { gitops: releases, checks: begun } = JSON.parse(printed.stdout) as {
          gitops: string[];
          checks: object[];
        };
        return { releases, begun };
      };
      // Both stages deploy the shop; what qa alone has comes from nowhere. An App's check begins by itself.
      assert.deepEqual(await ask("v0.0.1-qa"), { releases: ["shop"], begun: [{ name: "e2e", workflow: "e2e.yml" }] });
      assert.deepEqual(await ask("v0.0.1"), { releases: [], begun: [] });
    } finally {
      rmSync(project, { recursive: true });
    }
  });

  it("step reads a tag without asking anybody, and ends with 2 for a stage that the list has not", async () => {
    const { io, printed } = captureIo();
    const options = { project: example("contoso"), format: "text" } as const;
    await step.run("v1.2.3-qa", options, io);
    assert.equal(printed.stdout, "v1.2.3-qa: dev -> qa as v1.2.3; signed off by platform\n");
    await assert.rejects(step.run("v1.2.3-uat", options, io), /allowed: such as v0\.0\.1-qa, v0\.0\.1 or v0\.0\.1-rc1/);
    await assert.rejects(
      step.run("v1.2.3-rc1", { ...options, to: "uat" }, io),
      /No stage "uat"; allowed: dev, qa, prod/,
    );
  });
});
