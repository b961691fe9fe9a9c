import assert from "node:assert/strict";
import { failsAs, makeBlob, makeManifest, opener, sha256, SOMEBODY } from "./support/client";
import { against, type Handler, received, reply, startHostile } from "./support/hostile";

const UPLOADS = "/v2/a/b/blobs/uploads/";
const codes = (code: string, message = "") => JSON.stringify({ errors: [{ code, message }] });

/** A registry that keeps one blob, whose answers a test may change. */
class OneBlob {
  stored: Buffer | undefined;
  readonly headers: [method: string, range: string | undefined][] = [];

  /** @param first answers in the registry's place where it does so */
  constructor(private readonly first: Handler = () => undefined) {}

  readonly handle: Handler = async (request, response, count) => {
    await this.first(request, response, count);
    if (response.headersSent) return;
    const { method = "", headers } = request;
    this.headers.push([method, headers["content-range"]]);
    if (method === "POST") reply(response, 202, { location: `${UPLOADS}1` });
    else if (method === "PATCH" || method === "PUT") {
      const body = await received(request);
      if (body.length > 0) this.stored = body;
      reply(response, method === "PUT" ? 201 : 202, { location: `${UPLOADS}1` });
    } else if (this.stored === undefined) reply(response, 404, {}, codes("BLOB_UNKNOWN"));
    else response.writeHead(200, { "content-length": this.stored.length }).end();
  };
}

