import assert from "node:assert/strict";
import { failsAs, makeBlob, opener } from "./support/client";
import { against, received, reply } from "./support/hostile";

const SIZE = 4 * 1024 * 1024;

describe("writeBlob to a registry that refuses", () => {
  const refusals: [number, string, RegExp][] = [
    [413, "", /413/],
    [507, "disk", /make room/],
    [
      403,
      '{"errors":[{"code":"DENIED","message":"quota exceeded: Bearer abcdefghijk"}]}',
      /quota exceeded: Bearer \[hidden\]/,
    ],
    [400, '{"errors":[{"code":"SIZE_INVALID","message":"no"}]}', /SIZE_INVALID/],
    [405, '{"errors":[{"code":"UNSUPPORTED","message":"proxy"}]}', /does not do that/],
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
