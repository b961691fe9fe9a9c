import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { login } from "../../../src/cli/registry/login";
import { keepPlatformLogin } from "../../../src/oci/credentials/keepPlatformLogin";
import type { StageOutputs } from "../../../src/outputs";
import { runCommand } from "../../support/io";
import { auth, Home, says, withProcessEnv } from "../../oci/credentials/home";
import { outputsFor } from "../../support/release/outputsFor";

const ACR = "ordersqasecure.azurecr.io";
/** What the identity has of Entra, and what the registry gives for it. */
const [ENTRA, REFRESH] = ["entra-token-of-the-promote-identity", "refresh-token-of-the-registry"];

/** Servers on loopback, with all that they were asked and sent. */
class Loopback {
  readonly heard: string[] = [];
  private server: Server | undefined;
  base = "";
  constructor(
    private readonly answer: (request: IncomingMessage) => { status: number; body: unknown; location?: string },
  ) {}
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (part: Buffer) => (body += part.toString()));
      request.on("end", () => {
        this.heard.push(`${request.method ?? ""} ${request.url ?? ""} ${JSON.stringify(request.headers)} ${body}`);
        const { status, body: json, location } = this.answer(request);
        response.writeHead(status, { "content-type": "application/json", ...(location ? { location } : {}) });
        response.end(JSON.stringify(json));
      });
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  stop(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }
}

describe("whoever owns a registry, or a host that outputs name, and wants an identity's token", () => {
  const home = new Home();
  const thief = new Loopback(() => ({ status: 200, body: { refresh_token: REFRESH } }));
  let answer: { status: number; body: unknown; location?: string };
  const registry = new Loopback(() => answer);
  /** How often the identity was asked for its token. */
  const asked = (): number => (existsSync(home.path("asked")) ? home.read("asked").split("\n").length - 1 : 0);
  before(async () => {
    const answers = JSON.stringify({
      accessToken: ENTRA,
      expiresOn: "2099-01-01 00:00:00.000000",
      expires_on: 4070908800,
    });
    home.write("bin/az", `#!/bin/sh\necho asked >> ${home.path("asked")}\necho '${answers}'\n`);
    chmodSync(home.path("bin/az"), 0o755);
    await Promise.all([thief.start(), registry.start()]);
  });
  beforeEach(() => {
    answer = { status: 200, body: { refresh_token: REFRESH } };
    for (const one of [thief, registry]) one.heard.length = 0;
    rmSync(home.path("asked"), { force: true });
  });
  after(() => {
    for (const one of [thief, registry]) one.stop();
    home.remove();
  });

  /** An Azure identity on this machine, and no other. */
  const asIdentity = <T>(work: () => Promise<T>): Promise<T> =>
    withProcessEnv({ PATH: home.path("bin"), AZURE_TOKEN_CREDENTIALS: "AzureCliCredential" }, work);

  const outputs = (host: string, kind: "acr" | "distribution" = "acr"): StageOutputs =>
    outputsFor({
      ...{ stage: "uat", host: "ordersuatsecure.azurecr.io", kind: "acr", policy: { signature: false, signers: [] } },
      before: { stage: "qa", host, kind },
    });
  const logIn = (of: StageOutputs) => {
    home.write("outputs.json", of);
    const options = { outputs: home.path("outputs.json"), class: "secure", stageBefore: true, format: "text" } as const;
    return asIdentity(() => runCommand((io) => login.run(undefined, options, io), home.env));
  };

  for (const host of [
    "evil.example.com",
    "ordersqasecure.azurecr.io.evil.example.com",
    "evil-azurecr.io",
    "azurecr.io",
    "ordersqasecure.westeurope.data.azurecr.io",
    "ordersqasecure.azurecr.io:8443",
    "ordersqasecure.azurecr.io:443",
    "ordersqasecure.azurecr.com",
    "xn--zurecr-3ya.io",
    "qa.secure-registry.company.com",
  ]) {
    it(`gets no token at ${host}, where outputs call it Azure's`, async () => {
      const { code, stdout, stderr } = await logIn(outputs(host));
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(
        stderr,
        /stageBefore\.registries\.secure\.loginServer: ".*" is not a login server of Azure's registries/,
      );
      assert.match(stderr, /allowed: \*\.azurecr\.io, \*\.azurecr\.cn, \*\.azurecr\.us, on port 443/);
      assert.equal(asked(), 0);
    });
  }

  for (const host of [
    "user@ordersqasecure.azurecr.io",
    "ordersqasecure.azurecr.io/evil",
    "ordersqasecur\u0435.azurecr.io",
  ]) {
    it(`gets no token at ${JSON.stringify(host)}, which outputs cannot hold`, async () => {
      const { code, stderr } = await logIn(outputs(host));
      assert.equal(code, 2);
      assert.match(stderr, /loginServer: .*allowed: a host/);
      assert.equal(asked(), 0);
    });
  }

  it("gets no token at a registry of no platform: the identity is not even asked", async () => {
    const { code } = await logIn(outputs(thief.base.replace("http://", ""), "distribution"));
    assert.equal(code, 0);
    assert.equal(asked(), 0);
    assert.ok(thief.heard.every((line) => !line.includes(ENTRA) && !/authorization/i.test(line)));
  });

  it("gets no token by a redirect of the exchange, whichever it is (S1-1)", async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      answer = { status, body: {}, location: `${thief.base}/oauth2/exchange` };
      const endpoints = { azureRegistry: () => registry.base };
      const kept = asIdentity(() => keepPlatformLogin(ACR, home.env, endpoints));
      await assert.rejects(kept, says("REGISTRY_AUTH", /\/oauth2\/exchange could not be asked/));
    }
    assert.equal(registry.heard.length, 5);
    assert.deepEqual(thief.heard, []);
  });

  it("is kept as the registry's own token, for nobody else to read, and without the identity's", async () => {
    const endpoints = { azureRegistry: () => registry.base };
    const kept = await asIdentity(() => keepPlatformLogin(ACR, home.env, endpoints));
    assert.ok(kept);
    assert.deepEqual([kept.from, asked()], ["Azure identity", 1]);
    const file = readFileSync(kept.keptIn, "utf8");
    const { auths } = JSON.parse(file) as { auths: Record<string, { auth: string }> };
    assert.equal(auths[ACR]?.auth, auth(`00000000-0000-0000-0000-000000000000:${REFRESH}`));
    assert.ok(!file.includes(ENTRA) && !JSON.stringify(kept).includes(REFRESH));
    assert.match(registry.heard.join("\n"), /^POST \/oauth2\/exchange .*service=ordersqasecure\.azurecr\.io/);
    rmSync(kept.keptIn);
  });

  it("is told where no identity is logged in, and nothing is kept", async () => {
    const none = { PATH: "/nonexistent", AZURE_TOKEN_CREDENTIALS: "AzureCliCredential" };
    const kept = withProcessEnv(none, () => keepPlatformLogin(ACR, home.env));
    await assert.rejects(kept, says("REGISTRY_AUTH", /has no identity here.*log in to the platform first/));
    assert.throws(() => home.read(".docker/config.json"));
  });
});
