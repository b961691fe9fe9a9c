import assert from "node:assert/strict";
import { recordProject } from "../../support/recorder";

describe("recordStages, what providers are told", () => {
  it("recordStages keeps what the configuration tells providers, in one spelling, and no credential of it", async () => {
    const planted = "hunter2-planted-secret";
    const told = {
      "azure-native:config:subscriptionId": "s",
      "github:owner": "company",
      "github:token": planted,
      "azure-native:clientSecret": planted,
      "kubernetes:kubeconfig": planted,
      "azure-native:tenantId": { secure: "v1:abc" },
      own: "x",
    };
    const { recordings } = await recordProject({ program: "export {};", stacks: { dev: told, qa: { own: "x" } } });
    const dev = recordings.get("dev");
    assert.deepEqual(dev?.providers, {
      "azure-native:clientSecret": "[secret]",
      "azure-native:subscriptionId": "s",
      "azure-native:tenantId": "[secret]",
      "github:owner": "company",
      "github:token": "[secret]",
      "kubernetes:kubeconfig": "[secret]",
    });
    assert.ok(!JSON.stringify(dev).includes(planted));
    assert.equal(recordings.get("qa")?.providers, undefined);
  });
});
