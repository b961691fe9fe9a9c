import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { copyPack } from "../support/compliance/policyPack";
import { describeEngine } from "../support/engine/describeEngine";
import { engineCommand } from "../support/engine/engineCommand";
import { StageBench } from "../support/engine/stageBench";

describeEngine("the policy pack on the engine", () => {
  let bench: StageBench;
  let pack: string;
  let stack: Stack;

  before(async () => {
    [bench, pack] = await Promise.all([StageBench.open("minimal"), copyPack()]);
    await bench.stack("qa");
    const { project, providers, azure } = bench;
    stack = await LocalWorkspace.selectStack(
      { stackName: "qa", workDir: project.dir },
      {
        pulumiCommand: await engineCommand(),
        pulumiHome: project.home,
        envVars: {
          PULUMI_BACKEND_URL: `file://${project.backend}`,
          PULUMI_CONFIG_PASSPHRASE: "a passphrase of a test",
          PULUMI_DEBUG_PROVIDERS: providers.debugProviders,
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
          PULUMI_SKIP_UPDATE_CHECK: "true",
          DUALREG_TEST_AZURE: azure.azure.url,
          PATH: [process.env["PATH"] ?? "", dirname(require.resolve("@pulumi/pulumi/package.json"))].join(delimiter),
        },
      },
    );
  });

  after(async () => {
    await bench.close();
    await rm(pack, { recursive: true, force: true });
  });

  it("preview of the minimal stage shows what is advisory, and nothing mandatory fails", async () => {
    const { stdout } = await stack.preview({ policyPacks: [pack] });
    assert.match(stdout, /\[advisory\].*quarantine-on +\(azure-native:containerregistry:Registry: orders-secure-/);
    assert.match(stdout, /orders-secure-registry: policies\.quarantinePolicy\.status is disabled; expected: enabled/);
    assert.doesNotMatch(stdout, /\[mandatory\]/);
  });

  it("preview ends in an error where the pack's configuration makes a failing control mandatory", async () => {
    const config = join(pack, "levels.json");
    await writeFile(config, JSON.stringify({ "quarantine-on": "mandatory" }));
    await assert.rejects(
      stack.preview({ policyPacks: [pack], policyPackConfigs: [config] }),
      /\[mandatory\].*quarantine-on/,
    );
  });
});
