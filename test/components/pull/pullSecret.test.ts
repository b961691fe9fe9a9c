import assert from "node:assert/strict";
import { pullSecretTemplate } from "../../../src/components/pull/pullSecretTemplate";

/** Fills a template as External Secrets' engine does, as far as this one goes. */
function fill(template: string, values: Readonly<Record<string, string>>): string {
  const value = (key = "") => values[key] ?? assert.fail(`no value ${key}`);
  return template
    .replace(/\{\{ printf "%s:%s" ("[^"]*") \.(\w+) \| b64enc \| toJson \}\}/g, (_, user: string, key: string) =>
      JSON.stringify(Buffer.from(`${JSON.parse(user) as string}:${value(key)}`).toString("base64")),
    )
    .replace(/\{\{ \.(\w+) \| toJson \}\}/g, (_, key: string) => JSON.stringify(value(key)));
}

describe("pullSecretTemplate", () => {
  const hosts = [
    { host: "ordersqasecure.azurecr.io", username: "shop-pull", key: "login0" },
    { host: "ordersqastandard.azurecr.io", username: "shop-pull", key: "login1" },
  ];

  it("is a Docker login file of each host, whatever a password holds (S4-5)", () => {
    const passwords = { login0: 'quo"te\\', login1: "plain" };
    const { auths } = JSON.parse(fill(pullSecretTemplate(hosts), passwords)) as {
      auths: Record<string, { username: string; password: string; auth: string }>;
    };
    assert.deepEqual(
      Object.keys(auths),
      hosts.map(({ host }) => host),
    );
    const { username, password, auth } = auths["ordersqasecure.azurecr.io"] ?? {};
    assert.deepEqual([username, password], ["shop-pull", passwords.login0]);
    assert.equal(Buffer.from(auth ?? "", "base64").toString(), `shop-pull:${passwords.login0}`);
  });

  it("holds no password, only places for them (S0-4)", () => {
    assert.equal(pullSecretTemplate(hosts).match(/\.login\d/g)?.length, 4);
  });
});
