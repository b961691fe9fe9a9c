import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { keylessSigner } from "../../src/signing/keylessSigner";
import { refuses } from "../support/signing/samples";
import { identityToken } from "../support/signing/sigstoreServices";

describe("signing/keylessSigner", () => {
  it("keylessSigner refuses a private authority without log and time-stamp authority", async () => {
    const make = (): unknown =>
      keylessSigner({ fulcioURL: "http://127.0.0.1:1", identityToken: () => Promise.resolve("") });
    await refuses(make, "USAGE", /neither a log nor a time-stamp authority/);
  });

  it("signStatement refuses a token that is none and does not show it", async () => {
    const url = "http://127.0.0.1:1";
    const signer = keylessSigner({ fulcioURL: url, tsaURL: url, identityToken: () => Promise.resolve("secret.x.y") });
    await refuses(() => signer.signStatement(Buffer.from("{}")), "USAGE", /no JWT/, /^(?!.*secret)/s);
  });

  for (const [what, status, answer] of [
    ["does not answer", 404, (): string => "{}"],
    ["repeats the token", 400, (token: string): string => JSON.stringify({ code: 3, message: `bad token ${token}` })],
  ] as const) {
    it(`signStatement names an authority's refusal that ${what} and does not show the token`, async () => {
      const token = identityToken("https://issuer.example.com", "https://github.com/company/repo");
      const server = createServer((_, response) => {
        response.writeHead(status, { "content-type": "application/json" }).end(answer(token));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const signer = keylessSigner({ fulcioURL: url, tsaURL: url, identityToken: () => Promise.resolve(token) });
      try {
        await assert.rejects(signer.signStatement(Buffer.from("{}")), (error: Error) => {
          assert.match(error.message, new RegExp(`error creating signing certificate.*${status}`));
          for (const part of token.split(".")) assert.ok(!error.message.includes(part), error.message);
          assert.equal(error.cause, undefined);
          return true;
        });
      } finally {
        server.close();
      }
    });
  }
});
