import assert from "node:assert/strict";
import { environmentLogin } from "../../src/doctor/probe";

describe("environmentLogin", () => {
  const identity = { ARM_CLIENT_ID: "id", ARM_TENANT_ID: "tenant" };

  it("environmentLogin takes a service principal with a secret or by OIDC", () => {
    const names = ["ARM_CLIENT_ID", "ARM_TENANT_ID"];
    const bySecret = environmentLogin({ ...identity, ARM_CLIENT_SECRET: "x" });
    assert.deepEqual(bySecret, { names: [...names, "ARM_CLIENT_SECRET"], clientVariable: "ARM_CLIENT_ID" });
    assert.deepEqual(environmentLogin({ ...identity, ARM_USE_OIDC: "true" })?.names, [...names, "ARM_USE_OIDC"]);
  });

  it("environmentLogin takes Azure's own variables", () => {
    const env = { AZURE_CLIENT_ID: "id", AZURE_TENANT_ID: "tenant", AZURE_FEDERATED_TOKEN_FILE: "/var/token" };
    assert.equal(environmentLogin(env)?.clientVariable, "AZURE_CLIENT_ID");
  });

  it("environmentLogin takes a managed identity, which has no variable to name it", () => {
    assert.deepEqual(environmentLogin({ ARM_USE_MSI: "true" }), { names: ["ARM_USE_MSI"] });
  });

  it("environmentLogin takes no half of a login, and no switch that is off", () => {
    assert.equal(environmentLogin(identity), undefined);
    assert.equal(environmentLogin({ ARM_CLIENT_ID: "id", ARM_CLIENT_SECRET: "x" }), undefined);
    assert.equal(environmentLogin({ ...identity, ARM_USE_OIDC: "false", ARM_CLIENT_SECRET: "" }), undefined);
    assert.equal(environmentLogin({ ...identity, AZURE_CLIENT_SECRET: "x" }), undefined);
  });
});
