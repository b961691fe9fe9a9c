import assert from "node:assert/strict";
import { decodeConfig } from "../../../src/config";
import { NAME_LIMITS, vaultName } from "../../../src/domain/plan/names";
import { planStage } from "../../../src/domain/plan/planStage";
import { facts, rawConfig } from "../../support/rawConfig";

const plan = (stage = "", shared = "") =>
  planStage(
    decodeConfig(
      rawConfig({
        ...(stage === "" ? {} : { stage: facts(stage) }),
        ...(shared === "" ? {} : { shared: facts(shared) }),
      }),
    ),
  );

describe("planPasswords", () => {
  it("gives every token a secret of its own and an expiry, in a vault of the stage (S0-4)", () => {
    const { passwords, tokens } = plan();
    assert.deepEqual(passwords?.secrets, [
      {
        token: "orders-pull",
        consumer: "orders",
        registry: "secure",
        secretName: "orders-qa-orders-pull-secure",
        days: 90,
      },
      {
        token: "orders-pull",
        consumer: "orders",
        registry: "standard",
        secretName: "orders-qa-orders-pull-standard",
        days: 180,
      },
    ]);
    assert.equal(passwords.secrets.length, tokens.length);
    assert.equal(passwords.vault.vaultName, "kv-orders-qa");
  });

  it("warns where no rotation has a date, and of nothing else", () => {
    assert.match(plan().passwords?.warning ?? "", /ends 90 days after .* passwords\.rotate in Pulumi\.qa\.yaml/);
    const dated = plan("passwords: { rotate: 2026-10-01 }").passwords;
    assert.deepEqual([dated?.rotate, dated?.warning], ["2026-10-01", undefined]);
  });

  it("names the day of a leak with each token of that consumer, and with no other (S0-4)", () => {
    const shared = "consumers: [{ name: shop, pull: [orders/api] }]";
    const { passwords } = plan("passwords: { rotate: 2026-10-01, leaked: { orders: 2026-10-05 } }", shared);
    const named = passwords?.secrets.map(({ consumer, leaked }) => `${consumer} ${leaked ?? "never"}`);
    assert.deepEqual(named, ["orders 2026-10-05", "orders 2026-10-05", "shop never"]);
  });

  it("plans none where they are off, or the registries are only named", () => {
    assert.equal(plan("passwords: off").passwords, undefined);
    const named = (namespace: string) => `{ mode: reference, kind: ghcr, host: ghcr.io, namespace: ${namespace} }`;
    assert.equal(plan(`registries: { secure: ${named("one")}, standard: ${named("two")} }`).passwords, undefined);
  });

  it("never lets a password live longer than its class allows (S0-4)", () => {
    const shared =
      "consumers: [{ name: shop, pull: [orders/api], tokenDays: 7 }]\ntokens: { ceilingDays: { secure: 14, standard: 30 } }";
    const days = plan("", shared).passwords?.secrets.map((one) => `${one.consumer} ${one.registry} ${one.days}`);
    assert.deepEqual(days, ["orders secure 14", "orders standard 30", "shop secure 7"]);
  });
});

describe("planVault", () => {
  it("lets whoever makes a vault write it, unless others are named", () => {
    const [deployer, ...none] = plan().passwords?.vault.writers ?? [];
    assert.deepEqual([deployer?.principalId, none], [undefined, []]);
    const id = "3d0b1d5e-7c0f-4a51-9f60-8c1b3a52f7d4";
    const [named, ...others] = plan(`vault: { writers: [${id}] }`).passwords?.vault.writers ?? [];
    assert.deepEqual([named?.principalId, others], [id, []]);
    assert.notEqual(named?.assignment, deployer?.assignment);
  });

  it("planPasswords sends a vault single addresses as Key Vault answers them", () => {
    const vault = plan("vault: { allowedIps: [203.0.113.0/24, 198.51.100.7] }").passwords?.vault;
    assert.deepEqual(vault?.mode === "create" && vault.allowedIps, ["198.51.100.7/32", "203.0.113.0/24"]);
  });

  it("takes a vault that exists, by id, and gives nobody rights on it", () => {
    const id =
      "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/Kv-Company";
    assert.deepEqual(plan(`vault: { mode: reference, id: ${id} }`).passwords?.vault, {
      mode: "reference",
      vaultName: "Kv-Company",
      id,
      uri: "https://kv-company.vault.azure.net/",
      writers: [],
    });
  });
});

describe("vaultName", () => {
  it("fits what Azure takes, whatever the product's name", () => {
    const names = ["a1", "orders", "my--orders", "a-very-long-product-1234"].map((product) =>
      vaultName(product, "prod"),
    );
    for (const name of names) assert.match(name, /^(?!.*--)[a-z][a-z0-9-]{1,22}[a-z0-9]$/, name);
    assert.ok(names.every(({ length }) => length >= NAME_LIMITS.vault.min && length <= NAME_LIMITS.vault.max));
  });
});

describe("planPullAccess", () => {
  const issuer = "issuer: https://oidc.example.com/qa/";
  const access = (how: string) => plan(`pullAccess: [{ consumer: orders, namespace: shop, how: ${how}, ${issuer} }]`);

  it("gives a service account an identity that pulls without a password (S0-4)", () => {
    const { pullAccess, identities } = access("workload-identity");
    assert.deepEqual(
      pullAccess.map(({ secrets, identity }) => [secrets, identity]),
      [[[], "id-orders-qa-pull-orders"]],
    );
    const made = identities.identities.find(({ name }) => name === "id-orders-qa-pull-orders");
    assert.ok(made);
    assert.deepEqual(
      made.credentials.map(({ subject }) => subject),
      ["system:serviceaccount:shop:orders"],
    );
    assert.deepEqual(
      made.grants.map(({ role }) => role),
      ["AcrPull", "AcrPull"],
    );
  });

  for (const how of ["external-secrets", "csi"]) {
    it(`gives ${how} an identity that reads its consumer's secrets and nothing else (S0-4)`, () => {
      const { pullAccess, identities } = access(how);
      const made = identities.identities.find(({ name }) => name === pullAccess[0]?.identity);
      assert.ok(made);
      assert.deepEqual(
        made.grants.map(({ role, on }) => [role, on]),
        ["secure", "standard"].map((of) => [
          "ReadSecret",
          { at: "secret", class: of, name: `orders-qa-orders-pull-${of}` },
        ]),
      );
    });
  }
});
