import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { doctor as command } from "../../src/cli/doctor";
import { Clinic, healthyFiles, healthyWorld } from "../doctor/clinic";
import { captureIo } from "../support/io";

const DUALREG = join(__dirname, "..", "..", "bin", "dualreg.js");

describe("dualreg doctor", () => {
  let clinic: Clinic;
  afterEach(() => clinic.close());

  const doctor = (...args: string[]) =>
    spawnSync(process.execPath, [DUALREG, "doctor", "--project", clinic.project, ...args], {
      env: clinic.env,
      encoding: "utf8",
    });

  it("dualreg doctor ends with 0 and no colour where nothing stands in the way", () => {
    clinic = new Clinic();
    const { status, stdout, stderr } = doctor("--stage", "qa");
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /^✔ node .*\n/);
    assert.match(stdout, /\n0 problems, 0 warnings, 0 skipped\n$/);
    assert.ok(!stdout.includes("\u001b"));
    assert.equal(stderr, "");
  });

  it("dualreg doctor ends with 0 where there are warnings only", () => {
    const world = healthyWorld();
    world.pulumi.url = "file:///home/ada/state";
    clinic = new Clinic(world);
    const { status, stdout } = doctor();
    assert.equal(status, 0, stdout);
    assert.match(stdout, /▲ backend/);
  });

  it("dualreg doctor ends with 1 at a problem, with its remedy in the JSON", () => {
    const world = healthyWorld();
    world.gh.loggedIn = false;
    clinic = new Clinic(world);
    const { status, stdout } = doctor("--format", "json");
    assert.equal(status, 1);
    const report = JSON.parse(stdout) as { version: number; checks: { id: string; remedy?: string }[] };
    assert.equal(report.version, 1);
    const login = report.checks.find(({ id }) => id === "github-login");
    assert.equal(login?.remedy, "gh auth login --hostname github.com");
  });

  it("dualreg doctor ends with 2 for a stage that is none, and names the stage an alias means", () => {
    clinic = new Clinic();
    const { status, stderr, stdout } = doctor("--stage", "e2e");
    assert.equal(status, 2);
    assert.match(stderr, /No stage "e2e"; allowed: qa; did you mean qa\?/);
    assert.equal(stdout, "");
  });

  it("dualreg doctor ends with 2 for a folder without a project, and for a format there is not", () => {
    clinic = new Clinic(healthyWorld(), {});
    assert.equal(doctor().status, 2);
    assert.equal(doctor("--format", "xml").status, 2);
  });

  it("dualreg doctor names the files of no stage where no listed stage has one", () => {
    clinic = new Clinic(healthyWorld(), { ...healthyFiles(), "Pulumi.live.yaml": "config: {}\n" });
    rmSync(join(clinic.project, "Pulumi.qa.yaml"));
    const { status, stderr } = doctor();
    assert.equal(status, 2);
    assert.match(
      stderr,
      /no file Pulumi\.qa\.yaml in .*; rename Pulumi\.live\.yaml, or list the stages that there are: \[live\]/,
    );
  });

  it("dualreg doctor ends with 2 for a project without a stage", () => {
    clinic = new Clinic(healthyWorld(), { "Pulumi.yaml": healthyFiles()["Pulumi.yaml"] });
    const { status, stderr } = doctor();
    assert.equal(status, 2);
    assert.match(stderr, /stages: no file Pulumi\.qa\.yaml in .*; write one first/);
  });

  it("dualreg doctor colours on a terminal, unless NO_COLOR is set", async () => {
    clinic = new Clinic();
    const onTerminal = async (env: Record<string, string>) => {
      const { io, printed } = captureIo({ env: { ...clinic.env, ...env }, isTTY: true });
      const options = { format: "text", project: clinic.project, stage: "qa" } as const;
      await command.run(options, io);
      return printed.stdout.includes("\u001b[32m");
    };
    assert.equal(await onTerminal({}), true);
    assert.equal(await onTerminal({ NO_COLOR: "1" }), false);
  });
});
