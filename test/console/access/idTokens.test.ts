import assert from "node:assert/strict";
import { decodeJwt, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { createPublicKey } from "node:crypto";
import { loginGround, SESSION, statusOf } from "../../support/console/accessWorld";

describe("a login's ID token", () => {
  const ground = loginGround();

  /** An ID token with the claims of the real one, changed and signed in another way. */
  const faults: Record<string, (claims: JWTPayload) => Promise<string>> = {
    "signed by another key": async (claims) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: "RS256", kid: ground.provider.publicKey().kid ?? "" })
        .sign((await generateKeyPair("RS256")).privateKey),
    "without a signature (alg none)": (claims) => Promise.resolve(new UnsecuredJWT(claims).encode()),
    "with HS256 and the public key as its secret": (claims) => {
      const pem = createPublicKey({ key: ground.provider.publicKey() as never, format: "jwk" }).export({
        type: "spki",
        format: "pem",
      });
      return new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(Buffer.from(pem));
    },
    "for another client": (claims) => ground.provider.mint({ claims: { ...claims, aud: "another" }, typ: "JWT" }),
    "of another issuer": (claims) =>
      ground.provider.mint({ claims: { ...claims, iss: "https://evil.example" }, typ: "JWT" }),
    "without a nonce": (claims) => ground.provider.mint({ claims: { ...claims, nonce: undefined }, typ: "JWT" }),
    "with another nonce": (claims) => ground.provider.mint({ claims: { ...claims, nonce: "replayed" }, typ: "JWT" }),
    "that has expired": (claims) =>
      ground.provider.mint({ claims: { ...claims, exp: Math.floor(Date.now() / 1_000) - 60 }, typ: "JWT" }),
    "issued an hour ahead of us": (claims) => {
      const ahead = Math.floor(Date.now() / 1_000) + 3_600;
      return ground.provider.mint({ claims: { ...claims, nbf: ahead, iat: ahead, exp: ahead + 60 }, typ: "JWT" });
    },
  };
  for (const [fault, forge] of Object.entries(faults)) {
    it(`refuses an ID token ${fault}`, async () => {
      ground.provider.tamper(async (answer) => ({
        ...answer,
        id_token: await forge(decodeJwt(String(answer["id_token"]))),
      }));
      const browser = ground.world.browser();
      const refused = await browser.login("alice");
      assert.equal(refused.status, 403, JSON.stringify(ground.world.lines));
      assert.equal(browser.cookies().has(SESSION), false);
      assert.equal(await statusOf(browser), 303);
      assert.ok(
        ground.world.lines.some(({ message, reason }) => message === "sign-in refused" && String(reason).length > 5),
      );
    });
  }

  it("takes an ID token of a clock that differs by some seconds", async () => {
    ground.provider.tamper(async (answer) => {
      const claims = decodeJwt(String(answer["id_token"]));
      const now = Math.floor(Date.now() / 1_000);
      return {
        ...answer,
        id_token: await ground.provider.mint({ claims: { ...claims, nbf: now + 15, iat: now + 15 }, typ: "JWT" }),
      };
    });
    await ground.signedIn();
  });

  it("refuses a code that the ground.provider does not know, and an error of the provider", async () => {
    for (const change of [{ code: "stolen" }, { error: "access_denied" }]) {
      const browser = ground.world.browser();
      const callback = new URL(await browser.loginAtProvider("alice"));
      if ("error" in change) callback.searchParams.delete("code");
      for (const [name, value] of Object.entries(change)) callback.searchParams.set(name, value);
      assert.equal((await browser.open(callback.href)).status, 403);
      assert.equal(browser.cookies().has(SESSION), false);
    }
  });
});
