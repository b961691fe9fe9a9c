import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { identityTokenFromEnvironment } from "../../src/signing/keylessSigner";
import { refuses } from "../support/signing/samples";

describe("signing/identityToken", () => {
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let url: string;
  before(async () => {
    server = createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?api-version=2.0`;
  });
  after(() => server.close());
  const github = (): (() => Promise<string>) =>
    identityTokenFromEnvironment({
      ACTIONS_ID_TOKEN_REQUEST_URL: url,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "bearer-secret",
    });

  it("identityTokenFromEnvironment takes SIGSTORE_ID_TOKEN first", async () => {
    const read = identityTokenFromEnvironment({
      SIGSTORE_ID_TOKEN: "given",
      ACTIONS_ID_TOKEN_REQUEST_URL: "http://127.0.0.1:1/",
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "x",
    });
    assert.equal(await read(), "given");
  });

  it("identityTokenFromEnvironment asks GitHub for the audience sigstore, anew each time", async () => {
    const seen: unknown[] = [];
    answer = ({ url: path, headers }, response) => {
      seen.push([path, headers.authorization]);
      response.end(JSON.stringify({ value: `token-${seen.length}`, count: 1 }));
    };
    const read = github();
    assert.deepEqual([await read(), await read()], ["token-1", "token-2"]);
    assert.deepEqual(seen[0], ["/token?api-version=2.0&audience=sigstore", "Bearer bearer-secret"]);
  });

  it("identityTokenFromEnvironment refuses an environment without token", async () => {
    await refuses(() => identityTokenFromEnvironment({}), "USAGE", /id-token: write/);
    await refuses(() => identityTokenFromEnvironment({ ACTIONS_ID_TOKEN_REQUEST_URL: url }), "USAGE");
  });

  it("identityTokenFromEnvironment refuses a plain address of another host", async () => {
    const read = identityTokenFromEnvironment({
      ACTIONS_ID_TOKEN_REQUEST_URL: "http://example.com/token?sig=query-secret",
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "bearer-secret",
    });
    await refuses(read, "REGISTRY_AUTH", /http:\/\/example\.com\/token: not https/, /^(?!.*secret)/s);
  });

  for (const [what, status, body, why] of [
    ["a refusal", 403, "bearer-secret", /answered 403/],
    ["no token", 200, "{}", /holds no token/],
    ["no JSON", 200, "<html>", /holds no token/],
    ["a huge answer", 200, "x".repeat(200_000), /more than 65536 characters/],
    ["a redirect", 302, "", /no answer/],
  ] as const) {
    it(`identityTokenFromEnvironment refuses ${what} and shows no secret`, async () => {
      answer = (_, response) => response.writeHead(status, { location: "http://127.0.0.1:1/" }).end(body);
      await refuses(github(), "REGISTRY_AUTH", why, /^(?!.*secret)/s, /^(?!.*api-version)/s);
    });
  }
});
