import assert from "node:assert/strict";
import { failsAs, makeBlob, opener, SOMEBODY } from "./support/client";
import { against, received, reply } from "./support/hostile";

const SIZE = 4 * 1024 * 1024;

describe("writeBlob to a registry that refuses", () => {
  const refusals: [number, string, RegExp][] = [
    [413, "", /413/],
    [507, "disk", /make room/],
    [
      403,
      '{"errors":[{"code":"DENIED","message":"quota exceeded: Bearer abcdefghijk"}]}',
      /quota exceeded: Bearer \[secret\]/,
    ],
    [400, '{"errors":[{"code":"SIZE_INVALID","message":"no"}]}', /SIZE_INVALID/],
    [405, '{"errors":[{"code":"UNSUPPORTED","message":"proxy"}]}', /does not support this/],
  ];
  for (const [status, body, shown] of refusals) {
    it(`writeBlob says REGISTRY_REFUSED at once for ${status} in mid-upload`, async () => {
      const { bytes, descriptor } = makeBlob(SIZE);
      await against(
        async (request, response) => {
          if (request.method === "POST") reply(response, 202, { location: "/up" });
          else if (request.method === "PATCH") {
            await received(request);
            reply(response, status, {}, body);
          } else reply(response, 404);
        },
        async (session, { seen }) => {
          await assert.rejects(
            session.repository("a/b").writeBlob(descriptor, opener(bytes)),
            failsAs("REGISTRY_REFUSED", shown),
          );
          assert.equal(seen.filter(({ method }) => method === "PATCH").length, 1);
        },
      );
    });
  }

  for (const refused of [2, 20]) {
    const end = refused === 2 ? "sends it" : "ends soon";
    it(`writeBlob ${end} where tokens run out on their way ${refused} times in a row`, async () => {
      const { bytes, descriptor } = makeBlob(10);
      let asked = 0;
      await against(
        async (request, response, count) => {
          const { method, headers, url } = request;
          await received(request);
          const realm = `Bearer realm="http://${headers.host ?? ""}/token",service="s"`;
          if (url?.startsWith("/token")) reply(response, 200, {}, JSON.stringify({ token: `token-${count}` }));
          else if (headers.authorization === undefined) reply(response, 401, { "www-authenticate": realm });
          else if (method === "POST" && ++asked <= refused) {
            reply(response, 401, { "www-authenticate": `${realm},error="invalid_token"` });
          } else if (method === "POST") reply(response, 202, { location: "/up" });
          else reply(response, method === "PUT" ? 201 : 404, { "docker-content-digest": descriptor.digest });
        },
        async (session) => {
          const writing = session.repository("a/b").writeBlob(descriptor, opener(bytes));
          if (refused === 2) assert.equal(await writing, "sent");
          else await assert.rejects(writing, failsAs("REGISTRY_AUTH", /invalid_token/));
          assert.ok(asked <= 6, String(asked));
        },
        SOMEBODY,
      );
    });
  }

  it("writeBlob hears a refusal that comes before the body was read", async () => {
    const { bytes, descriptor } = makeBlob(SIZE * 8);
    await against(
      (request, response) => {
        if (request.method === "POST") reply(response, 202, { location: "/up" });
        else if (request.method === "PATCH") reply(response, 413, { connection: "close" });
        else reply(response, 404);
      },
      async (session) => {
        const writing = session.repository("a/b").writeBlob(descriptor, opener(bytes));
        await assert.rejects(writing, failsAs("REGISTRY_REFUSED", /413/));
      },
    );
  });
});
