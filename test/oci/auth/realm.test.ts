import assert from "node:assert/strict";
import { parseRealm } from "../../../src/oci/auth/challenge";
import { failsAs } from "../registry/support/client";

describe("parseRealm", () => {
  it("parseRealm takes https on any host, and http from loopback to loopback", () => {
    assert.equal(
      parseRealm("https://auth.example.com/token?x=1", "registry.example.com").href,
      "https://auth.example.com/token?x=1",
    );
    for (const host of ["contoso.azurecr.io", "Contoso.azurecr.io", "contoso-a1b2.azurecr.cn", "ghcr.io"]) {
      assert.equal(parseRealm(`https://${host}/oauth2/token`, host).host, host.toLowerCase());
    }
    assert.equal(parseRealm("http://localhost:1/token", "127.0.0.1:5000").host, "localhost:1");
  });

  it("parseRealm takes a path for one of the registry itself, as zot may name it", () => {
    assert.equal(
      parseRealm("/zot/auth/token", "registry.example.com:8443").href,
      "https://registry.example.com:8443/zot/auth/token",
    );
    assert.equal(parseRealm("/token?x=1", "localhost:5000").href, "http://localhost:5000/token?x=1");
    assert.equal(parseRealm("/oauth2/token", "contoso.azurecr.io").host, "contoso.azurecr.io");
    assert.equal(parseRealm("/@evil.example.com", "registry.example.com").host, "registry.example.com");
  });

  const refused: [string | undefined, string][] = [
    ["http://auth.example.com/token", "registry.example.com"],
    ["http://auth.example.com/token", "localhost:5000"],
    ["http://localhost/token", "registry.example.com"],
    ["http://localhost.example.com/token", "localhost:5000"],
    ["ftp://localhost/", "localhost:5000"],
    ["https://user:hunter2@auth.example.com/", "registry.example.com"],
    ["//evil.example.com/token", "registry.example.com"],
    ["/\\evil.example.com/token", "registry.example.com"],
    ["token", "registry.example.com"],
    ["", "registry.example.com"],
    [undefined, "registry.example.com"],
    ["https://evil.example.com/oauth2/token", "contoso.azurecr.io"],
    ["https://other.azurecr.io/oauth2/token", "contoso.azurecr.io"],
    ["https://contoso.azurecr.io:8443/oauth2/token", "contoso.azurecr.io"],
    ["https://contoso.azurecr.io.evil.example.com/oauth2/token", "contoso.azurecr.io"],
    ["https://evil.example.com/token", "ghcr.io"],
    ["https://evil.example.com/token", "europe-west3-docker.pkg.dev"],
    ["https://evil.example.com/", "123456789012.dkr.ecr.eu-central-1.amazonaws.com"],
  ];
  for (const [realm, host] of refused) {
    it(`parseRealm refuses ${realm} for ${host}`, () => {
      assert.throws(() => parseRealm(realm, host), failsAs("REGISTRY_AUTH", /nothing was sent there/));
    });
  }
});
