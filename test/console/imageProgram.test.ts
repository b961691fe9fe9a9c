import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { version } from "@pulumi/docker/package.json";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { recordStages } from "../../src/preview/record/recordStages";
import { engineCommand } from "../support/engine/engineCommand";
import { findPulumi } from "../support/engine/findPulumi";
import { assertNoUnexpected, theResource } from "../support/recorder";
import { findTool } from "../support/registries";

const ROOT = resolve(__dirname, "../..");
const IMAGE = "docker:index/image:Image";
const ARCHITECTURES = ["amd64", "arm64"] as const;

/** The program in a folder of its own, whose context holds nothing yet. */
function copyProgram(): string {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-image-program-"));
  for (const file of ["Pulumi.yaml", "index.ts", "package.json"]) cpSync(join(ROOT, "images", file), join(dir, file));
  cpSync(join(ROOT, "tsconfig.json"), join(dir, "tsconfig.json"));
  symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"), "junction");
  writeFileSync(join(dir, "Pulumi.qa.yaml"), "config:\n  console-image:version: v1.2.3\n");
  mkdirSync(join(dir, "console/build"), { recursive: true });
  return dir;
}

describe("images/: the console's image by Pulumi", () => {
  let dir: string;
  beforeEach(() => {
    dir = copyProgram();
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it("builds one image for each platform with BuildKit, pushes none, and is given no registry and no login (S0-3)", async () => {
    writeFileSync(join(dir, "console/build/Dockerfile"), "FROM scratch\n");
    const { recordings, failures } = await recordStages({ projectDir: dir, stages: ["qa"] });
    const recording = recordings.get("qa") ?? assert.fail(JSON.stringify(failures));
    assertNoUnexpected(recording, [IMAGE]);
    for (const architecture of ARCHITECTURES) {
      const { inputs, options } = theResource(recording, IMAGE, `console-${architecture}`);
      assert.deepEqual(inputs, {
        build: {
          builderVersion: "BuilderBuildKit",
          context: "console",
          dockerfile: "console/build/Dockerfile",
          platform: `linux/${architecture}`,
        },
        buildOnPreview: false,
        imageName: `orders/console:v1.2.3-${architecture}`,
        skipPush: true,
      });
      assert.deepEqual(options, {});
    }
    assert.equal(recording.resources.filter(({ type }) => type === IMAGE).length, 2);
  });

  it("says what makes the context where it is not there", async () => {
    const { failures } = await recordStages({ projectDir: dir, stages: ["qa"] });
    assert.match(
      failures[0]?.message ?? "",
      /build\/Dockerfile is missing: run `make --directory images\/console all`/,
    );
  });
});

/** What the program needs to build for real; empty where all of it is here. */
function missing(): string[] {
  const home = process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  const hasPlugin =
    findTool("pulumi-resource-docker") !== undefined || existsSync(join(home, `plugins/resource-docker-v${version}`));
  const docker = findTool("docker");
  const answers = docker !== undefined && spawnSync(docker, ["version"], { stdio: "ignore" }).status === 0;
  return [
    ...(findPulumi() === undefined ? ["a pulumi command"] : []),
    ...(hasPlugin ? [] : [`Pulumi's plugin docker ${version}`]),
    ...(answers ? [] : ["Docker's engine"]),
  ];
}

const absent = missing();
const describeHere = absent.length === 0 ? describe : describe.skip;
const why = absent.length === 0 ? "" : ` (skipped: ${absent.join(", ")} not here)`;

describeHere(`images/ under the engine, with Docker's plugin and engine${why}`, function () {
  this.timeout(300_000);
  let dir: string;
  let stack: Stack;
  const docker = (...args: string[]) => spawnSync("docker", args, { encoding: "utf8" }).stdout;
  const nameOf = (architecture: string) => `dualreg-test/console:v1.2.3-${architecture}`;
  before(async () => {
    dir = copyProgram();
    const build = join(dir, "console/build");
    for (const file of ["app/console.cjs", ...ARCHITECTURES.map((architecture) => `${architecture}/etc/os-release`)]) {
      mkdirSync(dirname(join(build, file)), { recursive: true });
      writeFileSync(join(build, file), file);
    }
    cpSync(join(ROOT, "images/console/Dockerfile"), join(build, "Dockerfile"));
    cpSync(join(ROOT, "images/console/.dockerignore"), join(dir, "console/.dockerignore"));
    for (const folder of ["state", "logins"]) mkdirSync(join(dir, folder));
    stack = await LocalWorkspace.createStack(
      { stackName: "qa", workDir: dir },
      {
        pulumiCommand: await engineCommand(),
        secretsProvider: "passphrase",
        envVars: {
          PULUMI_BACKEND_URL: `file://${join(dir, "state")}`,
          PULUMI_CONFIG_PASSPHRASE: "a passphrase of a test",
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
          PULUMI_SKIP_UPDATE_CHECK: "true",
          DOCKER_CONFIG: join(dir, "logins"),
        },
      },
    );
    await stack.setConfig("repository", { value: "dualreg-test/console" });
  });
  after(async () => {
    await stack.destroy();
    docker("image", "rm", "--force", ...ARCHITECTURES.map(nameOf));
    rmSync(dir, { recursive: true, force: true });
  });

  it("builds both platforms in the engine without a login, with the health check, and nothing the second time (S0-3)", async () => {
    const { outputs, summary } = await stack.up();
    assert.deepEqual(summary.resourceChanges, { create: 3 });
    const built = outputs["built"]?.value as Record<string, { name: string; id: string }>;
    for (const architecture of ARCHITECTURES) {
      const { name, id } = built[architecture] ?? assert.fail();
      assert.equal(name, nameOf(architecture));
      const [image] = JSON.parse(docker("image", "inspect", name)) as {
        Id: string;
        Architecture: string;
        RepoDigests: string[];
        Config: { User: string; Healthcheck: { Test: string[] } };
      }[];
      assert.deepEqual([image?.Id, image?.Architecture, image?.RepoDigests], [id, architecture, []]);
      assert.equal(image?.Config.User, "65532:65532");
      assert.deepEqual(image.Config.Healthcheck.Test, ["CMD", "/usr/bin/node", "/app/healthcheck.cjs"]);
    }
    const again = await stack.up();
    assert.deepEqual(again.summary.resourceChanges, { same: 3 });
  });
});
