import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { digestOf } from "../../../src/base/digest";
import { referrersTag } from "../../../src/base/referrersTag";
import { MEDIA } from "../../../src/oci/manifest";
import { describeWith, REFERRERS_TOOL, startReferrers } from "../../support/registries";
import { drain, failsAs, makeBlob, makeManifest, opener, openQuickly, SOMEBODY } from "./support/client";
import { against, reply } from "./support/hostile";

const codes = (code: string) => JSON.stringify({ errors: [{ code, message: "" }] });

/** What the distribution specification 1.1 and its conformance tests let a registry do, seen from a client. */
describe("a client of the distribution specification", () => {
  it("manifest and resolve take a media type with parameters, in any case, and none at all", async () => {
    const config = makeBlob(10).descriptor;
    const image = makeManifest(config, [config]);
    const index = { schemaVersion: 2, manifests: [{ mediaType: MEDIA.ociManifest, digest: image.digest, size: 5 }] };
    const plain = { schemaVersion: 2, config, layers: [config] };
    for (const [type, content, expected] of [
      [`${MEDIA.ociManifest}; charset=utf-8`, image.bytes, MEDIA.ociManifest],
      [MEDIA.ociManifest.toUpperCase(), image.bytes, MEDIA.ociManifest],
      ["application/json", image.bytes, MEDIA.ociManifest],
      ["text/plain; charset=utf-8", image.bytes, MEDIA.ociManifest],
      [undefined, image.bytes, MEDIA.ociManifest],
      ["application/json", Buffer.from(JSON.stringify(index)), MEDIA.ociIndex],
      ["application/json", Buffer.from(JSON.stringify(plain)), MEDIA.ociManifest],
      [
        "application/json",
        Buffer.from(JSON.stringify({ ...plain, mediaType: MEDIA.dockerManifest })),
        MEDIA.dockerManifest,
      ],
    ] as const) {
      const digest = digestOf(content);
      await against(
        (request, response) => {
          const headers = type === undefined ? {} : { "content-type": type };
          if (request.method === "HEAD")
            response.writeHead(200, { ...headers, "content-length": content.length }).end();
          else reply(response, 200, headers, content);
        },
        async (session) => {
          for (const reference of ["v1", digest]) {
            const { mediaType, bytes } = await session.repository("a/b").manifest(reference);
            assert.deepEqual([mediaType, bytes], [expected, content]);
            const resolved = await session.repository("a/b").resolve(reference);
            assert.deepEqual(resolved, { mediaType: expected, digest, size: content.length });
          }
        },
      );
    }
  });

  it("manifest refuses as JSON what is an index and an image at once, or neither", async () => {
    const config = makeBlob(10).descriptor;
    for (const content of [
      { schemaVersion: 2, config, layers: [], manifests: [] },
      { schemaVersion: 2, mediaType: MEDIA.ociIndex, config, layers: [] },
      { schemaVersion: 1, config, layers: [] },
      { errors: [] },
    ]) {
      await against(
        (_, response) => reply(response, 200, { "content-type": "application/json" }, JSON.stringify(content)),
        async (session) => {
          await assert.rejects(
            session.repository("a/b").manifest("v1"),
            failsAs("CONTENT_INVALID", /application\/json/),
          );
        },
      );
    }
  });

  it("call tells each warning of a registry once, and does nothing else about it", async () => {
    const told: string[] = [];
    const header = '299 - "Your token expires in 30 seconds.", 299 - "a \\"quota\\" of hunter2-secret \u009b31m"';
    await against(
      (request, response, n) => {
        if (!request.headers.authorization) reply(response, 401, { "www-authenticate": "Basic" });
        else reply(response, 200, { warning: n === 4 ? '199 - "not for people"' : header }, "{}");
      },
      async (session) => {
        for (let n = 0; n < 4; n += 1) await session.ping();
      },
      SOMEBODY,
      { onRetry: (line) => void told.push(line.replace(/localhost:\d+/, "HOST")) },
    );
    assert.deepEqual([told.length, told[0]], [2, 'HOST warns: "Your token expires in 30 seconds."']);
    assert.match(told[1] ?? "", /^HOST warns: "a \\"quota\\" of .*"$/);
    assert.doesNotMatch(told.join(), /hunter2|\u009b/);
  });

  it("call waits as a 429 without JSON asks, in seconds, and says what it was told in the end", async () => {
    const waits: string[] = [];
    await against(
      (_, response) =>
        reply(response, 429, { "retry-after": "1", "content-type": "text/plain" }, "Too Many Requests (HAP429).\n"),
      async (session) => {
        await assert.rejects(
          session.ping(),
          failsAs("REGISTRY_UNAVAILABLE", /status 429 "Too Many Requests \(HAP429\)\."/),
        );
      },
      undefined,
      { retry: { attempts: 2, base: 5, maxPause: 20, maxRetryAfter: 50 }, onRetry: (line) => void waits.push(line) },
    );
    assert.equal(waits.length, 1);
  });

  it("call asks again where an answer is no HTTP, as Docker Hub's to whoever asks too much was", async () => {
    let asked = 0;
    const server = createServer((socket) => {
      socket
        .on("error", () => undefined)
        .on("data", () => {
          asked += 1;
          const limited =
            "HTTP/1.1 429 Too Many Requests\nRetry-After: 60\nConnection: close\n\nToo Many Requests (HAP429).\n\n";
          socket.end(asked === 1 ? limited : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const session = openQuickly(`localhost:${(server.address() as AddressInfo).port}`);
    try {
      await session.ping();
      assert.equal(asked, 2);
    } finally {
      await session.close();
      server.close();
    }
  });

  it("a session answers a challenge without service or scope, and one that turns from Bearer to Basic", async () => {
    const blob = makeBlob(10);
    let asked = "";
    await against(
      (request, response) => {
        const { authorization = "" } = request.headers;
        const realm = `http://${request.headers.host ?? ""}/token`;
        if (request.url?.startsWith("/token")) {
          asked = request.url;
          reply(response, 200, {}, '{"access_token":"t-o-k-e-n"}');
        } else if (authorization === "") reply(response, 401, { "www-authenticate": `Bearer realm="${realm}"` });
        // Harbor challenges so where the token does not do (goharbor/harbor#18856).
        else if (authorization.startsWith("Bearer") && request.method === "GET") {
          reply(response, 401, { "www-authenticate": 'Basic realm="harbor"' });
        } else reply(response, 200, {}, blob.bytes);
      },
      async (session) => {
        await session.repository("a/b").hasBlob(blob.descriptor);
        assert.equal(asked, "/token?scope=repository%3Aa%2Fb%3Apull");
        assert.deepEqual(await drain(await session.repository("a/b").blob(blob.descriptor)), blob.bytes);
      },
      SOMEBODY,
    );
  });

  for (const [what, refuse] of [
    ["403, as ECR Public", (response: ServerResponse) => reply(response, 403)],
    ["401, as ECR Public", (response: ServerResponse) => reply(response, 401)],
    ["405", (response: ServerResponse) => reply(response, 405)],
    ["a redirect to storage that signs for GET alone, as GHCR", undefined],
  ] as const) {
    it(`hasBlob asks for the first byte where a registry answers a HEAD of a blob by ${what}`, async () => {
      const { bytes, descriptor } = makeBlob(2_000_000);
      const { descriptor: absent } = makeBlob(10);
      for (const ranges of [true, false]) {
        await against(
          (request, response) => {
            const isThere = request.url?.includes(descriptor.digest.slice(7)) === true;
            if (request.method === "HEAD" && request.url?.startsWith("/v2/") && !refuse) {
              reply(response, 307, { location: `/storage/${request.url.slice(-64)}` });
            } else if (request.method === "HEAD") (refuse ?? ((other) => reply(other, 403)))(response);
            else if (!isThere) reply(response, 404, {}, codes("BLOB_UNKNOWN"));
            else if (!ranges) reply(response, 200, {}, bytes);
            else reply(response, 206, { "content-range": `bytes 0-0/${bytes.length}` }, bytes.subarray(0, 1));
          },
          async (session) => {
            const repository = session.repository("a/b");
            assert.equal(await repository.hasBlob(descriptor), true);
            assert.equal(await repository.hasBlob(absent), false);
            const other = { ...descriptor, size: descriptor.size + 1 };
            await assert.rejects(repository.hasBlob(other), failsAs("DIGEST_MISMATCH"));
          },
        );
      }
    });
  }

  it("hasBlob tells of a refusal what the HEAD was told, where a GET is refused too", async () => {
    const { descriptor } = makeBlob(10);
    await against(
      (_, response) => reply(response, 403, {}, codes("DENIED")),
      async (session) => {
        const asked = session.repository("a/b").hasBlob(descriptor);
        await assert.rejects(asked, failsAs("REGISTRY_AUTH", /^HEAD .*403/, /repository:a\/b:pull/));
      },
    );
  });

  it("referrers takes what is under the tag and is no index for no list", async () => {
    const config = makeBlob(10).descriptor;
    const image = makeManifest(config, [config]);
    const other = makeManifest(config, []);
    const artifact = Buffer.from('{"mediaType":"application/vnd.oci.artifact.manifest.v1+json"}');
    for (const [type, body] of [
      [MEDIA.ociManifest, other.bytes],
      ["application/vnd.oci.artifact.manifest.v1+json", artifact],
    ] as const) {
      await against(
        (request, response) => {
          if (request.url?.endsWith(referrersTag(image.digest)) === true)
            reply(response, 200, { "content-type": type }, body);
          else reply(response, 404, {}, codes("NOT_FOUND"));
        },
        async (session) => assert.deepEqual(await session.repository("a/b").referrers(image.digest), []),
      );
    }
  });
});

describeWith([REFERRERS_TOOL], "a client of a registry that lists referrers and names no subject", () => {
  it("writeManifest writes the list under the tag as well, as the specification has it without OCI-Subject", async () => {
    const registry = await startReferrers();
    const session = openQuickly(registry.host);
    try {
      const repository = session.repository("a/b");
      const blob = makeBlob(10);
      await repository.writeBlob(blob.descriptor, opener(blob.bytes));
      const image = makeManifest(blob.descriptor, [blob.descriptor]);
      await repository.writeManifest(image);
      const subject = { mediaType: image.mediaType, digest: image.digest, size: image.bytes.length };
      const signature = makeManifest(blob.descriptor, [blob.descriptor], { subject, artifactType: "text/plain" });
      assert.deepEqual(await repository.referrers(image.digest), []);
      await repository.writeManifest(signature);
      const list = await repository.manifest(referrersTag(image.digest));
      const { manifests } = JSON.parse(list.bytes.toString()) as { manifests: { digest: string }[] };
      assert.deepEqual(
        manifests.map(({ digest }) => digest),
        [signature.digest],
      );
    } finally {
      await session.close();
      await registry.stop();
    }
  });
});
