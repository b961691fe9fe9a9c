import assert from "node:assert/strict";
import { DualRegistryError } from "../../src/base/errors";
import { decodeConfig } from "../../src/config";
import { facts, rawConfig } from "../support/rawConfig";

const decode = (yaml: string) => decodeConfig(rawConfig({ stage: facts(yaml) }));
const named = (namespace: string) => `{ mode: reference, kind: ghcr, host: ghcr.io, namespace: ${namespace} }`;
const account = (more: string) =>
  `pullAccess: [{ consumer: orders, namespace: shop, how: csi, issuer: "https://oidc.example.com/", ${more} }]`;

function problems(yaml: string): string[] {
  try {
    decode(yaml);
  } catch (error) {
    assert.ok(error instanceof DualRegistryError, String(error));
    return error.message.split("\n");
  }
  return [];
}

describe("decodeConfig of passwords, vault and pull access", () => {
  for (const [title, yaml, says] of [
    ["a rotation that is no date", "passwords: { rotate: soon }", ["passwords.rotate", '"soon"', "2027-01-31"]],
    [
      "a day that no calendar has",
      'passwords: { rotate: "2026-02-30" }',
      ["passwords.rotate", "a day of the calendar"],
    ],
    ["another word than off", "passwords: on", ["passwords", "allowed: off, or { rotate: <date>, leaked: "]],
    [
      "a leak on no day",
      "passwords: { leaked: { orders: today } }",
      ["passwords.leaked.orders", '"today"', "2027-01-31"],
    ],
    [
      "a leak of somebody there is not",
      "passwords: { leaked: { lab: 2027-01-31 } }",
      ["passwords.leaked", '"lab" is not a consumer of qa', "allowed: orders"],
    ],
    ["a vault's name with two hyphens together", "vault: { name: kv--orders }", ["vault.name", "single hyphens"]],
    ["a vault's name of 25 characters", "vault: { name: kv-orders-123456789012345 }", ["vault.name", "3 to 24"]],
    [
      "a reference that names no vault",
      "vault: { mode: reference, id: kv-orders }",
      ["vault.id", "Microsoft.KeyVault/vaults"],
    ],
    ["another mode", "vault: { mode: adopt }", ["vault", "allowed: create, reference"]],
    ["a writer that is no object id", "vault: { writers: [somebody] }", ["vault.writers", "a guid"]],
    [
      "a way there is not",
      account("serviceAccount: x").replace("csi", "magic"),
      ["pullAccess", "external-secrets, csi"],
    ],
    [
      "a consumer there is not",
      account("").replace("orders", "lab"),
      ["pullAccess[0].consumer", '"lab"', "allowed: orders"],
    ],
    ["an issuer over http", account("").replace("https", "http"), ["issuer", "OIDC issuer"]],
    [
      "a password to read where there is none",
      `passwords: off\n${account("")}`,
      ["pullAccess[0].how", "passwords is off"],
    ],
    [
      "access to registries that are only named",
      `registries: { secure: ${named("one")}, standard: ${named("two")} }\n${account("")}`,
      ["pullAccess[0].how", "holds no registry"],
    ],
  ] as const) {
    it(`decodeConfig refuses ${title}, in one line`, () => {
      const lines = problems(yaml);
      assert.equal(lines.length, 1, lines.join("\n"));
      for (const text of says) assert.ok(lines[0]?.includes(text), `${lines[0] ?? ""}\nlacks ${text}`);
    });
  }

  it("decodeConfig refuses an account that is listed twice, and 21 that log in as one", () => {
    const one = (at: number) =>
      `{ consumer: orders, namespace: n${at}, how: csi, issuer: "https://oidc.example.com/" }`;
    assert.match(problems(`pullAccess: [${one(1)}, ${one(1)}]`).join("\n"), /"n1\/orders" is listed twice/);
    const many = Array.from({ length: 21 }, (_, at) => one(at)).join(", ");
    assert.match(problems(`pullAccess: [${many}]`).join("\n"), /21 accounts, .*at most 20/);
  });

  it("decodeConfig takes a date quoted, unquoted, or as Pulumi reads an unquoted one", () => {
    for (const rotate of ["2026-10-01", "2026-10-01 00:00:00 +0000 UTC"]) {
      const { passwords } = decodeConfig(rawConfig({ stage: { passwords: { rotate } } }));
      assert.deepEqual(passwords, { rotate: "2026-10-01" });
    }
  });

  it("decodeConfig takes off as a word, and as what YAML 1.1 makes of it", () => {
    for (const off of ["off", "false"]) {
      assert.equal(decodeConfig(rawConfig({ stage: { passwords: off } })).passwords, "off");
    }
  });
});
