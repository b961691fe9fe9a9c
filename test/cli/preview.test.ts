import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DEFAULT_STAGES } from "../../src/domain/stage";
import { readOutputs } from "../../src/outputs";
import { example } from "../support/examples";
import { GitProject, projectFiles } from "../support/gitProject";
import { withProject } from "../support/recorder";

const PUBLIC_KEY = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" });

const BINARY = resolve(__dirname, "..", "..", "bin", "dualreg.js");

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the command line; with `closeEarly` its reader goes away after the first bytes. */
function dualreg(args: readonly string[], closeEarly = false): Promise<Ended> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [BINARY, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    const said = { stdout: "", stderr: "" };
    if (closeEarly) child.stdout.destroy();
    else child.stdout.on("data", (data: Buffer) => (said.stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => (said.stderr += data.toString()));
    child.on("close", (code) => done({ code, ...said }));
  });
}

describe("dualreg preview", () => {
  const project = new GitProject().write(projectFiles("old", ["dev", "qa"]));
  const preview = (...args: string[]) => dualreg(["preview", "--project", project.projectDir, ...args]);
  before(() => {
    project.commit();
    project.link().write(projectFiles("new", ["dev", "qa"]));
  });
  after(() => project.remove());

  it("dualreg --version prints the version", async () => {
    assert.match((await dualreg(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
  });

  for (const args of [["--nonsense"], ["preview", "--format", "pdf"], ["nonsense"], ["preview", "--base-or-empty"]]) {
    it(`dualreg ${args.join(" ")} ends with 2 and says why on stderr`, async () => {
      const { code, stdout, stderr } = await dualreg(args);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.ok(stderr.includes(args.at(-1) ?? ""), stderr);
    });
  }

  for (const [alias, stage] of Object.entries({
    local: "dev",
    e2e: "qa",
    staging: "uat",
    prd: "prod",
    production: "prod",
  })) {
    it(`dualreg preview --stage ${alias} ends with 2 and names ${stage}`, async () => {
      const { code, stderr } = await preview("--stage", alias);
      assert.equal(code, 2);
      assert.equal(stderr, `No stage "${alias}"; allowed: dev, qa, uat, prod; did you mean ${stage}?\n`);
    });
  }

  it("dualreg preview warns of what is left of the example, in one line, and does not fail by it", async () => {
    const example = new GitProject().write({
      ...projectFiles("x", DEFAULT_STAGES),
      "Pulumi.dev.yaml": "config:\n  github:owner: company\n",
    });
    try {
      const { code, stderr } = await dualreg(["preview", "--project", example.link().projectDir]);
      assert.equal(code, 0, stderr);
      const warning =
        "Warning: Values of the example are left: github:owner company (Pulumi.dev.yaml); see dualreg doctor\n";
      assert.equal(stderr, warning);
    } finally {
      example.remove();
    }
  });

  it("dualreg preview prints nothing but the result, without colours, when piped", async () => {
    const { code, stdout, stderr } = await preview("--stage", "qa");
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^Stage qa {2}sample, 2 resources, 0 protected, 0 values known only after the update\n/);
    assert.match(stdout, /\n {2}Resources {2}1 {2}pulumi:pulumi:Stack\n {13}1 {2}sample:index:Thing\n\n--details/);
  });

  it("dualreg preview --details prints the tree, as --format tree does, and is no way to print JSON", async () => {
    const [details, tree] = [
      await preview("--stage", "qa", "--details"),
      await preview("--stage", "qa", "--format", "tree"),
    ];
    assert.match(details.stdout, /^Stage qa {2}sample\n[^]*text: new/);
    assert.equal(details.stdout, tree.stdout);
    const { code, stderr } = await preview("--details", "--format", "json");
    assert.equal(code, 2);
    assert.match(stderr, /^--details is for people; leave it out with --format json\n$/);
  });

  it("dualreg preview --base begins with the verdict", async () => {
    const { code, stdout } = await preview("--base", "main");
    assert.equal(code, 0);
    assert.match(stdout, /^Changes against main\n\nVerdict {2}nothing that must be looked at\n\nStage dev/);
  });

  it("dualreg preview --color always colours", async () => {
    assert.ok((await preview("--stage", "dev", "--color", "always")).stdout.includes("\u001b["));
  });

  it("dualreg preview --format outputs refuses several stages, a comparison, and what the cloud alone knows", async () => {
    const several = await preview("--format", "outputs");
    assert.deepEqual([several.code, several.stdout], [2, ""]);
    assert.match(several.stderr, /^--format outputs writes one stage: add --stage with one of dev, qa, or --out$/m);
    const base = await preview("--format", "outputs", "--stage", "qa", "--base", "main");
    assert.deepEqual([base.code, base.stderr], [2, "--format outputs compares nothing; leave out --base\n"]);
    const minimal = ["preview", "--project", example("minimal"), "--stage", "qa", "--format", "outputs"];
    const unknown = await dualreg(minimal);
    assert.deepEqual([unknown.code, unknown.stdout], [2, ""]);
    assert.match(
      unknown.stderr,
      /^outputs of qa: .* and \d+ more are known once the stage is deployed; deploy it and run/m,
    );
  });

  it("dualreg preview --format outputs writes of a stage whose registries stand what the image commands read", async () => {
    const product = resolve(__dirname, "../../samples/product");
    const files = Object.fromEntries(
      ["Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml"].map((name) => {
        const text = readFileSync(join(product, name), "utf8");
        return [name, text.replaceAll("PUBLIC_KEY", () => JSON.stringify(PUBLIC_KEY))];
      }),
    );
    const program = 'export = require("./src/index");';
    await withProject({ program, stacks: {}, files }, async (dir) => {
      const { code, stdout, stderr } = await dualreg([
        "preview",
        "--project",
        dir,
        "--format",
        "outputs",
        "--stage",
        "prod",
      ]);
      assert.equal(code, 0, stderr);
      writeFileSync(join(dir, "prod.json"), stdout);
      const { stage, stages, stageBefore, registries } = readOutputs(join(dir, "prod.json"));
      assert.deepEqual([stage, stages, stageBefore?.stage], ["prod", ["dev", "prod"], "dev"]);
      assert.equal(registries.secure.loginServer, "localhost:5002");
    });
  });

  it("dualreg preview --format json twice gives identical bytes", async () => {
    const [one, two] = [await preview("--format", "json"), await preview("--format", "json")];
    assert.equal(one.stdout, two.stdout);
    assert.match(one.stdout, /^\{\n {2}"stages": \{\n {4}"dev"/);
  });

  it("dualreg preview --out writes a file for each stage and prints their names", async () => {
    const out = join(project.root, "out", "html");
    const { stdout } = await preview("--format", "html", "--out", out, "--base", "main");
    const names = ["changes.html", "dev.html", "index.html", "qa.html"];
    assert.deepEqual(readdirSync(out).sort(), names);
    assert.deepEqual(
      stdout.trim().split("\n").sort(),
      names.map((name) => join(out, name)),
    );
  });

  it("dualreg preview --base with an unknown ref ends with 2, and with --base-or-empty shows creates", async () => {
    const without = await preview("--base", "nowhere");
    assert.deepEqual([without.code, without.stdout], [2, ""]);
    const empty = await preview("--base", "nowhere", "--base-or-empty", "--stage", "dev");
    assert.equal(empty.code, 0);
    assert.match(empty.stdout, /\+ create {2}Thing thing/);
    assert.match(empty.stderr, /^Warning: .*nowhere/);
  });

  it("dualreg preview warns of usual stages without a file where nothing is listed, unless stages are named", async () => {
    const { code, stderr } = await preview();
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /^Warning: No file Pulumi\.uat\.yaml, Pulumi\.prod\.yaml: .* stages: \{ value: \[dev, qa\] \}$/m,
    );
    assert.doesNotMatch((await preview("--stage", "qa")).stderr, /No file/);
  });

  it("dualreg preview tells each line of a failing program once and nothing else", async () => {
    const text =
      'const { RunError } = require("@pulumi/pulumi");\nthrow new RunError("first problem\\nsecond problem");\n';
    project.write({ "index.js": text });
    const { code, stdout, stderr } = await preview();
    project.write(projectFiles("new"));
    assert.deepEqual({ code, stdout, stderr }, { code: 2, stdout: "", stderr: "first problem\nsecond problem\n" });
  });

  it("dualreg preview ends quietly when its reader has gone", async () => {
    const { stderr } = await dualreg(["preview", "--project", project.projectDir, "--stage", "dev"], true);
    assert.equal(stderr, "");
  });
});
