import assert from "node:assert/strict";
import type { Recording } from "../../../src/preview/recording";
import { appPlan, CONSOLE_DIGEST } from "../../support/console/deployment";
import { recordProgram, theResource } from "../../support/recorder";

const APP = "azure-native:app:ContainerApp";
const ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i";
const IMAGE = `ordersqasecure.azurecr.io/orders/console@${CONSOLE_DIGEST}`;

interface AppInputs {
  identity: unknown;
  patchingConfiguration: unknown;
  configuration: { ingress: Record<string, unknown>; registries: unknown; secrets: unknown; identitySettings: unknown };
  template: {
    containers: [
      { image: string; env?: unknown; probes: { type: string; httpGet: { path: string }; failureThreshold: number }[] },
    ];
    volumes: unknown[];
    scale: unknown;
  };
}

const program = (plan: unknown) => `
import { AppConsole } from "./src/components/console/appConsole";
export const { host } = new AppConsole("orders-console", {
  plan: ${JSON.stringify(plan)},
  resourceGroupName: "rg-orders-qa",
  location: "westeurope",
  image: "${IMAGE}",
  registryHost: "ordersqasecure.azurecr.io",
  vaultUri: "https://kv-orders-qa.vault.azure.net/",
  identity: { id: "${ID}", clientId: "client" },
  tags: { stage: "qa" },
} as never);
`;

describe("AppConsole", () => {
  const record = (over: Record<string, unknown> = {}) => recordProgram({ program: program(appPlan(over)) });
  const appOf = (recording: Recording) =>
    theResource(recording, APP, "orders-console-app").inputs as unknown as AppInputs;
  let app: AppInputs;
  before(async () => (app = appOf(await record({ files: { "session-keys/2027-01-31": "console-key" } }))));

  it("S0-3 AppConsole runs the image by digest, pulled by its identity, behind https alone", () => {
    assert.equal(app.template.containers[0].image, IMAGE);
    assert.deepEqual(app.configuration.registries, [{ server: "ordersqasecure.azurecr.io", identity: ID }]);
    const { external, allowInsecure, targetPort } = app.configuration.ingress;
    assert.deepEqual([external, allowInsecure, targetPort], [true, false, 8080]);
    assert.deepEqual(app.patchingConfiguration, { patchingMode: "Disabled" });
    assert.deepEqual(app.identity, { type: "UserAssigned", userAssignedIdentities: [ID] });
  });

  it("S0-4 AppConsole mounts secrets of the vault as files, and no value of one passes through Pulumi", () => {
    const secret = (name: string, of: string) => ({
      ...{ name, identity: ID, keyVaultUrl: `https://kv-orders-qa.vault.azure.net/secrets/${of}` },
    });
    assert.deepEqual(app.configuration.secrets, [
      secret("secure-password", "orders-qa-orders-pull-secure"),
      secret("session-keys.2027-01-31", "console-key"),
      secret("standard-password", "orders-qa-orders-pull-standard"),
    ]);
    assert.deepEqual(app.template.volumes.at(-1), {
      name: "secrets",
      storageType: "Secret",
      secrets: [
        { secretRef: "secure-password", path: "secure-password" },
        { secretRef: "session-keys.2027-01-31", path: "session-keys/2027-01-31" },
        { secretRef: "standard-password", path: "standard-password" },
      ],
    });
  });

  it("S0-4 AppConsole keeps its identity from the code, unless the console asks the vault for machine tokens", async () => {
    assert.deepEqual(app.configuration.identitySettings, [{ identity: ID, lifecycle: "None" }]);
    assert.equal("env" in app.template.containers[0], false);
    const asking = appOf(await record({ machineTokens: true }));
    assert.deepEqual(asking.configuration.identitySettings, [{ identity: ID, lifecycle: "Main" }]);
    assert.deepEqual(asking.template.containers[0].env, [{ name: "AZURE_CLIENT_ID", value: "client" }]);
  });

  it("AppConsole asks the console's own paths whether it is well, within what the platform takes", () => {
    const probes = app.template.containers[0].probes.map(({ type, httpGet: { path } }) => `${type} ${path}`);
    assert.deepEqual(probes, ["Startup /healthz", "Liveness /healthz", "Readiness /readyz"]);
    assert.ok(app.template.containers[0].probes.every(({ failureThreshold }) => failureThreshold <= 10));
    assert.deepEqual(app.template.scale, { minReplicas: 2, maxReplicas: 2 });
  });

  it("AppConsole is known by the host and certificate that the stage file names, else by the environment's own", async () => {
    const environment = appPlan().environment;
    const certificate = `${environment}/managedCertificates/console`;
    const recording = await record({ host: "console.company.com", certificate });
    assert.deepEqual(appOf(recording).configuration.ingress["customDomains"], [
      { name: "console.company.com", bindingType: "SniEnabled", certificateId: certificate },
    ]);
    assert.equal(recording.outputs["host"], "console.company.com");
    assert.equal("customDomains" in app.configuration.ingress, false);
  });
});
