import assert from "node:assert/strict";
import { consolePorts, consoleReference } from "../../../src/domain/console/planConsole";
import { clusterPlan, CONSOLE_DIGEST, IN_APPS, IN_CLUSTER, NAMED, planWith } from "../../support/console/deployment";

const identityOf = (console: unknown, stage = {}) =>
  planWith(console, stage).identities.identities.find(({ name }) => name === "id-orders-qa-console");
const rightsOf = (console: unknown) => identityOf(console)?.grants.map(({ role, on }) => ({ role, ...on }));

const PASSWORDS = [
  { role: "ReadSecret", at: "secret", name: "orders-qa-orders-pull-secure", class: "secure" },
  { role: "ReadSecret", at: "secret", name: "orders-qa-orders-pull-standard", class: "standard" },
];

describe("planConsole", () => {
  it("S0-4 planConsole lets the console read the passwords that it mounts, and nothing else", () => {
    assert.deepEqual(rightsOf(IN_CLUSTER), PASSWORDS);
    const files = { "client-secret": "console-client", "session-keys/2027-01-31": "console-key" };
    assert.deepEqual(rightsOf({ ...IN_CLUSTER, files })?.slice(0, 2), [
      { role: "ReadSecret", at: "secret", name: "console-client" },
      PASSWORDS[0],
    ]);
    assert.equal(rightsOf({ ...IN_CLUSTER, files })?.length, 4);
  });

  it("S0-4 planConsole lets it read the whole vault only where it is to read machine tokens", () => {
    const vault = { role: "ReadSecret", at: "vault" };
    assert.deepEqual(rightsOf({ ...IN_CLUSTER, machineTokens: true }), [...PASSWORDS, vault]);
  });

  it("planConsole lets an identity pull where the platform pulls as one", () => {
    const pull = { role: "AcrPull", at: "registry", class: "secure" };
    assert.deepEqual(rightsOf({ ...IN_CLUSTER, pull: { how: "workload-identity" } }), [pull, ...PASSWORDS]);
    assert.deepEqual(rightsOf(IN_APPS), [pull, ...PASSWORDS]);
  });

  it("planConsole lets one account of the cluster be the identity; a container app has it without a login", () => {
    const [login, ...more] = identityOf(IN_CLUSTER)?.credentials ?? [];
    assert.equal(login?.subject, "system:serviceaccount:console:orders-console");
    assert.equal(login.issuer, "https://oidc.example.com/qa/");
    assert.deepEqual([more, identityOf(IN_APPS)?.credentials], [[], []]);
  });

  it("planConsole makes no identity where a Secret has the logins and nodes pull, whoever holds the registries", () => {
    const console = { ...IN_CLUSTER, logins: { from: "secret", name: "logins" }, issuer: undefined };
    assert.equal(identityOf(console), undefined);
    const { console: plan, registries } = planWith(console, { registries: NAMED });
    assert.deepEqual([plan?.identity, plan?.files, plan?.vaultName], [undefined, [], undefined]);
    assert.deepEqual(consolePorts(registries), [443, 5000]);
  });

  it("planConsole takes a secret that the stage file names in place of a token's password", () => {
    const { files } = clusterPlan({ files: { "secure-password": "robot", "secure-username": "robot-name" } });
    assert.deepEqual(files, [
      { file: "secure-password", secretName: "robot" },
      { file: "secure-username", secretName: "robot-name" },
      { file: "standard-password", secretName: "orders-qa-orders-pull-standard", class: "standard" },
    ]);
  });

  it("S0-3 consoleReference is the image by digest, at the registry's host and below its path", () => {
    const plan = clusterPlan();
    const at = (registry: Parameters<typeof consoleReference>[1]) => consoleReference(plan, registry);
    assert.equal(at({ host: "a.azurecr.io" }), `a.azurecr.io/orders/console@${CONSOLE_DIGEST}`);
    assert.equal(at({ host: "ghcr.io", namespace: "co" }), `ghcr.io/co/orders/console@${CONSOLE_DIGEST}`);
  });
});
