import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { failsAs, makeBlob, opener, sha256, SOMEBODY } from "./support/client";
import { against, type Handler, received, reply, startHostile } from "./support/hostile";

const SIZE = 4 * 1024 * 1024;

/** A registry of one upload: keeps what comes, says how far it is, checks the digest at the end. */
class Uploads {
  kept = Buffer.alloc(0);
  stored: Buffer | undefined;
  begun = 0;
  broken = 0;

  /** @param breaks how many PATCHes are cut off after a part */
  constructor(
    private readonly breaks: number,
    private readonly location: (n: number) => string = (n) => `/v2/a/b/blobs/uploads/${n}?_state=x`,
    private readonly knowsStatus = true,
  ) {}

  readonly handle: Handler = async (request, response) => {
    const { method } = request;
    const location = this.location(this.begun);
    if (method === "HEAD")
      reply(response, this.stored ? 200 : 404, this.stored ? { "content-length": this.stored.length } : {});
    else if (method === "POST") {
      this.begun += 1;
      this.kept = Buffer.alloc(0);
      reply(response, 202, { location: this.location(this.begun) });
    } else if (method === "GET") {
      const range = { location, range: `0-${this.kept.length - 1}` };
      reply(response, this.knowsStatus ? 204 : 404, this.knowsStatus ? range : {});
    } else if (method === "PATCH") await this.patch(request, response, location);
    else await this.put(request, response);
  };

  private async patch(request: IncomingMessage, response: ServerResponse, location: string): Promise<void> {
    if (this.broken < this.breaks) {
      this.broken += 1;
      request.on("data", (chunk: Buffer) => {
        this.kept = Buffer.concat([this.kept, chunk]);
        if (this.kept.length > 1_200_000 * this.broken) request.socket.destroy();
      });
      return;
    }
    this.kept = Buffer.concat([this.kept, await received(request)]);
    reply(response, 202, { location, range: `0-${this.kept.length - 1}` });
  }

  private async put(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.kept = Buffer.concat([this.kept, await received(request)]);
    const wanted = new URL(request.url ?? "", "http://x").searchParams.get("digest");
    if (wanted !== `sha256:${sha256(this.kept)}`) reply(response, 400, {}, '{"errors":[{"code":"DIGEST_INVALID"}]}');
    else {
      this.stored = this.kept;
      reply(response, 201, { "docker-content-digest": wanted });
    }
  }
}

