import assert from "node:assert/strict";
import type { RecordedResource, Recording } from "../../../src/preview/recording";
import { assertNoUnexpected, recordProgram, theResource } from "../../support/recorder";

const COMPONENT = "dualregistry:index:StageIdentities";
const IDENTITY = "azure-native:managedidentity:UserAssignedIdentity";
const CREDENTIAL = "azure-native:managedidentity:FederatedIdentityCredential";
const ASSIGNMENT = "azure-native:authorization:RoleAssignment";
const DEFINITION = "azure-native:authorization:RoleDefinition";

const SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001";
const BEFORE = "/subscriptions/00000000-0000-0000-0000-000000000002";
const registryId = (group: string, name: string) => `${group}/providers/Microsoft.ContainerRegistry/registries/${name}`;

const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import { StageIdentities } from "./src/components/identities/stageIdentities";

const login = (name: string) => ({ name, issuer: "https://token.example.com", subject: "repo:company/orders:" + name });
for (const name of ["first", "second"]) {
  new StageIdentities(name, {
    resourceGroupName: "rg-orders",
    groupId: pulumi.output("${SUBSCRIPTION}/resourceGroups/rg-orders"),
    location: "westeurope",
    tags: { stage: "qa" },
    registries: {
      secure: { id: pulumi.output("${registryId(`${SUBSCRIPTION}/resourceGroups/rg-orders`, "ordersqasecure")}") },
      standard: { id: "${registryId(`${SUBSCRIPTION}/resourceGroups/old`, "companyold")}" },
    },
    before: { secure: "${registryId(`${BEFORE}/resourceGroups/rg-before`, "ordersdevsecure")}" },
    workspaceId: "${SUBSCRIPTION}/resourceGroups/rg-logs/providers/Microsoft.OperationalInsights/workspaces/log",
    roles: [{ key: "Sweep", guid: "role-guid", roleName: "sweep images", description: "d", actions: ["a/read"], dataActions: [] }],
    identities: [
      {
        name: "id-promote",
        purpose: "promote",
        class: "secure",
        credentials: [login("one"), login("two"), login("three")],
        grants: [
          { role: "AcrPush", on: { at: "registry", class: "secure" }, name: "guid-1" },
          { role: "AcrPull", on: { at: "before", class: "secure" }, name: "guid-2" },
        ],
      },
      {
        name: "id-sweep",
        purpose: "sweep",
        credentials: [login("sweep")],
        grants: [
          { role: "Sweep", on: { at: "registry", class: "secure" }, name: "guid-3" },
          { role: "Sweep", on: { at: "registry", class: "standard" }, name: "guid-4" },
          { role: "LogReader", on: { at: "workspace" }, name: "guid-5" },
        ],
      },
    ],
  });
}
`;

const of = (recording: Recording, type: string): RecordedResource[] =>
  recording.resources.filter((resource) => resource.type === type);

describe("StageIdentities", () => {
  let recording: Recording;

  before(async () => {
    recording = await recordProgram({ program: PROGRAM });
  });

  it("StageIdentities registers only types of its own and of azure-native, twice without a collision", () => {
    assertNoUnexpected(recording, [COMPONENT, IDENTITY, CREDENTIAL, ASSIGNMENT, DEFINITION]);
    assert.equal(of(recording, IDENTITY).length, 4);
    const urns = recording.resources.map(({ urn }) => urn);
    assert.equal(new Set(urns).size, urns.length);
    assert.deepEqual(recording.logs, []);
  });

  it("S1-1 StageIdentities makes identities that hold no secret: a way in is issuer, subject and audience", () => {
    const identity = theResource(recording, IDENTITY, "first-id-promote");
    assert.deepEqual(identity.inputs, {
      resourceName: "id-promote",
      resourceGroupName: "rg-orders",
      location: "westeurope",
      tags: { stage: "qa" },
    });
    const credential = theResource(recording, CREDENTIAL, "first-id-promote-login-one");
    assert.deepEqual(credential.inputs, {
      resourceName: "id-promote",
      resourceGroupName: "rg-orders",
      federatedIdentityCredentialResourceName: "one",
      issuer: "https://token.example.com",
      subject: "repo:company/orders:one",
      audiences: ["api://AzureADTokenExchange"],
    });
    assert.deepEqual(credential.options.replaceWith, [identity.urn]);
  });

  it("StageIdentities makes the credentials of an identity one after the other: Azure answers 409 to two at once", () => {
    const [one, two, three] = ["one", "two", "three"].map((name) =>
      theResource(recording, CREDENTIAL, `first-id-promote-login-${name}`),
    );
    assert.ok(one && two && three);
    assert.ok(two.options.dependsOn?.includes(one.urn));
    assert.ok(three.options.dependsOn?.includes(two.urn));
    const others = of(recording, CREDENTIAL).map(({ urn }) => urn);
    assert.ok(!one.options.dependsOn?.some((urn) => others.includes(urn)));
  });

  it("S0-15 StageIdentities gives push on the one registry of the class, and read on the one before", () => {
    const push = theResource(recording, ASSIGNMENT, "first-id-promote-AcrPush-registry-secure").inputs;
    assert.deepEqual(push, {
      roleAssignmentName: "guid-1",
      scope: registryId(`${SUBSCRIPTION}/resourceGroups/rg-orders`, "ordersqasecure"),
      roleDefinitionId: `${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/8311e382-0749-4cb8-b61a-304f252e45ec`,
      principalId: "[unknown]",
      principalType: "ServicePrincipal",
      description: "AcrPush, to promote",
    });
    const pull = theResource(recording, ASSIGNMENT, "first-id-promote-AcrPull-before-secure").inputs;
    assert.equal(pull["scope"], registryId(`${BEFORE}/resourceGroups/rg-before`, "ordersdevsecure"));
    assert.equal(
      pull["roleDefinitionId"],
      `${BEFORE}/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d`,
    );
  });

  it("StageIdentities takes an assignment away before it makes the next: Azure refuses two of one meaning or name", () => {
    for (const { name, options } of of(recording, ASSIGNMENT)) assert.equal(options.deleteBeforeReplace, true, name);
  });

  it("StageIdentities defines a role for the groups of what it is given on, before it is given", () => {
    const role = theResource(recording, DEFINITION, "first-role-Sweep");
    assert.deepEqual(role.inputs, {
      roleDefinitionId: "role-guid",
      scope: `${SUBSCRIPTION}/resourceGroups/rg-orders`,
      roleName: "sweep images",
      roleType: "CustomRole",
      description: "d",
      permissions: [{ actions: ["a/read"], dataActions: [] }],
      assignableScopes: [`${SUBSCRIPTION}/resourceGroups/old`, `${SUBSCRIPTION}/resourceGroups/rg-orders`],
    });
    for (const imageClass of ["secure", "standard"]) {
      const given = theResource(recording, ASSIGNMENT, `first-id-sweep-Sweep-registry-${imageClass}`);
      assert.ok(given.options.dependsOn?.includes(role.urn));
      assert.equal(
        given.inputs["roleDefinitionId"],
        `${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/role-guid`,
      );
    }
  });
});
