import assert from "node:assert/strict";
import { defined } from "../../../src/base/defined";
import { digestOf } from "../../../src/base/digest";
import { MAX_MANIFEST, MEDIA } from "../../../src/oci/manifest";
import { failsAs, makeBlob, makeManifest } from "./support/client";
import { against, type Handler, received, reply } from "./support/hostile";

const config = makeBlob(10).descriptor;
const image = makeManifest(config, [config]);
const typed = { "content-type": `${MEDIA.ociManifest}; charset=utf-8` };

/** Answers GET and HEAD with the image and these headers. */
const serving =
  (headers: Record<string, string>, bytes = image.bytes): Handler =>
  (request, response) => {
    if (request.method === "HEAD") response.writeHead(200, { "content-length": bytes.length, ...headers }).end();
    else reply(response, 200, headers, bytes);
  };

describe("manifest", () => {
  it("manifest and resolve compute the digest of a tag where the registry names none", async () => {
    for (const said of [undefined, "../../etc/passwd", "sha256:abc", `sha256:${"A".repeat(64)}`]) {
      const headers = { ...typed, ...defined({ "docker-content-digest": said }) };
      await against(serving(headers), async (session) => {
        const repository = session.repository("a/b");
        assert.deepEqual(await repository.manifest("v1"), image);
        assert.equal((await repository.resolve("v1"))?.digest, image.digest);
      });
    }
  });

  it("manifest keeps a digest of another algorithm that the registry names and the bytes have", async () => {
    const digest = digestOf(image.bytes, "sha512");
    await against(serving({ ...typed, "docker-content-digest": digest }), async (session) => {
      assert.equal((await session.repository("a/b").manifest("v1")).digest, digest);
      assert.equal((await session.repository("a/b").manifest(image.digest)).digest, image.digest);
    });
  });

  it("manifest refuses bytes that are not what was asked for, or not what the registry says", async () => {
    const other = digestOf(Buffer.from("other"));
    await against(serving({ ...typed, "docker-content-digest": other }), async (session) => {
      const repository = session.repository("a/b");
      await assert.rejects(repository.manifest("v1"), failsAs("DIGEST_MISMATCH", /a\/b:v1/));
      await assert.rejects(repository.manifest(other), failsAs("DIGEST_MISMATCH", new RegExp(image.digest)));
      await assert.rejects(
        repository.resolve(image.digest).then(() => repository.resolve(other).then(() => repository.manifest(other))),
        failsAs("DIGEST_MISMATCH"),
      );
    });
  });

  it("manifest refuses another media type, and shows it shortened", async () => {
    for (const type of ["text/html", "application/vnd.docker.distribution.manifest.v1+json", "x".repeat(5000)]) {
      await against(serving({ "content-type": type }), async (session) => {
        const failure = failsAs("CONTENT_INVALID", /is not a manifest's/, /^.{0,800}$/);
        await assert.rejects(session.repository("a/b").manifest("v1"), failure);
        await assert.rejects(session.repository("a/b").resolve("v1"), failure);
      });
    }
  });

  it("manifest reads no more than the largest one allowed, whatever length is claimed", async () => {
    let sent = 0;
    await against(
      (request, response) => {
        const claimed = request.url?.includes("claimed") ? { "content-length": MAX_MANIFEST + 1 } : {};
        response.writeHead(200, { ...typed, ...claimed });
        const piece = Buffer.alloc(65_536, " ");
        const send = (): void => {
          while (!response.destroyed && sent < 1e9) {
            sent += piece.length;
            if (!response.write(piece)) return void response.once("drain", send);
          }
        };
        send();
      },
      async (session) => {
        await assert.rejects(session.repository("a/b").manifest("v1"), failsAs("CONTENT_INVALID", /4194304 bytes/));
        assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes were sent`);
        await assert.rejects(
          session.repository("a/b").manifest("claimed"),
          failsAs("CONTENT_INVALID", /4194304 bytes/),
        );
      },
    );
  });

  it("manifest ends soon where the bytes only trickle", async () => {
    await against(
      (_, response) => {
        response.writeHead(200, typed);
        const timer = setInterval(() => response.write(" "), 50);
        response.on("close", () => clearInterval(timer));
      },
      async (session) => {
        await assert.rejects(
          session.repository("a/b").manifest("v1"),
          failsAs("REGISTRY_UNAVAILABLE", /not complete after 0.3 s/),
        );
      },
      undefined,
      { timeouts: { response: 300 }, retry: { attempts: 2 } },
    );
  });

  it("manifest and resolve take neither a path nor a broken digest for a reference", async () => {
    await against(serving(typed), async (session, { seen }) => {
      const repository = session.repository("a/b");
      for (const odd of ["../../x", "v1/..", "", "sha256:abc", "v1?x", "v1#x", "%2e"]) {
        await assert.rejects(repository.manifest(odd), failsAs("USAGE", /neither a tag nor a digest/));
        await assert.rejects(repository.resolve(odd), failsAs("USAGE"));
        await assert.rejects(repository.delete(odd), failsAs("USAGE"));
      }
      for (const odd of ["../x", "A/b", "", "a//b", "a/b/"]) {
        assert.throws(() => session.repository(odd), failsAs("USAGE"));
      }
      assert.equal(seen.length, 0);
    });
  });
});

describe("writeManifest", () => {
  /** Keeps what is put, and answers with these headers. */
  const keeping = (headers: Record<string, string>, stands = image): Handler => {
    return async (request, response) => {
      if (request.method === "PUT") {
        await received(request);
        reply(response, 201, headers);
      } else if (request.method === "HEAD") {
        const digest = request.url?.includes("sha256:") ? image.digest : stands.digest;
        response.writeHead(200, { ...typed, "content-length": 5, "docker-content-digest": digest }).end();
      } else reply(response, 404);
    };
  };

  it("writeManifest refuses a registry that calls the manifest otherwise", async () => {
    await against(keeping({ "docker-content-digest": digestOf(Buffer.from("x")) }), async (session) => {
      const writing = session.repository("a/b").writeManifest(image, { tag: "v1" });
      await assert.rejects(writing, failsAs("DIGEST_MISMATCH", /the registry reports digest/));
    });
  });

  it("writeManifest says TAG_TAKEN where the tag stands for another one right afterwards", async () => {
    await against(keeping({}, makeManifest(config, [])), async (session) => {
      await session.repository("a/b").writeManifest(image);
      const writing = session.repository("a/b").writeManifest(image, { tag: "v1" });
      await assert.rejects(writing, failsAs("TAG_TAKEN", /a\/b:v1/, /another client/));
    });
  });

  it("writeManifest says TAG_TAKEN for a tag that the registry keeps", async () => {
    const body = '{"errors":[{"code":"TAG_INVALID","message":"The tag v1 is immutable"}]}';
    await against(
      (_, response) => reply(response, 400, {}, body),
      async (session) => {
        const writing = session.repository("a/b").writeManifest(image, { tag: "v1" });
        await assert.rejects(writing, failsAs("TAG_TAKEN", /TAG_INVALID "The tag v1 is immutable"/));
      },
    );
  });

  it("writeManifest writes no fallback tag where the registry names the subject", async () => {
    const subject = { mediaType: MEDIA.ociManifest, digest: image.digest, size: image.bytes.length };
    const signature = makeManifest(config, [config], { subject });
    const handler: Handler = async (request, response) => {
      if (request.method === "PUT") {
        await received(request);
        reply(response, 201, { "oci-subject": image.digest });
      } else if (request.method === "HEAD") {
        response.writeHead(200, { ...typed, "content-length": 5, "docker-content-digest": signature.digest }).end();
      } else reply(response, 404);
    };
    await against(handler, async (session, { seen }) => {
      await session.repository("a/b").writeManifest(signature);
      assert.deepEqual(
        seen.map(({ method }) => method),
        ["PUT", "HEAD"],
      );
    });
  });
});
