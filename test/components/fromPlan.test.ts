import assert from "node:assert/strict";
import type { RecordedResource, Recording } from "../../src/preview/recording";
import { recordProgram, recordProject, theResource } from "../support/recorder";
import { example } from "../support/examples";

const COMPONENT = "dualregistry:index:StageIdentities";
const IDENTITY = "azure-native:managedidentity:UserAssignedIdentity";
const ASSIGNMENT = "azure-native:authorization:RoleAssignment";

const of = (recording: Recording, type: string): RecordedResource[] =>
  recording.resources.filter((resource) => resource.type === type);

describe("makeIdentities", () => {
  let recording: Recording;

  before(async () => {
    recording = await recordProgram({ program: example("everything"), stack: "qa" });
  });

  it("makeIdentities gives rights on a registry once it stands, to be replaced with it", () => {
    const registry = theResource(recording, "azure-native:containerregistry:Registry", "orders-secure-registry");
    const own = of(recording, ASSIGNMENT).filter(({ name }) => name.endsWith("-registry-secure"));
    assert.equal(own.length, 8);
    for (const { name, options } of own) {
      assert.ok(options.dependsOn?.includes(registry.urn), name);
      assert.deepEqual(options.replaceWith, [registry.urn], name);
    }
  });

  it("S0-5 makeIdentities gives rights on an adopted registry, and they do not outlive the stack as it does", () => {
    const registry = theResource(recording, "azure-native:containerregistry:Registry", "orders-standard-registry");
    assert.equal(registry.options.retainOnDelete, true);
    const push = theResource(
      recording,
      ASSIGNMENT,
      "orders-identities-id-orders-qa-publish-standard-AcrPush-registry-standard",
    );
    assert.ok(push.options.retainOnDelete !== true && push.options.protect !== true);
  });

  it("makeIdentities gives nothing on a stage before that holds no registry, and nothing to a stage that names them", async () => {
    assert.ok(of(recording, ASSIGNMENT).every(({ name }) => !name.includes("-before-")));
    const dev = await recordProgram({ program: example("everything"), stack: "dev" });
    assert.deepEqual(of(dev, COMPONENT), []);
  });

  it("S1-4 makeIdentities and the tokens are what the stack says of access: a line for each assignment", () => {
    const access = recording.outputs["access"];
    assert.ok(Array.isArray(access));
    const rows = JSON.stringify(access);
    for (const { inputs } of of(recording, IDENTITY))
      assert.ok(rows.includes(`"who":${JSON.stringify(inputs["resourceName"])}`));
    const identities = recording.outputs["identities"];
    assert.ok(Array.isArray(identities));
    assert.equal(identities.length, of(recording, IDENTITY).length);
  });

  it("S1-1 makeIdentities tells the environment of a class whom to log in as, and no secret", () => {
    const type = "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable";
    const variable = theResource(recording, type, "orders-gates-qa-publish-secure-AZURE_CLIENT_ID");
    const identity = theResource(recording, IDENTITY, "orders-identities-id-orders-qa-publish-secure");
    assert.ok(variable.options.dependsOn?.includes(identity.urn));
    assert.ok(of(recording, "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret").length === 0);
  });

  it("makeIdentities fails where the stage before turns out to hold no registry, and says what to write", async () => {
    const shared = {
      product: { value: { name: "orders", domain: "company.com", repository: "orders" } },
      images: { value: [{ repository: "orders/api", class: "secure" }] },
      stages: { value: ["dev", "qa"] },
      gates: {
        value: { roles: { qa: [{ team: "qa", id: 1 }] }, signOffs: { qa: ["qa"] }, automation: { app: 2 } },
      },
    };
    const named = (imageClass: string) => ({ mode: "reference", kind: "ghcr", host: "ghcr.io", namespace: imageClass });
    const common = { "github:owner": "company", "sample:location": "westeurope" };
    const { failures } = await recordProject({
      program: 'export = require("./src/index");\n',
      projectYaml: `config: ${JSON.stringify(shared)}\n`,
      stacks: {
        dev: { ...common, "sample:registries": { secure: named("a"), standard: named("b") } },
        qa: {
          ...common,
          "azure-native:subscriptionId": "00000000-0000-0000-0000-0000000000a1",
          "sample:before": "organization/sample/dev",
          "sample:owns": ["repository", "subscription"],
        },
      },
    });
    assert.deepEqual(
      failures.map(({ stack }) => stack),
      ["qa"],
      JSON.stringify(failures),
    );
    assert.match(failures[0]?.message ?? "", /"organization\/sample\/dev" holds no secure registry in Azure/);
    assert.match(failures[0]?.message ?? "", /write before as the name of the stage alone/);
  });
});
