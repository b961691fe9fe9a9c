import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { digestOf } from "../../../src/base/digest";
import { referrersTag } from "../../../src/base/referrersTag";
import { quoted } from "../../../src/base/text/quote";
import { MEDIA } from "../../../src/oci/manifest";
import { describeWith, REFERRERS_TOOL, startReferrers } from "../../support/registries";
import { failsAs, makeBlob, makeManifest, opener, openQuickly } from "./support/client";
import { against, type Handler, received, reply } from "./support/hostile";

const config = makeBlob(10).descriptor;
const image = makeManifest(config, [config]);
const subject = { mediaType: image.mediaType, digest: image.digest, size: image.bytes.length };
const descriptor = (n: number): object => ({
  mediaType: MEDIA.ociManifest,
  digest: digestOf(Buffer.from(`${n}`)),
  size: 5,
  odd: n,
});
const index = (manifests: readonly object[]): string =>
  JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests });
const typed = { "content-type": MEDIA.ociIndex };

describe("referrers", () => {
  it("referrers follows pages and gives each digest once", async () => {
    await against(
      (request, response, count) => {
        const link = `<${request.url?.split("?")[0] ?? ""}?page=${count}>; rel="next"`;
        reply(response, 200, { ...typed, ...(count < 3 ? { link } : {}) }, index([descriptor(0), descriptor(count)]));
      },
      async (session) => assert.equal((await session.repository("a/b").referrers(image.digest)).length, 4),
    );
  });

  it("referrers asks for the API once where the registry has none", async () => {
    await against(
      (request, response) => {
        if (request.url?.includes("/referrers/")) reply(response, 404, {}, "404 page not found");
        else reply(response, 200, typed, index([descriptor(1)]));
      },
      async (session, { seen }) => {
        for (let n = 0; n < 3; n += 1)
          assert.equal((await session.repository("a/b").referrers(image.digest)).length, 1);
        assert.equal(seen.filter(({ url }) => url.includes("/referrers/")).length, 1);
      },
    );
  });

  it("referrers refuses an endless list, another type, and a digest that is a path", async () => {
    const list = async (handler: Handler): Promise<unknown> => {
      let result: unknown;
      await against(handler, async (session) => {
        result = await session.repository("a/b").referrers(image.digest);
      });
      return result;
    };
    const link = (request: IncomingMessage, n: number): Record<string, string> => ({
      link: `<${request.url?.split("?")[0] ?? ""}?page=${n}>; rel="next"`,
    });
    await assert.rejects(
      list((request, response, n) => reply(response, 200, { ...typed, ...link(request, n) }, index([]))),
      failsAs("CONTENT_INVALID", /more than 100 pages/),
    );
    await assert.rejects(
      list((request, response, n) => {
        const many = [...Array(3000).keys()].map((i) => descriptor(n * 3000 + i));
        reply(response, 200, { ...typed, ...link(request, n) }, index(many));
      }),
      failsAs("CONTENT_INVALID", /more than 10000 referrers/),
    );
    await assert.rejects(
      list((_, response) => reply(response, 200, typed, '{"schemaVersion":2,"manifests":{}}')),
      failsAs("CONTENT_INVALID", /not an index of descriptors/),
    );
    await assert.rejects(
      list((_, response) => reply(response, 200, typed, "404 page not found")),
      failsAs("CONTENT_INVALID", /not JSON/),
    );
    const path = { mediaType: MEDIA.ociManifest, digest: "sha256:../../../etc/passwd", size: 1 };
    await assert.rejects(
      list((_, response) => reply(response, 200, typed, index([path]))),
      failsAs("CONTENT_INVALID"),
    );
    await assert.rejects(
      list((_, response) => reply(response, 200, { "content-type": "application/json" }, index([path]))),
      failsAs("CONTENT_INVALID"),
    );
  });

  for (const type of ["application/json", "application/json; charset=utf-8", "text/plain", MEDIA.dockerIndex, ""]) {
    it(`referrers takes a right index that is called ${quoted(type)}`, async () => {
      await against(
        (request, response) => {
          if (!request.url?.includes("/referrers/")) reply(response, 200, typed, index([descriptor(2)]));
          else reply(response, 200, type === "" ? {} : { "content-type": type }, index([descriptor(1)]));
        },
        async (session) => {
          const found = await session.repository("a/b").referrers(image.digest);
          assert.deepEqual(
            found.map(({ digest }) => digest),
            [digestOf(Buffer.from("1"))],
          );
        },
      );
    });
  }

  const JSON_TYPE = "application/json";
  for (const [what, status, type, body] of [
    ["a line of text", 200, "text/plain; charset=utf-8", "404 page not found\n"],
    ["a page of a login", 200, "text/html; charset=utf-8", "<!doctype html><title>Sign in</title>"],
    ["an error in JSON", 200, JSON_TYPE, '{"errors":[{"code":"UNSUPPORTED"}]}'],
    ["an empty object", 200, JSON_TYPE, "{}"],
    ["a list of names", 200, JSON_TYPE, '{"name":"a/b","manifests":["sha256:1"]}'],
    ["nothing", 200, "application/octet-stream", ""],
    ["nothing, by its status", 204, JSON_TYPE, ""],
    ["JSON that is nested without end", 200, JSON_TYPE, "[".repeat(100_000)],
    ["406", 406, JSON_TYPE, "{}"],
    ["410", 410, "text/plain", "gone"],
  ] as const) {
    it(`referrers goes by the tag where the API answers ${what}`, async () => {
      await against(
        (request, response) => {
          if (!request.url?.includes("/referrers/")) reply(response, 200, typed, index([descriptor(2)]));
          else reply(response, status, { "content-type": type }, body);
        },
        async (session, { seen }) => {
          const repository = session.repository("a/b");
          for (let n = 0; n < 2; n += 1) assert.equal((await repository.referrers(image.digest)).length, 1);
          assert.equal(seen.filter(({ url }) => url.includes("/referrers/")).length, 1, "the API is asked for once");
        },
      );
    });
  }

  it("referrers refuses an answer that is no list once the registry has given one, and in the middle of one", async () => {
    const text = { "content-type": "text/plain" };
    await against(
      (request, response, n) => {
        if (n === 1) reply(response, 200, typed, index([descriptor(1)]));
        else reply(response, 200, text, "proxy error");
      },
      async (session) => {
        const repository = session.repository("a/b");
        assert.equal((await repository.referrers(image.digest)).length, 1);
        await assert.rejects(repository.referrers(image.digest), failsAs("CONTENT_INVALID", /not an index/));
      },
    );
    await against(
      (request, response, n) => {
        const link = `<${request.url ?? ""}?page=2>; rel="next"`;
        if (n === 1) reply(response, 200, { ...typed, link }, index([descriptor(1)]));
        else reply(response, 200, text, "proxy error");
      },
      async (session) => {
        const read = session.repository("a/b").referrers(image.digest);
        await assert.rejects(read, failsAs("CONTENT_INVALID", /not an index/));
      },
    );
  });

  it("referrers says which right is missing where the API answers 403, and reads no tag instead", async () => {
    await against(
      (request, response) => {
        if (!request.url?.includes("/referrers/")) reply(response, 200, typed, index([descriptor(2)]));
        else reply(response, 403, {}, '{"errors":[{"code":"DENIED","message":"ecr:ListImageReferrers"}]}');
      },
      async (session) => {
        const read = session.repository("a/b").referrers(image.digest);
        await assert.rejects(read, failsAs("REGISTRY_AUTH", /\/referrers\/.*403 DENIED/, /ListImageReferrers/));
      },
    );
  });

  it("writeManifest keeps the entries of others under the fallback tag, one that comes in between too", async () => {
    let list = index([descriptor(1)]);
    let puts = 0;
    const signature = makeManifest(config, [config], { subject, artifactType: "text/plain", annotations: { a: "b" } });
    const handler: Handler = async (request, response) => {
      const isTag = request.url?.endsWith(referrersTag(image.digest)) === true;
      if (request.method === "PUT") {
        const body = (await received(request)).toString();
        if (isTag) {
          puts += 1;
          // Somebody else who read before us writes after us, once.
          list = puts === 1 ? index([descriptor(1), descriptor(2)]) : body;
        }
        reply(response, 201);
      } else if (request.method === "HEAD") {
        const headers = {
          "content-type": MEDIA.ociManifest,
          "content-length": 5,
          "docker-content-digest": signature.digest,
        };
        response.writeHead(200, headers).end();
      } else if (isTag) reply(response, 200, typed, list);
      else reply(response, 404);
    };
    await against(handler, async (session) => session.repository("a/b").writeManifest(signature));
    assert.equal(puts, 2);
    const { mediaType, digest, bytes } = signature;
    const own = { mediaType, digest, size: bytes.length, artifactType: "text/plain", annotations: { a: "b" } };
    assert.deepEqual((JSON.parse(list) as { manifests: object[] }).manifests, [descriptor(1), descriptor(2), own]);
  });

  it("writeManifest leaves what is under the fallback tag and is no list", async () => {
    const signature = makeManifest(config, [config], { subject });
    const handler: Handler = async (request, response) => {
      await received(request);
      const headers = { "content-type": MEDIA.ociManifest, "docker-content-digest": signature.digest };
      if (request.method === "PUT") reply(response, 201);
      else if (request.method === "HEAD") response.writeHead(200, { ...headers, "content-length": 5 }).end();
      else reply(response, 200, { "content-type": MEDIA.ociManifest }, other.bytes);
    };
    const other = makeManifest(config, []);
    await against(handler, async (session, { seen }) => {
      const writing = session.repository("a/b").writeManifest(signature);
      await assert.rejects(writing, failsAs("CONTENT_INVALID", /left unchanged/));
      assert.equal(seen.filter(({ method }) => method === "PUT").length, 1);
    });
  });
});

describeWith([REFERRERS_TOOL], "referrers of a registry with the API", () => {
  it("writeManifest makes a manifest a referrer of its subject", async () => {
    const registry = await startReferrers();
    const session = openQuickly(registry.host);
    try {
      const repository = session.repository("a/b");
      const blob = makeBlob(2_000_000);
      assert.equal(await repository.writeBlob(blob.descriptor, opener(blob.bytes)), "sent");
      const real = makeManifest(blob.descriptor, [blob.descriptor]);
      await repository.writeManifest(real, { tag: "v1" });
      const own = { mediaType: real.mediaType, digest: real.digest, size: real.bytes.length };
      const signature = makeManifest(blob.descriptor, [blob.descriptor], { subject: own, artifactType: "text/plain" });
      await repository.writeManifest(signature);
      const found = await repository.referrers(real.digest);
      // The registry tells the configuration's type instead of the artifact's: only the digest is compared.
      assert.deepEqual(
        found.map(({ digest }) => digest),
        [signature.digest],
      );
    } finally {
      await session.close();
      await registry.stop();
    }
  });
});
