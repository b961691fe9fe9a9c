import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { issueToken } from "../../../src/console/access/machineTokens";
import { folderStore } from "../../../src/console/access/tokenStores";
import { type AccessWorld, makeWorld, ORIGIN } from "../../support/console/accessWorld";
import { AUDIENCE, type IdentityProviderStand, startIdentityProvider } from "../../support/console/identityProvider";

describe("a JWT for the console's API", () => {
  let provider: IdentityProviderStand;
  let world: AccessWorld;
  before(async () => (provider = await startIdentityProvider(ORIGIN, [])));
  after(() => provider.stop());
  beforeEach(async () => {
    provider.down = false;
    world = await makeWorld({ provider, limits: { failures: { points: 1_000 } } });
  });

  const mine = { groups: ["orders-team"] };
  const mint = (claims: Record<string, unknown> = {}, more: object = {}) =>
    provider.mint({ claims: { ...mine, ...claims }, ...more });
  const now = () => Math.floor(Date.now() / 1_000);

  it("opens the repositories of its groups and no other (S0-4)", async () => {
    const response = await world.api(await mint({ azp: "billing-report" }));
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), {
      ...{ kind: "machine", name: "billing-report/workload", repositories: ["orders/api", "orders/web"] },
    });
    assert.equal((await world.api(await mint({ aud: ["another", AUDIENCE] }))).status, 200);
    const none = await world.api(await mint({ groups: ["others"] }));
    assert.equal(none.status, 403);
    assert.match(await none.text(), /no group or role of the token may read here/);
  });

  it("opens them by another claim, where the settings name it", async () => {
    const settings = { claim: "roles", grants: [{ value: "Images.Read", repositories: ["billing/*"] }] };
    const other = await makeWorld({ provider, settings });
    const token = await provider.mint({ claims: { roles: ["Images.Read"], groups: ["orders-team"] } });
    assert.deepEqual(((await (await other.api(token)).json()) as { repositories: string[] }).repositories, [
      "billing/api",
    ]);
  });

  /** Each is refused, and its reason says what for. */
  const refused: Record<string, { token: () => Promise<string> | string; because: RegExp }> = {
    "that has expired": { token: () => mint({ exp: now() - 40 }), because: /has expired/ },
    "that is not valid yet": { token: () => mint({ nbf: now() + 60 }), because: /token's nbf/ },
    "without an end": { token: () => mint({ exp: undefined }), because: /token's exp/ },
    "without a subject": { token: () => mint({ sub: undefined }), because: /token's sub/ },
    "for another audience": { token: () => mint({ aud: "another" }), because: /token's aud/ },
    "without an audience": { token: () => mint({ aud: undefined }), because: /token's aud/ },
    "of another issuer": { token: () => mint({ iss: "https://evil.example" }), because: /token's iss/ },
    "of another type": { token: () => mint({}, { typ: "JWT" }), because: /token's typ/ },
    "that is an ID token": { token: () => mint({ nonce: "n" }), because: /an ID token/ },
    "signed by another key under a known name": {
      token: async () => mint({}, { key: (await generateKeyPair("RS256")).privateKey }),
      because: /not signed by a key/,
    },
    "of a key that nobody publishes": { token: () => mint({}, { kid: "unknown" }), because: /not signed by a key/ },
    "without a signature (alg none)": {
      token: async () => {
        const [, payload = ""] = (await mint()).split(".");
        const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
        return new UnsecuredJWT(claims).encode();
      },
      because: /./,
    },
    "with HS256 and the public key as its secret": {
      token: () => {
        const key = createPublicKey({ key: provider.publicKey() as never, format: "jwk" });
        const claims = { ...mine, iss: provider.issuer, aud: AUDIENCE, sub: "x", iat: now(), exp: now() + 60 };
        return new SignJWT(claims)
          .setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid: provider.publicKey().kid ?? "" })
          .sign(Buffer.from(key.export({ type: "spki", format: "pem" })));
      },
      because: /algorithm is not allowed/,
    },
    "that was changed": {
      token: async () => {
        const [header = "", payload = "", signature = ""] = (await mint()).split(".");
        const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
        const wider = Buffer.from(JSON.stringify({ ...claims, groups: ["auditors"] })).toString("base64url");
        return `${header}.${wider}.${signature}`;
      },
      because: /not signed by a key/,
    },
    "that is none": { token: () => "not.a.token", because: /not signed by a key/ },
    "of 20,000 characters": { token: () => "a".repeat(20_000), because: /not a bearer token/ },
  };
  for (const [what, { token, because }] of Object.entries(refused)) {
    it(`refuses one ${what}`, async () => {
      const text = await token();
      const response = await world.api(text);
      assert.equal(response.status, 401);
      assert.match(response.headers.get("www-authenticate") ?? "", /^Bearer realm="console", error="invalid_token"$/);
      const problem = await response.text();
      assert.match(problem, because);
      assert.equal(JSON.stringify(world.lines).includes(text.slice(0, 60)) && text.length > 60, false);
    });
  }

  it("refuses other schemes and several credentials, and takes none of them for nobody's", async () => {
    const open = await makeWorld({ provider, settings: { anonymous: "read" } });
    assert.equal((await open.api()).status, 200);
    for (const authorization of ["Basic YTpi", "Bearer", "Bearer a b", `Bearer ${await mint()}, Bearer x`, "bearer"]) {
      assert.equal((await open.api(undefined, { authorization })).status, 401, authorization);
    }
  });

  it("takes a clock that differs by less than the tolerance", async () => {
    assert.equal((await world.api(await mint({ exp: now() - 20 }))).status, 200);
    assert.equal((await world.api(await mint({ nbf: now() + 20 }))).status, 200);
  });

  it("takes tokens of a new key, and no longer those of one that is published no more", async () => {
    const before = await mint();
    assert.equal((await world.api(before)).status, 200);
    await provider.rotate();
    assert.equal((await world.api(await mint())).status, 200);
    assert.equal((await world.api(before)).status, 401);
  });

  it("answers 503 while the keys cannot be read, and counts that against nobody", async () => {
    provider.down = true;
    const strict = await makeWorld({ provider, limits: { failures: { points: 1 } } });
    const token = await mint();
    for (let times = 0; times < 3; times += 1) {
      const response = await strict.api(token);
      assert.equal(response.status, 503);
      assert.equal(response.headers.get("retry-after"), "5");
    }
    provider.down = false;
    strict.later(3_000);
    assert.equal((await strict.api(token)).status, 200);
  });

  it("after so many wrong ones of an address looks at none, right or wrong, until the time is over", async () => {
    const strict = await makeWorld({ provider, limits: { trustedProxies: 1, failures: { points: 5, seconds: 60 } } });
    const right = await mint();
    const ask = (token: string, address: string) => strict.api(token, { "x-forwarded-for": address });
    for (let times = 0; times < 5; times += 1) assert.equal((await ask("wrong", "192.0.2.1")).status, 401);
    for (const token of ["wrong", right]) {
      const refusal = await ask(token, "192.0.2.1");
      assert.equal(refusal.status, 429);
      assert.match(refusal.headers.get("retry-after") ?? "", /^[1-9]\d?$/);
    }
    assert.equal((await ask(right, "192.0.2.2")).status, 200);
  });

  it("counts the requests of one machine, wherever they come from", async () => {
    const strict = await makeWorld({ provider, limits: { trustedProxies: 1, visitor: { points: 3, seconds: 60 } } });
    const token = await mint();
    const statuses: number[] = [];
    for (const last of [1, 2, 3, 4]) {
      statuses.push((await strict.api(token, { "x-forwarded-for": `192.0.2.${last}` })).status);
    }
    assert.deepEqual(statuses, [200, 200, 200, 429]);
    const asked = async (claims: Record<string, unknown>) =>
      (await strict.api(await mint(claims), { "x-forwarded-for": "192.0.2.1" })).status;
    assert.equal(await asked({ sub: "another" }), 200);
    assert.equal(await asked({ azp: "portal", sub: "one" }), 200, "people of one client count apart");
    for (const expected of [200, 200, 200, 429]) assert.equal(await asked({ azp: "portal", sub: "two" }), expected);
    assert.equal(await asked({ azp: "portal", sub: "one" }), 200);
  });
});

describe("a machine token and a client of the identity provider", () => {
  it("of one name count apart", async () => {
    const provider = await startIdentityProvider(ORIGIN, []);
    const folder = mkdtempSync(join(tmpdir(), "console-tokens-"));
    try {
      const wish = { name: "workload", repositories: ["orders/*"], days: 1 };
      const { token } = await issueToken(folderStore(folder), wish, new Date());
      const limits = { visitor: { points: 1, seconds: 60 } };
      const world = await makeWorld({ provider, settings: { machineTokens: { folder } }, limits });
      const client = await provider.mint({ claims: { groups: ["orders-team"] } });
      const statuses: number[] = [];
      for (const credential of [token, client, token, client]) statuses.push((await world.api(credential)).status);
      assert.deepEqual(statuses, [200, 200, 429, 429]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await provider.stop();
    }
  });
});

describe("a console that lets nobody in by default", () => {
  it("answers nobody, for pages and API, unless the settings say anonymous: read", async () => {
    const closed = await makeWorld({ settings: { machineTokens: { folder: "/nonexistent/tokens" } } });
    for (const path of ["/", "/api/v1/repositories", "/r/orders", "/assets/x.js"]) {
      assert.equal((await closed.app.request(`${ORIGIN}${path}`)).status, 401, path);
    }
    const open = await makeWorld({ settings: { anonymous: "read" } });
    const answer = await open.api();
    assert.deepEqual(await answer.json(), {
      ...{ kind: "anonymous", name: "anonymous", repositories: ["orders/api", "orders/web", "billing/api"] },
    });
  });
});
