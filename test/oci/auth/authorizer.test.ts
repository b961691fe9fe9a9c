import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { openRegistry } from "../../../src/oci/registry/session";
import { failsAs, makeBlob, SOMEBODY } from "../registry/support/client";
import { against, type Handler, type Hostile, reply, startHostile } from "../registry/support/hostile";

const realmOf = ({ headers }: IncomingMessage): string => `http://${headers.host ?? ""}/token`;
const challenge = (request: IncomingMessage, response: ServerResponse, more = ""): void =>
  reply(response, 401, { "www-authenticate": `Bearer realm="${realmOf(request)}",service="s"${more}` });
const isToken = ({ url }: IncomingMessage): boolean => url?.startsWith("/token") === true;

/** A registry of which only the token server is of interest. */
const withTokens =
  (token: Handler): Handler =>
  (request, response, count) => {
    if (isToken(request)) return token(request, response, count);
    if (request.headers.authorization?.startsWith("Bearer ")) reply(response, 200, {}, "{}");
    else challenge(request, response);
  };

const expectFailure = (handler: Handler, test: (error: unknown) => true, most = 12): Promise<void> =>
  against(
    handler,
    async (session, { seen }) => {
      await assert.rejects(session.ping(), test);
      assert.ok(seen.length <= most, `${seen.length} requests`);
    },
    SOMEBODY,
  );

