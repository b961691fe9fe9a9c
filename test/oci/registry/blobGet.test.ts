import assert from "node:assert/strict";
import { drain, failsAs, makeBlob, openQuickly, SOMEBODY } from "./support/client";
import { against, reply, startHostile } from "./support/hostile";

const SIZE = 3 * 1024 * 1024;

/** The first byte that a request wants. */
const rangeOf = (header: string | undefined): number => Number(/^bytes=(\d+)-$/.exec(header ?? "")?.[1] ?? 0);

describe("blob", () => {
  it("blob goes on from where a connection broke, again and again", async () => {
    const { bytes, descriptor } = makeBlob(SIZE);
    await against(
      (request, response) => {
        const from = rangeOf(request.headers.range);
        const to = Math.min(from + 700_000, SIZE);
        const range = { "content-range": `bytes ${from}-${SIZE - 1}/${SIZE}` };
        response.writeHead(from ? 206 : 200, { "content-length": SIZE - from, ...(from ? range : {}) });
        if (to === SIZE) response.end(bytes.subarray(from));
        else response.write(bytes.subarray(from, to), () => setTimeout(() => request.socket.destroy(), 20));
      },
      async (session, { seen }) => {
        assert.deepEqual(await drain(await session.repository("a/b").blob(descriptor)), bytes);
        const starts = seen.map(({ headers }) => rangeOf(headers.range));
        assert.ok(starts.length > 2, `requests from ${starts.join()}`);
        assert.deepEqual(
          starts,
          [...starts].sort((a, b) => a - b),
        );
      },
      undefined,
      { retry: { attempts: 9 } },
    );
  });

  it("blob skips what it has where the registry begins anew", async () => {
    const { bytes, descriptor } = makeBlob(SIZE);
    await against(
      (request, response, count) => {
        response.writeHead(200, { "content-length": SIZE });
        if (count > 1) response.end(bytes);
        else response.write(bytes.subarray(0, 1_000_000), () => setTimeout(() => request.socket.destroy(), 20));
      },
      async (session) => assert.deepEqual(await drain(await session.repository("a/b").blob(descriptor)), bytes),
    );
  });

  it("blob ends with REGISTRY_UNAVAILABLE where the connection always breaks at the same place", async () => {
    const { bytes, descriptor } = makeBlob(SIZE);
    await against(
      (request, response) => {
        const from = rangeOf(request.headers.range);
        if (from > 0) request.socket.destroy();
        else {
          response.writeHead(200, { "content-length": SIZE });
          response.write(bytes.subarray(0, 1000), () => setTimeout(() => request.socket.destroy(), 20));
        }
      },
      async (session, { seen }) => {
        const stream = await session.repository("a/b").blob(descriptor);
        await assert.rejects(drain(stream), failsAs("REGISTRY_UNAVAILABLE", /4 times in a row/, /a\/b@sha256/));
        assert.equal(seen.length, 4);
      },
    );
  });

  it("blob ends with DIGEST_MISMATCH for wrong bytes, for too many and for another length", async () => {
    const { bytes, descriptor } = makeBlob(5000);
    const wrong = makeBlob(5000).bytes;
    await against(
      (request, response) => {
        if (request.url?.includes("wrong/")) reply(response, 200, {}, wrong);
        else if (request.url?.includes("short/")) reply(response, 200, {}, bytes.subarray(1));
        else response.writeHead(200).end(Buffer.concat([bytes, bytes]));
      },
      async (session) => {
        const readAll = async (path: string): Promise<Buffer> => drain(await session.repository(path).blob(descriptor));
        await assert.rejects(readAll("wrong/b"), failsAs("DIGEST_MISMATCH", /wrong\/b/, /the bytes have digest/));
        await assert.rejects(readAll("short/b"), failsAs("DIGEST_MISMATCH", /holds 4999 bytes; expected: 5000/));
        await assert.rejects(readAll("long/b"), failsAs("DIGEST_MISMATCH", /more than 5000 bytes/));
      },
    );
  });

  it("blob ends soon where the registry hangs, before and in the body", async () => {
    const { bytes, descriptor } = makeBlob(5000);
    await against(
      (request, response) => {
        if (request.url?.includes("silent/")) return;
        response.writeHead(200, { "content-length": 5000 });
        response.write(bytes.subarray(0, 100));
      },
      async (session) => {
        await assert.rejects(
          session.repository("silent/b").blob(descriptor),
          failsAs("REGISTRY_UNAVAILABLE", /HEADERS_TIMEOUT/),
        );
        const stream = await session.repository("slow/b").blob(descriptor);
        await assert.rejects(drain(stream), failsAs("REGISTRY_UNAVAILABLE", /BODY_TIMEOUT/));
      },
      undefined,
      { timeouts: { headers: 300, idle: 300 }, retry: { attempts: 2 } },
    );
  });

  it("blob that its signal ends before the first byte fails by its promise alone, and ends no process", async () => {
    const { descriptor } = makeBlob(5000);
    const unseen: unknown[] = [];
    const note = (error: unknown) => void unseen.push(error);
    process.on("uncaughtExceptionMonitor", note);
    await against(
      () => undefined,
      async (session, { seen }) => {
        const ending = new AbortController();
        const wanted = session.repository("a/b").blob(descriptor, ending.signal);
        while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        ending.abort(new Error("no longer"));
        await assert.rejects(wanted, /no longer/);
        await new Promise((resolve) => setImmediate(resolve));
      },
    );
    process.off("uncaughtExceptionMonitor", note);
    assert.deepEqual(unseen, []);
  });

  it("blob ends when its signal says so, and lets the connection go", async () => {
    const { bytes, descriptor } = makeBlob(5000);
    await against(
      (_, response) => {
        response.writeHead(200, { "content-length": 5000 });
        response.write(bytes.subarray(0, 100));
      },
      async (session) => {
        const stop = new AbortController();
        const stream = await session.repository("a/b").blob(descriptor, stop.signal);
        setTimeout(() => stop.abort(new Error("enough")), 50);
        await assert.rejects(drain(stream), /enough/);
      },
    );
  });

  it("blob follows a redirect without showing the authorization to another host", async () => {
    const { bytes, descriptor } = makeBlob(5000);
    const storage = await startHostile((_, response) => reply(response, 200, {}, bytes));
    try {
      await against(
        (request, response) => {
          if (!request.headers.authorization) reply(response, 401, { "www-authenticate": 'Basic realm="x"' });
          else reply(response, 307, { location: `http://${storage.host}/stored?sig=secret`, "set-cookie": "a=b" });
        },
        async (session, { seen }) => {
          assert.deepEqual(await drain(await session.repository("a/b").blob(descriptor)), bytes);
          assert.match(seen.at(-1)?.headers.authorization ?? "", /^Basic /);
          assert.deepEqual(
            storage.seen.map(({ url }) => url),
            ["/stored?sig=secret"],
          );
          for (const name of ["authorization", "cookie", "referer"])
            assert.equal(storage.seen[0]?.headers[name], undefined);
        },
        SOMEBODY,
      );
    } finally {
      await storage.stop();
    }
  });

  it("blob does not show the authorization again after a way round over another host", async () => {
    const { bytes, descriptor } = makeBlob(5000);
    let home = "";
    const away = await startHostile((_, response) => reply(response, 302, { location: `http://${home}/back` }));
    try {
      await against(
        (request, response) => {
          if (request.url === "/back") reply(response, 200, {}, bytes);
          else if (!request.headers.authorization) reply(response, 401, { "www-authenticate": "Basic" });
          else reply(response, 302, { location: `http://${away.host}/` });
        },
        async (session, { host, seen }) => {
          home = host;
          await drain(await session.repository("a/b").blob(descriptor));
          assert.equal(seen.at(-1)?.headers.authorization, undefined);
        },
        SOMEBODY,
      );
    } finally {
      await away.stop();
    }
  });

  it("blob refuses redirects in a circle, to plain text and to what is no address", async () => {
    const { descriptor } = makeBlob(5);
    const targets: Record<string, string> = {
      circle: "/v2/circle/x",
      plain: "http://example.com/x?sig=hunter2",
      none: "http://[",
      file: "file:///etc/passwd",
    };
    await against(
      (request, response) => reply(response, 307, { location: targets[request.url?.split("/")[2] ?? ""] ?? "" }),
      async (session, { seen }) => {
        const get = (path: string): Promise<unknown> => session.repository(path).blob(descriptor);
        await assert.rejects(get("circle"), failsAs("CONTENT_INVALID", /more than 5 redirects/));
        assert.equal(seen.length, 6);
        await assert.rejects(get("plain"), failsAs("CONTENT_INVALID", /"http:\/\/example\.com\/x"/, /https/));
        await assert.rejects(get("none"), failsAs("CONTENT_INVALID", /not an address/));
        await assert.rejects(get("file"), failsAs("CONTENT_INVALID", /https/));
      },
    );
  });

  it("blob keeps 60 MB waiting while nobody reads", async () => {
    const size = 60 * 1024 * 1024;
    let sent = 0;
    await against(
      (_, response) => {
        response.writeHead(200, { "content-length": size });
        const piece = Buffer.alloc(65_536);
        const send = (): void => {
          while (sent < size && !response.destroyed) {
            sent += piece.length;
            if (!response.write(piece)) {
              response.once("drain", send);
              return;
            }
          }
        };
        send();
      },
      async (session) => {
        const { descriptor } = makeBlob(1);
        const stream = await session.repository("a/b").blob({ ...descriptor, size });
        await new Promise((resolve) => setTimeout(resolve, 300));
        assert.ok(sent < 30 * 1024 * 1024, `${sent} bytes were taken`);
        stream.destroy();
      },
    );
  });

  it("openRegistry speaks to no other machine without TLS", async () => {
    const session = openQuickly("192.0.2.1", undefined, { timeouts: { connect: 50 }, retry: { attempts: 1 } });
    await assert.rejects(session.ping(), failsAs("REGISTRY_UNAVAILABLE", /https:\/\/192\.0\.2\.1/));
    await session.close();
  });
});
