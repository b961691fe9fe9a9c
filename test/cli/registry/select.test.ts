import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { dualreg } from "../../../src/cli/program";
import { readOutputs, type StageOutputs } from "../../../src/outputs";
import { example } from "../../support/examples";
import { captureIo } from "../../support/io";
import { outputsFor } from "../../support/release/outputsFor";

const AMAZON = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
const BINARY = resolve(__dirname, "../../../bin/dualreg.js");
const SCRIPT = resolve(__dirname, "../../../samples/product/scripts/determine-registry.sh");

async function select(args: readonly string[], env: Record<string, string> = {}, project = example("everything")) {
  const { io, printed } = captureIo({ env });
  const code = await dualreg(["registry", "select", ...args, "--project", project], io);
  return { code, ...printed };
}
const kindOf = async (...args: string[]) => (await select([...args, "--field", "kind"])).stdout.trim();

describe("dualreg registry select", () => {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-select-"));
  after(() => rmSync(dir, { recursive: true }));

  /** Outputs of a stage with a registry of GHCR's and one of Amazon's beside it, for class standard alone. */
  const outputs = (stage = "dev"): string => {
    const policy = { signature: false, signers: [] };
    const of = (kind: "ghcr" | "ecr", host: string) => outputsFor({ stage, host, kind, policy }).registries;
    const ghcr = of("ghcr", "ghcr.io");
    const named = (imageClass: "secure" | "standard") => ({ ...ghcr[imageClass], namespace: `company/${imageClass}` });
    const made: StageOutputs = {
      ...outputsFor({ stage, host: "ghcr.io", kind: "ghcr", policy }),
      registries: { secure: named("secure"), standard: named("standard") },
      alternatives: { secure: [], standard: [of("ecr", AMAZON).standard] },
      retention: {
        rule: { rule: "inactive", days: 90 },
        untaggedDays: { secure: 7, standard: 7 },
        softDeleteDays: { secure: 14, standard: 14 },
      },
    };
    const file = join(dir, `${stage}.json`);
    writeFileSync(file, JSON.stringify(made));
    return file;
  };

  for (const [args, kind] of [
    [["--branch", "main"], "ecr"],
    [["--ref", "refs/heads/main"], "ecr"],
    [["--branch", "develop"], "ghcr"],
    [["--ref", "refs/heads/feature/test"], "ghcr"],
    [["--ref", "refs/heads/release/12", "--class", "standard"], "gar"],
    [["--environment", "dev"], "ghcr"],
    [["--environment", "local"], "ghcr"],
    [["--environment", "prd"], "acr"],
    [["--ref", "refs/tags/v1.2.3-qa"], "acr"],
    [["--type", "ecr"], "ecr"],
    [["--type", "gcr", "--class", "standard"], "gar"],
    [[], "ghcr"],
  ] as const) {
    it(`S4-6 S4-7 registry select ${args.join(" ")} prints ${kind}`, async () => {
      assert.equal(await kindOf(...args), kind);
    });
  }

  it("S4-1 registry select obeys REGISTRY_TYPE, whatever the table says, and --type before it", async () => {
    for (const [word, kind] of [
      ["ghcr", "ghcr"],
      ["ecr", "ecr"],
      ["gcr", "gar"],
    ] as const) {
      const args = ["--branch", "main", "--class", "standard", "--field", "kind"];
      assert.equal((await select(args, { REGISTRY_TYPE: word })).stdout, `${kind}\n`);
      assert.equal((await select([...args, "--type", "ecr"], { REGISTRY_TYPE: word })).stdout, "ecr\n");
    }
    assert.equal((await select(["--branch", "main", "--field", "kind"], { REGISTRY_TYPE: "" })).stdout, "ecr\n");
    const { code, stderr } = await select(["--branch", "main"], { REGISTRY_TYPE: "nexus" });
    assert.equal(code, 2);
    assert.match(stderr, /REGISTRY_TYPE "nexus" is not allowed; allowed: acr, ghcr, ecr, gar, .*gcr/);
  });

  it("S4-7 S3-10 registry select says in JSON where the images of main go, and by whose rule", async () => {
    const { code, stdout, stderr } = await select(["--branch", "main", "--format", "json"]);
    assert.equal(code, 0, stderr);
    const [secure] = (JSON.parse(stdout) as { registries: unknown[] }).registries;
    assert.deepEqual(secure, {
      ...{ stage: "dev", class: "secure", kind: "ecr", host: AMAZON, namespace: "secure", prefix: `${AMAZON}/secure` },
      ...{ account: "123456789012", region: "eu-west-1", pullSecret: null },
      ...{ pulledBy: "the IAM role of nodes or pods", why: "registryTypes.branches: main" },
    });
  });

  it("S4-5 registry select names the pull secret of GHCR, and none where IAM pulls", async () => {
    const field = ["--field", "pull-secret"];
    assert.equal((await select(["--branch", "develop", ...field])).stdout, "ghcr-secret\n");
    assert.equal((await select(["--branch", "main", ...field])).stdout, "\n");
  });

  it("S4-7 registry select chooses no registry of a later stage", async () => {
    const later = await select(["--branch", "main", "--stage", "qa"]);
    assert.deepEqual([later.code, later.stdout], [1, ""]);
    assert.match(later.stderr, /qa, class secure: there is no registry of kind ecr.*alternatives of Pulumi\.qa\.yaml/);
    const two = await select(["--environment", "prd", "--outputs", outputs("dev")]);
    assert.equal(two.code, 2);
    assert.match(two.stderr, /Two stages are named, dev and prod, and the outputs are those of dev/);
  });

  it("S4-6 registry select writes outputs with what was chosen in place, which every other command reads", async () => {
    const args = ["--outputs", outputs(), "--class", "standard", "--type", "ecr", "--format", "outputs"];
    const { code, stdout, stderr } = await select(args);
    assert.equal(code, 0, stderr);
    writeFileSync(join(dir, "chosen.json"), stdout);
    const { registries, retention } = readOutputs(join(dir, "chosen.json"));
    assert.deepEqual([registries.standard.loginServer, registries.secure.loginServer], [AMAZON, "ghcr.io"]);
    assert.deepEqual([retention.untaggedDays, retention.softDeleteDays], [{ secure: 7 }, { secure: 14 }]);
    const both = await select(args.filter((arg) => arg !== "--class" && arg !== "standard"));
    assert.deepEqual([both.code, both.stdout], [2, ""]);
    assert.match(both.stderr, /dev, class secure: there is no registry of kind ecr, which --type names; allowed: ghcr/);
  });

  it("S4-7 registry select writes the same registries that it prints, also by the default table", async () => {
    for (const [branch, standard] of [
      ["main", AMAZON],
      ["develop", "ghcr.io"],
    ] as const) {
      const args = ["--outputs", outputs(), "--branch", branch];
      const printed = await select([...args, "--class", "standard", "--field", "host"], {}, example("company"));
      assert.equal(printed.stdout, `${standard}\n`);
      const { code, stdout } = await select([...args, "--format", "outputs"], {}, example("company"));
      assert.equal(code, 0);
      const { registries } = JSON.parse(stdout) as StageOutputs;
      // Class secure has no registry of Amazon's, and a default binds nobody.
      assert.deepEqual([registries.standard.loginServer, registries.secure.loginServer], [standard, "ghcr.io"]);
    }
  });

  for (const [args, says] of [
    [["--environment", "nowhere"], /--environment "nowhere" is not a stage; allowed: dev, qa, prod/],
    [["--branch", "refs/tags/v1.0.0"], /--branch "refs\/tags\/v1\.0\.0" is not allowed; allowed: a branch/],
    [["--ref", "refs/tags/latest"], /--ref "refs\/tags\/latest" names no stage's release/],
    [["--ref", "refs/pull/1/merge"], /--ref "refs\/pull\/1\/merge" is not allowed/],
    [["--branch", "main", "--environment", "dev"], /cannot be used with/],
    [["--type", "nexus"], /--type "nexus" is not allowed/],
    [["--format", "outputs"], /--format outputs needs --outputs/],
    [["--environment", "prod", "--field", "host"], /is known after `pulumi up`: give --outputs/],
    [["--branch", "main", "--field", "prefix"], /Each class has another prefix: .*; give --class/],
  ] as const) {
    it(`registry select ${args.join(" ")} ends with 2, and says what is allowed`, async () => {
      const { code, stdout, stderr } = await select(args);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, says);
    });
  }

  it("S4-6 registry select takes a version's tag where its stage's environment goes", async () => {
    const project = join(dir, "tagged");
    cpSync(example("everything"), project, { recursive: true });
    const edit = (file: string, from: string, to: string) => {
      const text = readFileSync(join(project, file), "utf8");
      assert.ok(text.includes(from), file);
      writeFileSync(join(project, file), text.replace(from, to));
    };
    const named = (namespace: string) => `[{ kind: ecr, host: ${AMAZON}, namespace: ${namespace} }]`;
    edit("Pulumi.yaml", "environments: { dev: ghcr }", "environments: { dev: ghcr, prd: ecr }");
    const alternatives = `dual-registry:alternatives: { secure: ${named("a")}, standard: ${named("b")} }`;
    edit("Pulumi.prod.yaml", "config:\n", `config:\n  ${alternatives}\n`);
    for (const args of [
      ["--environment", "prod"],
      ["--environment", "production"],
      ["--ref", "refs/tags/v1.2.3"],
    ]) {
      assert.equal((await select([...args, "--field", "kind"], {}, project)).stdout, "ecr\n", args.join(" "));
    }
    assert.equal((await select(["--ref", "refs/tags/v1.2.3-qa", "--field", "kind"], {}, project)).stdout, "acr\n");
  });

  it("registry select falls back on the stage's own registry where a project has no table and no such kind", async () => {
    const { code, stdout } = await select(["--branch", "main"], {}, example("company"));
    assert.equal(code, 0);
    assert.match(stdout, /^dev secure +acr +\(known after pulumi up\) +the stage's own registry: there is no ecr$/m);
  });

  for (const [ref, kind] of [
    ["refs/heads/main", "ecr"],
    ["refs/heads/develop", "ghcr"],
    ["refs/heads/feature/test", "ghcr"],
  ] as const) {
    it(`S4-7 determine-registry.sh prints ${kind} for GITHUB_REF=${ref}`, () => {
      const env = { PATH: process.env["PATH"], GITHUB_REF: ref, DUALREG: BINARY, PROJECT: example("everything") };
      assert.equal(execFileSync("sh", [SCRIPT], { env, encoding: "utf8" }), `${kind}\n`);
    });
  }
});