describe("a session's login", () => {
  it("ends after one new token where every answer is 401", async () => {
    await expectFailure(
      (request, response) =>
        isToken(request) ? reply(response, 200, {}, '{"token":"t-o-k-e-n"}') : challenge(request, response),
      failsAs(
        "REGISTRY_AUTH",
        /GET http:\/\/localhost:\d+\/v2\//,
        /used: test\.json/,
        /asks for Bearer/,
        /dualreg registry login/,
      ),
      3,
    );
  });

  it("says which scope the registry asks for, quoted and shortened", async () => {
    const scope = `,scope="repository:x:pull ${"\u0001é".repeat(10)}${"y".repeat(3000)}",error="insufficient_scope"`;
    await expectFailure(
      (request, response) =>
        isToken(request)
          ? reply(response, 200, {}, '{"token":"t-o-k-e-n"}')
          : challenge(request, response, scope.replace(/[^\x20-\x7e]/g, "?")),
      failsAs("REGISTRY_AUTH", /scope "repository:x:pull /, /insufficient_scope/, /^.{0,900}$/),
    );
  });

  it("a token of one repository's login is not shown for another one, whatever the registry names (S1-2)", async () => {
    const shown: string[] = [];
    const service: Hostile = await startHostile((request, response) => {
      if (isToken(request)) {
        const [, user = ""] = /^Basic (.*)$/.exec(request.headers.authorization ?? "") ?? [];
        const [login = ""] = Buffer.from(user, "base64").toString().split(":");
        reply(response, 200, {}, JSON.stringify({ token: `of-${login.replace("/", "-")}` }));
        return;
      }
      const { authorization } = request.headers;
      if (authorization === undefined) {
        challenge(request, response, ',scope="repository:team-a/api:pull repository:team-b/api:pull"');
        return;
      }
      shown.push(`${request.url?.split("/")[2] ?? ""} ${authorization}`);
      reply(response, request.method === "POST" ? 201 : 404, {});
    });
    const session = openRegistry(service.host, {
      credentials: (_, repository = "") =>
        Promise.resolve({ kind: "basic", username: repository, password: "hunter2", from: "test" }),
    });
    try {
      const { descriptor } = makeBlob(10);
      await session.repository("team-a/api").hasBlob(descriptor);
      await session.repository("team-b/api").hasBlob(descriptor);
      await session.repository("team-a/api").resolve("v1");
      assert.deepEqual([...new Set(shown)], ["team-a Bearer of-team-a-api", "team-b Bearer of-team-b-api"]);
    } finally {
      await session.close();
      await service.stop();
    }
  });

  it("says what a 403 lacks", async () => {
    await against(
      (_, response) =>
        reply(response, 403, {}, '{"errors":[{"code":"DENIED","message":"requested access is denied"}]}'),
      async (session) => {
        const digest = `sha256:${"a".repeat(64)}` as const;
        await assert.rejects(
          session.repository("a/b").writeManifest({ bytes: Buffer.from("{}"), digest, mediaType: "x" }),
          failsAs("REGISTRY_AUTH", /status 403 DENIED/, /the credential lacks pull and push on a\/b/),
        );
      },
      SOMEBODY,
    );
  });

  it("sends the password to no realm in the clear, nor along a redirect of it", async () => {
    const thief: Hostile = await startHostile((_, response) => reply(response, 200, {}, '{"token":"t"}'));
    try {
      await expectFailure(
        (_, response) => reply(response, 401, { "www-authenticate": 'Bearer realm="http://example.com/token"' }),
        failsAs("REGISTRY_AUTH", /never sent unencrypted/),
        1,
      );
      await expectFailure(
        withTokens((_, response) => reply(response, 307, { location: `http://${thief.host}/?x=hunter2` })),
        failsAs("REGISTRY_AUTH", /redirects to "http:\/\/localhost:\d+\/"; not followed/),
      );
      assert.equal(thief.seen.length, 0);
    } finally {
      await thief.stop();
    }
  });

  it("says what the token server answers, but no secret that it echoes", async () => {
    const { authorization } = { authorization: Buffer.from("robin:hunter2-secret").toString("base64") };
    await expectFailure(
      withTokens((_, response) => reply(response, 401, {}, `you sent hunter2-secret and ${authorization}`)),
      (error) => {
        assert.ok(error instanceof Error && !error.message.includes(authorization));
        return failsAs("REGISTRY_AUTH", /you sent \[secret\] and \[secret\]/, /used: test\.json/)(error);
      },
    );
  });

  it("ends for a token server whose answer is huge, no JSON, without a token, or breaks out of the header", async () => {
    const bodies: [string | Buffer, RegExp][] = [
      [Buffer.alloc(1_000_000, "x"), /262144 bytes/],
      ["<html>", /not JSON/],
      ["{}", /no usable token/],
      ['{"token":"a\\r\\nx: y"}', /no usable token/],
    ];
    for (const [body, shown] of bodies) {
      await expectFailure(
        withTokens((_, response) => reply(response, 200, {}, body)),
        failsAs("CONTENT_INVALID", shown),
      );
    }
  });

  it("asks the token server again after 500 and after 429, which counts as its own step", async () => {
    let count = 0;
    const failing = withTokens((_, response) => {
      count += 1;
      if (count < 3) reply(response, count === 1 ? 500 : 429, { "retry-after": "0" });
      else reply(response, 200, {}, '{"access_token":"t"}');
    });
    await against(failing, (session) => session.ping(), SOMEBODY);
    assert.equal(count, 3);
  });

  it("believes no server's clock: a token issued long ago, or far ahead, lives for expires_in from now", async () => {
    for (const issued of ["1999-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "nonsense"]) {
      const skewed = withTokens((_, response) => {
        const body = JSON.stringify({ token: "t", expires_in: 300, issued_at: issued });
        reply(response, 200, { date: new Date(0).toUTCString() }, body);
      });
      await against(
        skewed,
        async (session, { seen }) => {
          for (let n = 0; n < 5; n += 1) await session.ping();
          assert.equal(seen.filter(({ url }) => url.startsWith("/token")).length, 1);
        },
        SOMEBODY,
      );
    }
  });

  it("asks for the scope that a call names, in a sorted form, with the service", async () => {
    const tokens = withTokens((_, response) => reply(response, 200, {}, '{"token":"t"}'));
    await against(
      tokens,
      async (session, { seen }) => {
        await session.call("GET", "/acr/v1/a/b/_tags", { scope: "repository:a/b:metadata_write,metadata_read" });
        const asked = new URL(seen.find(({ url }) => url.startsWith("/token"))?.url ?? "", "http://x").searchParams;
        assert.deepEqual(
          [asked.get("service"), asked.get("scope")],
          ["s", "repository:a/b:metadata_read,metadata_write"],
        );
        await assert.rejects(session.call("GET", "//example.com/x"), failsAs("USAGE"));
      },
      SOMEBODY,
    );
  });

  it("sends an identity token in a form, never in an address", async () => {
    await against(
      withTokens((_, response) => reply(response, 200, {}, '{"token":"t"}')),
      async (session, { seen }) => {
        await session.ping();
        const asked = seen.find(({ url }) => url.startsWith("/token"));
        assert.deepEqual([asked?.method, asked?.url, asked?.headers.authorization], ["POST", "/token", undefined]);
      },
      { kind: "identity-token", token: "hunter2-identity", from: "id" },
    );
  });
});