/** What the distribution specification 1.1 and its conformance tests let a registry do, seen from a client. */
describe("writeBlob to a registry that keeps to the specification in its own way", () => {
  const locations = ["1?_state=a%3D&x=y", "?upload=1", "/upload/1", `${UPLOADS}1`];
  for (const location of [...locations, "http://HOST/v2/elsewhere/1?s=1"]) {
    it(`writeBlob sends to the Location ${location}, and adds the digest to its query`, async () => {
      for (const size of [10, 2_000_000]) {
        const { bytes, descriptor } = makeBlob(size);
        const registry = new OneBlob((request, response) => {
          const whole = location.replace("HOST", request.headers.host ?? "");
          if (request.method === "POST") reply(response, 202, { location: whole });
        });
        await against(registry.handle, async (session, { seen, host }) => {
          await session.repository("a/b").writeBlob(descriptor, opener(bytes));
          const expected = new URL(location.replace("HOST", host), `http://${host}${UPLOADS}`);
          const put = seen.find(({ method }) => method === "PUT");
          const asked = new URL(put?.url ?? "", `http://${host}`);
          assert.equal(asked.searchParams.get("digest"), descriptor.digest);
          if (size > 10) return;
          for (const [name, value] of expected.searchParams) assert.equal(asked.searchParams.get(name), value);
          assert.equal(asked.pathname, expected.pathname);
        });
        assert.deepEqual(registry.stored, bytes);
      }
    });
  }

  it("writeBlob sends one piece, whatever least length of a piece the registry names", async () => {
    const { bytes, descriptor } = makeBlob(2_000_000);
    const registry = new OneBlob((request, response) => {
      const headers = { location: `${UPLOADS}1`, "oci-chunk-min-length": 10_000_000 };
      if (request.method === "POST") reply(response, 202, headers);
    });
    await against(registry.handle, async (session, { seen }) => {
      await session.repository("a/b").writeBlob(descriptor, opener(bytes));
      assert.equal(seen.filter(({ method }) => method === "PATCH").length, 1);
    });
    assert.deepEqual(registry.stored, bytes);
  });

  it("writeBlob sends into the upload that a mount was answered with by 202", async () => {
    const { bytes, descriptor } = makeBlob(10);
    const registry = new OneBlob((request, response) => {
      const isMount = request.url?.includes("mount=") === true;
      if (isMount) reply(response, 202, { location: `${UPLOADS}of-the-mount?x=1` });
    });
    await against(registry.handle, async (session, { seen }) => {
      const outcome = await session.repository("a/b").writeBlob(descriptor, opener(bytes), { mountFrom: ["c/d"] });
      assert.equal(outcome, "sent");
      assert.equal(seen.filter(({ method }) => method === "POST").length, 1);
      assert.ok(
        seen.some(({ method, url }) => method === "PUT" && url.startsWith(`${UPLOADS}of-the-mount?x=1&digest=`)),
      );
    });
  });

  for (const [status, code] of [
    [400, "NAME_INVALID"],
    [403, "DENIED"],
    [404, "NAME_UNKNOWN"],
    [405, "UNSUPPORTED"],
  ] as const) {
    it(`writeBlob sends what a registry does not mount (${status})`, async () => {
      const { bytes, descriptor } = makeBlob(10);
      const registry = new OneBlob((request, response) => {
        if (request.url?.includes("mount=") === true) reply(response, status, {}, codes(code));
      });
      await against(registry.handle, async (session) => {
        const outcome = await session.repository("a/b").writeBlob(descriptor, opener(bytes), { mountFrom: ["c/d"] });
        assert.equal(outcome, "sent");
      });
      assert.deepEqual(registry.stored, bytes);
    });
  }

  for (const [what, status, body] of [
    ["416 with where it is", 416, ""],
    ["416 as ECR says it", 416, codes("BLOB_UPLOAD_INVALID", "First byte of the layer part is 0 instead of 11304960")],
    ["404 for an upload that it lost", 404, codes("BLOB_UPLOAD_UNKNOWN")],
    ["400 for a range", 400, codes("RANGE_INVALID")],
  ] as const) {
    it(`writeBlob begins anew where a piece is answered ${what}`, async () => {
      const { bytes, descriptor } = makeBlob(2_000_000);
      let refused = 0;
      const registry = new OneBlob(async (request, response) => {
        if (request.method !== "PATCH" || refused > 0) return;
        refused += 1;
        await received(request);
        reply(response, status, { range: "0-1048575", location: `${UPLOADS}1` }, body);
      });
      await against(registry.handle, async (session, { seen }) => {
        assert.equal(await session.repository("a/b").writeBlob(descriptor, opener(bytes)), "sent");
        assert.equal(seen.filter(({ method }) => method === "POST").length, 2);
      });
      assert.deepEqual(registry.stored, bytes);
    });
  }

  it("writeBlob goes on where a registry counts a resumed piece alone in its Range", async () => {
    const { bytes, descriptor } = makeBlob(3_000_000);
    let kept = Buffer.alloc(0);
    let stored = false;
    await against(
      async (request, response) => {
        const { method, url = "" } = request;
        const location = `${UPLOADS}1`;
        if (method === "HEAD") reply(response, stored ? 200 : 404, stored ? { "content-length": kept.length } : {});
        else if (method === "POST") reply(response, 202, { location });
        else if (method === "GET") reply(response, 204, { location, range: `0-${kept.length - 1}` });
        else if (method === "PATCH" && kept.length === 0) {
          request.on("data", (chunk: Buffer) => {
            kept = Buffer.concat([kept, chunk]);
            if (kept.length > 1_200_000) request.socket.destroy();
          });
        } else if (method === "PATCH") {
          const piece = await received(request);
          kept = Buffer.concat([kept, piece]);
          reply(response, 202, { location, range: `0-${piece.length - 1}` });
        } else {
          stored = url.endsWith(encodeURIComponent(`sha256:${sha256(kept)}`));
          reply(response, stored ? 201 : 400, {}, stored ? "" : codes("DIGEST_INVALID"));
        }
      },
      async (session, { seen }) => {
        assert.equal(await session.repository("a/b").writeBlob(descriptor, opener(bytes)), "sent");
        assert.equal(seen.filter(({ method }) => method === "PATCH").length, 2);
      },
    );
    assert.deepEqual(kept, bytes);
  });

  it("writeBlob goes where a registry hands an upload to another, and shows it no authorization", async () => {
    const { bytes, descriptor } = makeBlob(2_000_000);
    const behind = new OneBlob();
    const other = await startHostile(behind.handle);
    try {
      await against(
        (request, response) => {
          if (!request.headers.authorization) reply(response, 401, { "www-authenticate": "Basic" });
          else if (request.method === "POST") reply(response, 307, { location: `http://${other.host}${UPLOADS}` });
          else reply(response, behind.stored ? 200 : 404, behind.stored ? { "content-length": bytes.length } : {});
        },
        async (session) => {
          assert.equal(await session.repository("a/b").writeBlob(descriptor, opener(bytes)), "sent");
        },
        SOMEBODY,
      );
      // What the other names relatively is its own.
      assert.deepEqual(
        other.seen.map(({ method }) => method),
        ["POST", "PATCH", "PUT"],
      );
      assert.ok(other.seen.every(({ headers }) => headers.authorization === undefined));
      assert.deepEqual(behind.stored, bytes);
    } finally {
      await other.stop();
    }
  });

  it("writeBlob and writeManifest follow no redirect that would turn them into something else", async () => {
    const { bytes, descriptor } = makeBlob(10);
    for (const status of [301, 302, 303]) {
      await against(
        (request, response) => {
          if (request.method === "HEAD") reply(response, 404);
          else reply(response, status, { location: `${UPLOADS}x` });
        },
        async (session, { seen }) => {
          const repository = session.repository("a/b");
          await assert.rejects(repository.writeBlob(descriptor, opener(bytes)), failsAs("CONTENT_INVALID"));
          await assert.rejects(repository.writeManifest(makeManifest(descriptor, [])), failsAs("CONTENT_INVALID"));
          assert.ok(seen.every(({ url }) => !url.endsWith("/x")));
        },
      );
    }
  });
});
