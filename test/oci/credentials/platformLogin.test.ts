import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { credentialsFor } from "../../../src/oci/credentials/credentialsFor";
import { auth, Home, says, withProcessEnv } from "./home";

const ACR = "contoso.azurecr.io";
const ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
const GOOGLE = "europe-west3-docker.pkg.dev";

/** The libraries' own ways to other machines, closed. */
const CLOSED = {
  PATH: "/nonexistent",
  AZURE_TOKEN_CREDENTIALS: "ManagedIdentityCredential",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: "/nonexistent",
  AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
  METADATA_SERVER_DETECTION: "none",
  GOOGLE_APPLICATION_CREDENTIALS: undefined,
};

const jwt = (exp: number): string => `e30.${Buffer.from(JSON.stringify({ exp })).toString("base64url")}.x`;

describe("platform logins, with the platforms' own libraries", () => {
  const home = new Home();
  let handle: (request: IncomingMessage, body: string) => { status: number; body: unknown; location?: string };
  let asked: string[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      asked.push(`${request.method ?? ""} ${new URL(request.url ?? "", "http://x").pathname}`);
      const answer = handle(request, body);
      if (answer.location !== undefined) response.setHeader("location", answer.location);
      response.writeHead(answer.status, { "content-type": "application/json", "metadata-flavor": "Google" });
      response.end(JSON.stringify(answer.body));
    });
  });
  let base = "";
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => (asked = []));
  after(() => {
    server.closeAllConnections();
    server.close();
    home.remove();
  });
  const endpoints = { azureRegistry: (): string => base };
  const soon = (): number => Math.floor(Date.now() / 1000) + 3600;
  const azureEnv = (): Record<string, string> => ({ IDENTITY_ENDPOINT: `${base}/msi`, IDENTITY_HEADER: "header" });

  it("credentialsFor exchanges the Azure identity's token, made for registries and not for ARM, for the registry's", async () => {
    const exp = soon();
    const audiences: (string | null)[] = [];
    handle = (request, body) => {
      if (request.url?.startsWith("/msi") === true) {
        audiences.push(new URL(request.url, "http://x").searchParams.get("resource"));
        return { status: 200, body: { access_token: "hunter2", expires_on: String(exp), token_type: "Bearer" } };
      }
      const form = Object.fromEntries(new URLSearchParams(body));
      assert.deepEqual(form, { grant_type: "access_token", service: ACR, access_token: "hunter2" });
      return { status: 200, body: { refresh_token: jwt(exp) } };
    };
    const credential = await withProcessEnv({ ...CLOSED, ...azureEnv() }, () =>
      credentialsFor(home.env, { endpoints })(ACR),
    );
    assert.deepEqual(credential, { kind: "identity-token", token: jwt(exp), from: "Azure identity" });
    assert.deepEqual(asked, ["GET /msi", "POST /oauth2/exchange"]);
    assert.deepEqual(audiences, ["https://containerregistry.azure.net"]);
  });

  it("credentialsFor says that the registry refused the Azure identity, and tells no token", async () => {
    handle = (request) =>
      request.url?.startsWith("/msi") === true
        ? { status: 200, body: { access_token: "hunter2", expires_on: String(soon()), token_type: "Bearer" } }
        : { status: 401, body: { errors: [{ message: "hunter2" }] } };
    const source = credentialsFor(home.env, { endpoints });
    const pattern = /^contoso\.azurecr\.io: Azure identity gave no login: \/oauth2\/exchange answered 401/;
    await assert.rejects(
      withProcessEnv({ ...CLOSED, ...azureEnv() }, () => source(ACR)),
      says("REGISTRY_AUTH", pattern),
    );
  });

  it("credentialsFor takes the Azure identity's token nowhere else, whatever the registry answers", async () => {
    handle = (request) =>
      request.url?.startsWith("/msi") === true
        ? { status: 200, body: { access_token: "hunter2", expires_on: String(soon()), token_type: "Bearer" } }
        : { status: 307, body: {}, location: `${base}/elsewhere` };
    const source = credentialsFor(home.env, { endpoints });
    await assert.rejects(
      withProcessEnv({ ...CLOSED, ...azureEnv() }, () => source(ACR)),
      says("REGISTRY_AUTH", /could not be asked/),
    );
    // The identity's library keeps its token, so that it need not ask for it again.
    assert.deepEqual(asked.slice(-1), ["POST /oauth2/exchange"]);
  });

  it("credentialsFor asks without a login where there is no Azure identity, and says so", async () => {
    const none = { ...CLOSED, AZURE_TOKEN_CREDENTIALS: "AzureCliCredential" };
    const { kind, from } = await withProcessEnv(none, () => credentialsFor(home.env, { endpoints })(ACR));
    assert.equal(kind, "anonymous");
    assert.match(from, /^no login: Azure identity has no identity here/);
    assert.deepEqual(asked, []);
  });

  const awsEnv = (): Record<string, string> => ({
    AWS_ENDPOINT_URL_ECR: base,
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "hunter2",
    AWS_MAX_ATTEMPTS: "1",
  });

  it("credentialsFor gets ECR's login for the region of the host", async () => {
    handle = (request) => {
      assert.equal(request.headers["x-amz-target"], "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken");
      assert.match(request.headers.authorization ?? "", /Credential=AKIDEXAMPLE\/\d+\/eu-central-1\/ecr\//);
      return {
        status: 200,
        body: { authorizationData: [{ authorizationToken: auth("AWS:token"), expiresAt: soon() }] },
      };
    };
    const credential = await withProcessEnv({ ...CLOSED, ...awsEnv() }, () => credentialsFor(home.env)(ECR));
    const from = "AWS (ECR GetAuthorizationToken)";
    assert.deepEqual(credential, { kind: "basic", username: "AWS", password: "token", from });
  });

  it("credentialsFor says what AWS refused, and asks without a login where there is no identity", async () => {
    handle = () => ({ status: 400, body: { __type: "AccessDeniedException", message: "hunter2" } });
    const source = credentialsFor(home.env);
    await assert.rejects(
      withProcessEnv({ ...CLOSED, ...awsEnv() }, () => source(ECR)),
      says("REGISTRY_AUTH", /AccessDeniedException; see whether the identity may call ecr:GetAuthorizationToken/),
    );
    const nobody = { ...CLOSED, AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    assert.equal((await withProcessEnv(nobody, () => source(ECR))).kind, "anonymous");
  });

  it("credentialsFor gets Google's access token from where the process runs", async () => {
    handle = (request) => {
      const token = { access_token: "ya29", expires_in: 3600, token_type: "Bearer" };
      return request.url?.includes("/token") === true ? { status: 200, body: token } : { status: 200, body: {} };
    };
    const there = {
      ...CLOSED,
      HOME: home.dir,
      GCE_METADATA_HOST: base.slice(7),
      METADATA_SERVER_DETECTION: "assume-present",
    };
    const credential = await withProcessEnv(there, () => credentialsFor(home.env)(GOOGLE));
    const from = "Google application default credentials";
    assert.deepEqual(credential, { kind: "basic", username: "oauth2accesstoken", password: "ya29", from });
    const { kind } = await withProcessEnv({ ...CLOSED, HOME: home.dir }, () => credentialsFor(home.env)(GOOGLE));
    assert.equal(kind, "anonymous");
  });

  it("credentialsFor takes GITHUB_TOKEN for ghcr.io alone", async () => {
    const source = credentialsFor({ ...home.env, GITHUB_TOKEN: "t" });
    const expected = { kind: "basic", username: "x-access-token", password: "t", from: "GITHUB_TOKEN" };
    assert.deepEqual(await source("ghcr.io"), expected);
    const actor = credentialsFor({ ...home.env, GITHUB_TOKEN: "t", GITHUB_ACTOR: "octo" });
    assert.deepEqual(await actor("ghcr.io"), { ...expected, username: "octo" });
    assert.equal((await credentialsFor(home.env)("ghcr.io")).kind, "anonymous");
    for (const host of ["ghcr.io.evil.com", "evil-ghcr.io", "ghcr.io:443", "a.ghcr.io"])
      assert.equal((await source(host)).kind, "anonymous", host);
  });

  it("credentialsFor gives no platform's login to a host that only looks like its own", async () => {
    handle = () => ({ status: 500, body: {} });
    const all = { ...CLOSED, ...azureEnv(), ...awsEnv(), GCE_METADATA_HOST: base.slice(7) };
    await withProcessEnv(all, async () => {
      const source = credentialsFor({ ...home.env, GITHUB_TOKEN: "t" }, { endpoints });
      for (const host of [
        "contoso.azurecr.io.evil.com",
        "evil.com:443/contoso.azurecr.io",
        "a.b.azurecr.io",
        "contoso.azurecr.io:5000",
        "contosoazurecr.io",
        "x.dkr.ecr.eu-central-1.amazonaws.com",
        `${ECR}.evil.com`,
        `evil.com#${ECR}`,
        "123456789012.dkr.ecr.eu-central-1.evil.com",
        "-docker.pkg.dev",
        "docker.pkg.dev",
        `${GOOGLE}.evil.com`,
        `evil.com/${GOOGLE}`,
      ])
        assert.deepEqual(await source(host), { kind: "anonymous", from: "no login found" }, host);
    });
    assert.deepEqual(asked, []);
  });

  it("credentialsFor prefers what is configured to the platform", async () => {
    const own = new Home();
    own.docker({ auths: { [ACR]: { auth: auth("me:x") } } });
    assert.equal((await credentialsFor(own.env)(ACR)).from, "~/.docker/config.json");
    own.remove();
  });

  it("credentialsFor asks once for a host at a time, and again before the login ends", async () => {
    let now = Date.now();
    const first = Math.floor(now / 1000) + 3600;
    let exchanges = 0;
    handle = (request) => {
      if (request.url?.startsWith("/msi") === true)
        return {
          status: 200,
          body: { access_token: "hunter2", expires_on: String(first + 86_400), token_type: "Bearer" },
        };
      exchanges++;
      return { status: 200, body: { refresh_token: jwt(first + exchanges) } };
    };
    const source = credentialsFor(home.env, { endpoints, now: () => now });
    await withProcessEnv({ ...CLOSED, ...azureEnv() }, async () => {
      await Promise.all([source(ACR), source(ACR), source(ACR)]);
      now += 50 * 60_000;
      await source(ACR);
      assert.equal(exchanges, 1);
      now += 6 * 60_000;
      await source(ACR);
      assert.equal(exchanges, 2);
      source.forget(ACR);
      await source(ACR);
      assert.equal(exchanges, 3);
    });
  });

  it("credentialsFor asks again after a failure", async () => {
    const own = new Home();
    own.docker("{");
    const source = credentialsFor(own.env);
    await assert.rejects(source("a.example.com"), says("CONFIG_INVALID", /not JSON/));
    own.docker({ auths: { "a.example.com": { auth: auth("me:x") } } });
    assert.equal((await source("a.example.com")).kind, "basic");
    own.remove();
  });
});