describe("writeBlob", () => {
  it("writeBlob goes on where the registry says that it is after each broken connection", async () => {
    const { bytes, descriptor } = makeBlob(SIZE);
    const uploads = new Uploads(2);
    await against(uploads.handle, async (session, { seen }) => {
      const offsets: number[] = [];
      let told = 0;
      const open = (offset: number): Promise<Readable> => {
        offsets.push(offset);
        return opener(bytes)(offset);
      };
      const outcome = await session
        .repository("a/b")
        .writeBlob(descriptor, open, { onBytes: (count) => (told += count) });
      assert.equal(outcome, "sent");
      assert.deepEqual(uploads.stored, bytes);
      assert.equal(uploads.begun, 1);
      assert.equal(told, SIZE);
      assert.equal(offsets.length, 3);
      assert.ok((offsets[1] ?? 0) > 1_000_000 && (offsets[2] ?? 0) > 2_000_000, offsets.join());
      const ranges = seen.filter(({ method }) => method === "PATCH").map(({ headers }) => headers["content-range"]);
      assert.deepEqual(ranges, [undefined, ...offsets.slice(1).map((offset) => `${offset}-${SIZE - 1}`)]);
    });
  });

  it("writeBlob begins anew where the registry has forgotten the upload", async () => {
    const { bytes, descriptor } = makeBlob(SIZE);
    const uploads = new Uploads(1, undefined, false);
    await against(uploads.handle, async (session) => {
      assert.equal(await session.repository("a/b").writeBlob(descriptor, opener(bytes)), "sent");
      assert.equal(uploads.begun, 2);
      assert.deepEqual(uploads.stored, bytes);
    });
  });

  it("writeBlob shows the authorization to no other host that an upload is sent to", async () => {
    const { bytes, descriptor } = makeBlob(SIZE);
    const storage = await startHostile(async (request, response) => {
      await received(request);
      reply(response, request.method === "PATCH" ? 202 : 201);
    });
    let done = false;
    try {
      await against(
        (request, response) => {
          if (!request.headers.authorization) reply(response, 401, { "www-authenticate": "Basic" });
          else if (request.method === "POST") {
            done = true;
            reply(response, 202, { location: `http://${storage.host}/put` });
          } else reply(response, done ? 200 : 404, done ? { "content-length": SIZE } : {});
        },
        async (session) => {
          await session.repository("a/b").writeBlob(descriptor, opener(bytes));
          assert.deepEqual(
            storage.seen.map(({ method }) => method),
            ["PATCH", "PUT"],
          );
          assert.ok(storage.seen.every(({ headers }) => headers.authorization === undefined));
        },
        SOMEBODY,
      );
    } finally {
      await storage.stop();
    }
  });

  for (const location of ["http://example.com/up", "gopher://x/", "http://user:pw@localhost/x", "http://["]) {
    it(`writeBlob refuses to upload to ${location}`, async () => {
      const { bytes, descriptor } = makeBlob(10);
      const uploads = new Uploads(0, () => location);
      await against(uploads.handle, async (session) => {
        await assert.rejects(
          session.repository("a/b").writeBlob(descriptor, opener(bytes)),
          failsAs("CONTENT_INVALID", /points to/),
        );
      });
    });
  }

  it("writeBlob ends soon for a location that climbs out of the API", async () => {
    const { bytes, descriptor } = makeBlob(10);
    await against(
      (request, response) => {
        if (request.method === "POST") reply(response, 202, { location: "/v2/../../etc/passwd" });
        else reply(response, 404);
      },
      async (session, { seen }) => {
        await assert.rejects(
          session.repository("a/b").writeBlob(descriptor, opener(bytes)),
          failsAs("NOT_FOUND", /PUT .*\/etc\/passwd/),
        );
        assert.ok(seen.length < 20);
      },
    );
  });

  it("writeBlob ends soon where the registry takes every blob and keeps none", async () => {
    const { bytes, descriptor } = makeBlob(SIZE);
    await against(
      async (request, response) => {
        await received(request);
        const status = { POST: 202, PATCH: 202, PUT: 201 }[request.method ?? ""] ?? 404;
        reply(response, status, { location: "/up" });
      },
      async (session) => {
        const writing = session.repository("a/b").writeBlob(descriptor, opener(bytes));
        await assert.rejects(writing, failsAs("REGISTRY_UNAVAILABLE", /confirmed the blob but does not have it/));
      },
    );
  });

  it("writeBlob sends the body anew where the token runs out in mid-flight", async () => {
    const { bytes, descriptor } = makeBlob(SIZE);
    const uploads = new Uploads(0);
    let refused = 0;
    await against(
      async (request, response, count) => {
        if (request.url?.startsWith("/token"))
          reply(response, 200, {}, JSON.stringify({ token: `token-${count}`, expires_in: 3600 }));
        else if (!request.headers.authorization || (request.method === "PATCH" && refused++ === 0)) {
          await received(request);
          const realm = `http://${request.headers.host ?? ""}/token`;
          reply(response, 401, { "www-authenticate": `Bearer realm="${realm}",service="s"` });
        } else await uploads.handle(request, response, count);
      },
      async (session) => {
        assert.equal(await session.repository("a/b").writeBlob(descriptor, opener(bytes)), "sent");
        assert.deepEqual(uploads.stored, bytes);
      },
      SOMEBODY,
    );
  });

  it("writeBlob ends with the source's own error, and tells no registry that all is well", async () => {
    const { bytes, descriptor } = makeBlob(SIZE);
    const uploads = new Uploads(0);
    await against(uploads.handle, async (session, { seen }) => {
      const repository = session.repository("a/b");
      const broken = (): Promise<Readable> =>
        Promise.resolve(
          Readable.from(
            (function* () {
              yield bytes.subarray(0, 2_000_000);
              throw new Error("the disk is gone");
            })(),
          ),
        );
      await assert.rejects(repository.writeBlob(descriptor, broken), /the disk is gone/);
      await assert.rejects(
        repository.writeBlob(descriptor, opener(bytes.subarray(1))),
        failsAs("DIGEST_MISMATCH", /4194303 bytes/),
      );
      await assert.rejects(
        repository.writeBlob(descriptor, opener(Buffer.concat([bytes, bytes]))),
        failsAs("DIGEST_MISMATCH", /more/),
      );
      assert.equal(seen.filter(({ method }) => method === "PUT").length, 0);
    });
  });

  it("writeBlob ends when its signal says so", async () => {
    const { bytes, descriptor } = makeBlob(SIZE);
    await against(
      (request, response) => {
        if (request.method === "POST") reply(response, 202, { location: "/up" });
        else if (request.method === "HEAD") reply(response, 404);
      },
      async (session) => {
        const stop = new AbortController();
        setTimeout(() => stop.abort(new Error("enough")), 50);
        const writing = session.repository("a/b").writeBlob(descriptor, opener(bytes), { signal: stop.signal });
        await assert.rejects(writing, /enough/);
      },
    );
  });
});
