import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { recordStages } from "../src/preview/record/recordStages";
import type { Recording } from "../src/preview/recording";
import { withProject } from "./support/recorder";
import { example } from "./support/examples";

const REPOSITORY = resolve(__dirname, "..");
const PROGRAM = `export = require("./src/index");`;
const run = promisify(execFile);

/** The house's own files that are loaded when the program's entry is. */
async function loadGraph(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "dualreg-graph-"));
  try {
    const script = `require("tsx/cjs"); require(${JSON.stringify(join(REPOSITORY, "src/program.ts"))});
      require("node:fs").writeFileSync(${JSON.stringify(join(folder, "graph"))}, Object.keys(require.cache).join("\\n"));`;
    writeFileSync(join(folder, "run.cjs"), script);
    await run(process.execPath, [join(folder, "run.cjs")], {
      cwd: REPOSITORY,
      env: { ...process.env, NODE_PATH: join(REPOSITORY, "node_modules") },
    });
    return readFileSync(join(folder, "graph"), "utf8")
      .split("\n")
      .map((file) => file.replaceAll("\\", "/"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("the program", () => {
  let stages: ReadonlyMap<string, Recording>;

  before(async () => {
    const result = await recordStages({ projectDir: example("company") });
    assert.deepEqual(result.failures, []);
    stages = result.recordings;
  });

  it("loads no room that only the command line or the console needs", async () => {
    const own = (await loadGraph()).filter((file) => file.startsWith(`${REPOSITORY.replaceAll("\\", "/")}/src/`));
    const rooms = new Set(own.map((file) => file.slice(REPOSITORY.length + "/src/".length).split("/")[0]));
    assert.deepEqual([...rooms].sort(), [
      "base",
      "components",
      "config",
      "controls",
      "domain",
      "outputs",
      "program.ts",
      "project",
    ]);
  });

  it("loads no provider's SDK whole", async () => {
    const files = await loadGraph();
    for (const sdk of ["azure-native", "github"]) {
      assert.ok(!files.some((file) => file.endsWith(`/@pulumi/${sdk}/index.js`)), sdk);
    }
    assert.ok(!files.some((file) => file.endsWith("/containerregistry/index.js")));
  });

  it("S0-1 gives qa, uat and prod a secure and a standard registry each, six hosts in all, in their outputs", () => {
    const hosts = ["qa", "uat", "prod"].flatMap((stage) => {
      const registries = stages.get(stage)?.outputs["registries"] as Record<string, { vanityHost: string }> | undefined;
      return ["secure", "standard"].map((imageClass) => registries?.[imageClass]?.vanityHost);
    });
    assert.deepEqual(hosts, [
      "qa.secure-registry.company.com",
      "qa.registry.company.com",
      "uat.secure-registry.company.com",
      "uat.registry.company.com",
      "prod.secure-registry.company.com",
      "prod.registry.company.com",
    ]);
  });

  it("has the outputs of its contract, whatever the stage, and no password among them", () => {
    const keys = "access compliance gates identities images logging passwords policies product registries retention";
    for (const [stage, { outputs }] of stages) {
      assert.deepEqual(
        Object.keys(outputs)
          .filter((key) => key !== "stageBefore")
          .sort(),
        [...keys.split(" "), "stage", "stages", "tokens", "version"],
        stage,
      );
      assert.equal(outputs["version"], 1);
      assert.equal(outputs["stage"], stage);
      assert.doesNotMatch(JSON.stringify(outputs), /"(?:password|secretValue)":/i);
    }
  });

  it("S0-19 reads the registries of the stage before, where the stage file names its stack", () => {
    const before = [...stages].map(([stage, { outputs }]) => [
      stage,
      (outputs["stageBefore"] as { stage?: string } | undefined)?.stage,
    ]);
    assert.deepEqual(before.sort(), [
      ["dev", undefined],
      ["prod", "uat"],
      ["qa", "dev"],
      ["uat", "qa"],
    ]);
    assert.deepEqual(
      stages.get("qa")?.references.map((reference) => reference.stack),
      ["organization/dual-registry/dev"],
    );
  });

  it("ends with the report and registers nothing of its own where the configuration is wrong", async () => {
    const project = { program: PROGRAM, stacks: { qa: { location: "West-Europe", regoin: "x" } } };
    await withProject(project, async (projectDir) => {
      const { failures, recordings } = await recordStages({ projectDir, stages: ["qa"] });
      assert.equal(recordings.size, 0);
      const [failure] = failures;
      assert.ok(failure);
      const lines = failure.message.split("\n");
      assert.ok(
        lines.some((line) => line.startsWith('Pulumi.qa.yaml: location: "West-Europe" is not allowed')),
        failure.message,
      );
      assert.ok(
        lines.some((line) => line.startsWith("Pulumi.yaml: product: missing")),
        failure.message,
      );
      assert.doesNotMatch(failure.message, /\n\s+at /);
    });
  });

  it("names the stage where a stack is called by an alias", async () => {
    await withProject({ program: PROGRAM, stacks: { staging: { location: "westeurope" } } }, async (projectDir) => {
      const { failures } = await recordStages({ projectDir, stages: ["staging"] });
      assert.match(failures[0]?.message ?? "", /Stack "staging" is not a stage; it is an alias of stage uat/);
    });
  });

  it("says plainly what to do where the stage before has no registries among its outputs", async () => {
    const shared = {
      product: { value: { name: "orders", domain: "company.com", repository: "orders" } },
      images: { value: [{ repository: "orders/api", class: "secure" }] },
      stages: { value: ["dev", "qa"] },
      gates: {
        value: { roles: { qa: [{ team: "qa", id: 1 }] }, signOffs: { qa: ["qa"] }, automation: { app: 2 } },
      },
    };
    const qa = {
      ...{ location: "westeurope", before: "dev", owns: ["repository", "subscription"], "github:owner": "company" },
      "azure-native:subscriptionId": "00000000-0000-0000-0000-000000000001",
    };
    const program = `import { getStack } from "@pulumi/pulumi";
export = getStack() === "dev" ? () => ({ other: 1 }) : require("./src/index");`;
    const project = { program, stacks: { dev: {}, qa }, projectYaml: `config: ${JSON.stringify(shared)}\n` };
    await withProject(project, async (projectDir) => {
      const { failures } = await recordStages({ projectDir, stages: ["qa"] });
      assert.match(
        failures[0]?.message ?? "",
        /^Stack "organization\/sample\/dev" says nothing of its registries: run/,
      );
      assert.doesNotMatch(failures[0]?.message ?? "", /\n\s+at /);
    });
  });
});
