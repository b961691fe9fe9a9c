import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readStages } from "../../../src/config";
import { tagExamples } from "../../../src/domain/flow/step";
import { writeVersion } from "../../../src/domain/image/version";
import { entryStage, gatedStages, lastStage } from "../../../src/domain/stage";
import { readProjectFile } from "../../../src/project";
import { copyExample, example } from "../../support/examples";
import { APP, Company } from "../../support/github/company";
import { FlowCommands } from "../../support/github/flowCommands";
import { DIGEST } from "../../support/github/released";
import type { Account } from "../../support/github/state";
import { sixStages } from "../../support/sixStages";
import { schemeOf } from "../../support/scheme";

const SIX = sixStages();

/** The three stages of contoso, whose versions have no prefix. */
const BARE = join(mkdtempSync(join(tmpdir(), "dualreg-bare-")), "contoso");
copyExample("contoso", BARE);
const facts = readFileSync(join(BARE, "Pulumi.yaml"), "utf8");
writeFileSync(
  join(BARE, "Pulumi.yaml"),
  facts.replace("repository: shop }", "repository: shop, versionPrefix: none }"),
);

for (const [name, folder] of [
  ["one stage", example("one-stage")],
  ["two stages", example("two-stages")],
  ["contoso's three stages", example("contoso")],
  ["six stages", SIX],
  ["three stages whose versions have no prefix (S3-1)", BARE],
] as const) {
  describe(`dualreg release through ${name}`, () => {
    const config = readStages(readProjectFile(folder), undefined)[0]?.config;
    assert.ok(config, name);
    const { stages, gates, images, product } = config;
    const scheme = schemeOf(stages, product.versionPrefix);
    const core = writeVersion("0.0.1", scheme);
    const image = `${images[0]?.repository ?? "none"}@${DIGEST}`;
    const people = Object.entries(gates.roles).map(([role, [reviewer]]): [string, string, Account] => {
      assert.ok(reviewer && "team" in reviewer);
      return [role, reviewer.team, { login: `${role}-manager`, type: "User" }];
    });
    const managers = new Map(people.map(([role, , account]) => [role, account]));
    let company: Company;
    let dualreg: FlowCommands;

    beforeEach(async () => {
      const teams = Object.fromEntries(people.map(([, team, account]) => [team, account]));
      company = await Company.begin({ ...gates, automation: { app: APP } }, stages, teams, product.versionPrefix);
      dualreg = new FlowCommands(company, "", folder);
      const [cutter = ""] = gates.signOffs[entryStage(stages)] ?? [];
      const cut = await dualreg.cut(undefined, { by: managers.get(cutter)?.login ?? "" });
      assert.equal(cut.code, 0, cut.stderr);
    });
    afterEach(async () => {
      dualreg.end();
      await company.stop();
    });
    after(() => [SIX, BARE].includes(folder) && rmSync(folder, { recursive: true, force: true }));

    it("release takes a version from the stage where gates begin to the last, signed off in each (S0-14, S0-17, S0-19)", async () => {
      const placed: string[] = [];
      for (const stage of gatedStages(stages)) {
        const next = await dualreg.next(stage, "json");
        const { tag = "none" } = JSON.parse(next.stdout) as { tag?: string };
        const asked = await dualreg.request(tag, stage === entryStage(stages) ? {} : { image: [image] });
        assert.equal(asked.code, 0, asked.stderr);
        const early = await dualreg.tag(tag);
        assert.equal(early.code, 1, "the tag was placed without its sign-offs");
        for (const role of gates.signOffs[stage] ?? []) company.approve(managers.get(role) ?? assert.fail(role));
        const tagged = await dualreg.tag(tag);
        assert.equal(tagged.code, 0, tagged.stdout);
        company.deploy(tag, stage);
        placed.push(tag);
      }
      assert.deepEqual(placed, tagExamples(scheme).slice(0, placed.length));
      const check = await dualreg.check(core);
      assert.equal(check.code, 0, check.stdout);
    });

    it("release takes a candidate through the middle stages under its name, and into the last as the version, by one digest (S2-9, S3-4)", async () => {
      const last = lastStage(stages);
      if (entryStage(stages) === last) {
        assert.match(
          (await dualreg.next(last, "text", { candidate: true })).stdout,
          /gates begin at live, the last stage/,
        );
        return;
      }
      for (const stage of gatedStages(stages)) {
        const next = await dualreg.next(stage, "json", { candidate: true });
        const { tag = "none", version } = JSON.parse(next.stdout) as { tag?: string; version?: string };
        assert.equal(tag, stage === last ? core : `${core}-rc1`);
        const step = { to: stage, ...(stage === last && version !== undefined && { version }) };
        // The image that development made goes on, where it is named.
        const asked = await dualreg.request(tag, { ...step, image: [image] });
        assert.equal(asked.code, 0, asked.stderr);
        for (const role of gates.signOffs[stage] ?? []) company.approve(managers.get(role) ?? assert.fail(role));
        // As the job that was approved does, which knows tag and stage and no version.
        const tagged = await dualreg.tag(tag, { to: stage });
        assert.equal(tagged.code, 0, tagged.stdout + tagged.stderr);
        assert.match((await dualreg.next(stage, "text", { candidate: true })).stdout, /^(?:Nothing to do|Cut release)/);
        const { stdout } = await dualreg.signOffs(tag, { to: stage, format: "json" });
        const { signOffs } = JSON.parse(stdout) as { signOffs: { digest: string; version: string }[] };
        const called = stage === entryStage(stages) || stage === last ? `${core}-rc1` : tag;
        assert.deepEqual(
          signOffs.map(({ digest, version: of }) => [digest, of]),
          [[image.split("@")[1], called]],
        );
      }
      assert.equal(company.at(core), company.at(`${core}-rc1`));
      const other = await dualreg.check(`${core}-rc2`);
      assert.match(other.stdout, /\[release-is-out\]/);
    });

    it("release leaves its tags to the automation: rulesets reach the form that the product writes (S0-14, S3-1)", () => {
      const person = { login: "somebody", type: "User" } as const;
      const { state } = company.github;
      assert.match(state.violation(`refs/tags/${core}`, "creation", person) ?? "", /version tags: creation/);
      const other = writeVersion("0.0.1", { versionPrefix: product.versionPrefix === "v" ? "none" : "v" });
      assert.equal(state.violation(`refs/tags/${other}`, "creation", person), undefined);
    });

    it("release refuses to ask for the last stage before the others (S0-19)", async () => {
      const asked = await dualreg.request(core, { image: [image] });
      const only = entryStage(stages) === lastStage(stages);
      assert.equal(asked.code, only ? 0 : 1, asked.stderr);
      if (!only) assert.match(asked.stderr, /\[stage-skipped\]/);
    });
  });
}
