import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { Company, PEOPLE } from "../../support/github/company";
import { FlowCommands } from "../../support/github/flowCommands";
import type { Ran } from "../../support/release/dualreg";

const BIN = resolve(__dirname, "../../../bin/dualreg.js");

describe("dualreg release", () => {
  let company: Company;
  let project: FlowCommands;
  before(async () => {
    company = await Company.begin();
    project = new FlowCommands(company);
  });
  after(async () => {
    project.end();
    await company.stop();
  });

  /** The command line in a process of its own. */
  const dualreg = (
    args: readonly string[],
    env: Record<string, string> = company.envOf(PEOPLE.automation),
  ): Promise<Ran> =>
    new Promise((done) => {
      const options = { cwd: project.project, env: { PATH: process.env["PATH"] ?? "", HOME: project.project, ...env } };
      execFile(process.execPath, [BIN, "release", ...args], options, (error, stdout, stderr) => {
        done({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, stdout, stderr });
      });
    });

  it("release next prints JSON and ends as soon as it has (S0-13)", async () => {
    const { code, stdout, stderr } = await dualreg(["next", "--stage", "qa", "--format", "json"]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), {
      stage: "qa",
      move: "cut",
      branch: "release/1",
      by: ["team qa-managers", "App 778899"],
    });
  });

  it("release check ends with 1 where something stands against the tag, and says what as JSON (S0-19)", async () => {
    await project.cut("release/1", { by: PEOPLE.qaManager.login });
    const { code, stdout } = await dualreg(["check", "v0.0.1-uat", "--format", "json"]);
    assert.equal(code, 1);
    const { verdict, reasons } = JSON.parse(stdout) as { verdict: string; reasons: { code: string }[] };
    assert.deepEqual([verdict, reasons[0]?.code], ["refused", "stage-skipped"]);
  });

  it("release ends with 2 for a tag that is none, without a login, and for a stage that is none", async () => {
    const [tag, login, stage] = await Promise.all([
      dualreg(["check", "latest"]),
      dualreg(["check", "v0.0.1-qa"], {}),
      dualreg(["next", "--stage", "staging"]),
    ]);
    assert.deepEqual([tag.code, login.code, stage.code], [2, 2, 2]);
    assert.match(tag.stderr, /allowed: such as v0\.0\.1-qa/);
    assert.match(login.stderr, /put a token in GITHUB_TOKEN/);
    assert.match(stage.stderr, /No stage "staging"; allowed: dev, qa, uat, prod; did you mean uat\?/);
  });

  it("release check refuses outputs of another stage, images without a digest, and half a commit", async () => {
    const image = await project.check("v0.0.1-qa", { image: ["orders/api:latest"] });
    assert.match(image.stderr, /^CONTENT_INVALID --image: .*allowed: such as orders\/api@sha256/);
    const commit = await project.check("v0.0.1-qa", { commit: "abc" });
    assert.match(commit.stderr, /^USAGE --commit "abc": allowed: a whole commit/);
  });
});
