import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { FaultChoice } from "../support/registries/faultChoice";
import { type FaultProxy, startFaultProxy } from "../support/registries/faultProxy";
import { diskFull, type Fault, insufficientStorage, serverError, tooMany } from "../support/registries/faults";

/** What the client saw: a whole answer, or the end of the connection. */
type Seen = { status: number; body: Buffer; headers: Headers } | { broken: string };

describe("startFaultProxy", () => {
  const content = randomBytes(200_000);
  let server: Server;
  let proxy: FaultProxy;
  let received: { path: string; bytes: number }[] = [];

  before(async () => {
    server = createServer((request, response) => {
      let bytes = 0;
      request.on("data", (chunk: Buffer) => (bytes += chunk.length));
      request.on("end", () => {
        received.push({ path: request.url ?? "", bytes });
        const own = `http://localhost:${(server.address() as AddressInfo).port}`;
        if (request.url === "/v2/" && request.headers.authorization === undefined)
          response.writeHead(401, { "www-authenticate": `Bearer realm="${own}/token",service="x"` }).end();
        else if (request.url === "/asks" && request.headers.authorization === undefined)
          response
            .writeHead(401, { "www-authenticate": `Bearer realm="${own}/token",scope="a:${request.method}"` })
            .end();
        else response.writeHead(200, { location: `${own}/next`, "content-length": content.length }).end(content);
      });
      request.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    proxy = await startFaultProxy(`localhost:${(server.address() as AddressInfo).port}`);
  });
  beforeEach(() => (received = []));
  after(async () => {
    await proxy.stop();
    server.closeAllConnections();
    server.close();
  });

  const ask = async (fault: Fault | undefined, init: RequestInit = {}, path = "/blob"): Promise<Seen> => {
    proxy.use(fault === undefined ? {} : { rules: [{ match: (hit) => hit.path === path, fault }] });
    try {
      const answer = await fetch(`http://${proxy.host}${path}`, { signal: AbortSignal.timeout(1500), ...init });
      return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) };
    } catch (error) {
      return { broken: error instanceof Error ? error.name : "?" };
    }
  };
  const whole = (seen: Seen): Exclude<Seen, { broken: string }> => ("broken" in seen ? assert.fail(seen.broken) : seen);
  const upload = { method: "PUT", body: randomBytes(300_000) };

  it("startFaultProxy passes everything on, and its own name for the target's", async () => {
    const seen = whole(await ask(undefined, upload));
    assert.deepEqual(seen.body, content);
    assert.equal(seen.headers.get("location"), `http://${proxy.host}/next`);
    assert.deepEqual(received, [{ path: "/blob", bytes: 300_000 }]);
    assert.deepEqual(proxy.requests.at(-1), { method: "PUT", path: "/blob", length: 300_000, status: 200 });
  });

  it("startFaultProxy resets a response, which the target has given", async () => {
    for (const atByte of [0, 1, 100_000])
      assert.ok("broken" in (await ask({ kind: "reset", of: "response", atByte }, upload)), String(atByte));
    assert.deepEqual(
      received.map(({ bytes }) => bytes),
      [300_000, 300_000, 300_000],
    );
  });

  it("startFaultProxy resets a request, which the target never has whole", async () => {
    for (const atByte of [0, 1, 200_000])
      assert.ok("broken" in (await ask({ kind: "reset", of: "request", atByte }, upload)), String(atByte));
    assert.deepEqual(received, []);
  });

  it("startFaultProxy truncates openly and silently", async () => {
    assert.ok("broken" in (await ask({ kind: "truncate", atByte: 500 })));
    const seen = whole(await ask({ kind: "truncate", atByte: 500, silent: true }));
    assert.deepEqual(seen.body, content.subarray(0, 500));
  });

  it("startFaultProxy turns one byte over", async () => {
    const { body } = whole(await ask({ kind: "corrupt", of: "response", atByte: 150_000 }));
    const different = [...body.keys()].filter((index) => body[index] !== content[index]);
    assert.deepEqual(different, [150_000]);
  });

  it("startFaultProxy hangs on either side until the client gives up", async () => {
    for (const of of ["request", "response"] as const)
      for (const atByte of [0, 100_000])
        assert.deepEqual(await ask({ kind: "hang", of, atByte }, upload), { broken: "TimeoutError" });
  });

  it("startFaultProxy slows a body down", async () => {
    const began = Date.now();
    const seen = whole(await ask({ kind: "slow", of: "response", bytesPerSecond: 400_000 }));
    assert.deepEqual(seen.body, content);
    assert.ok(Date.now() - began > 400);
  });

  it("startFaultProxy answers in the target's stead", async () => {
    assert.equal(whole(await ask(serverError(503))).status, 503);
    assert.equal(whole(await ask(tooMany("7"))).headers.get("retry-after"), "7");
    assert.equal(whole(await ask(insufficientStorage())).status, 507);
    const full = whole(await ask(diskFull(1000), upload));
    assert.match(full.body.toString(), /no space left/);
    assert.deepEqual(received, []);
  });

  it("startFaultProxy refuses a token with the target's own challenge", async () => {
    const { status, headers } = whole(
      await ask({ kind: "expired" }, { headers: { authorization: "Bearer x" } }, "/asks"),
    );
    assert.equal(status, 401);
    assert.equal(
      headers.get("www-authenticate"),
      `Bearer realm="http://${proxy.host}/token",scope="a:GET",error="invalid_token"`,
    );
  });

  it("startFaultProxy sets the clock wrong, and any header", async () => {
    const late = whole(await ask({ kind: "clock", seconds: 7200 })).headers.get("date") ?? "";
    assert.ok(Math.abs(Date.parse(late) - Date.now() - 7_200_000) < 5000);
    assert.equal(
      whole(await ask({ kind: "header", name: "Location", value: undefined })).headers.get("location"),
      null,
    );
  });

  it("FaultChoice hits the nth request that matches, and no other", () => {
    const fault = serverError();
    const choice = new FaultChoice({ rules: [{ match: ({ method }) => method === "PUT", at: 2, fault }] });
    const seen = ["PUT", "GET", "PUT", "PUT"].map((method) => choice.next({ method, path: "/" }));
    assert.deepEqual(seen, [undefined, undefined, fault, undefined]);
  });

  it("FaultChoice draws the same from the same seed, about as often as it should", () => {
    const draw = (seed: number): string[] => {
      const choice = new FaultChoice({ chance: { probability: 0.05, seed } });
      return Array.from({ length: 4000 }, () => JSON.stringify(choice.next({ method: "GET", path: "/" }) ?? null));
    };
    const drawn = draw(1);
    assert.deepEqual(drawn, draw(1));
    assert.notDeepEqual(drawn, draw(2));
    const hit = drawn.filter((fault) => fault !== "null");
    assert.ok(hit.length > 150 && hit.length < 250, String(hit.length));
    assert.equal(new Set(hit.map((one) => createHash("sha1").update(one).digest("hex"))).size, 10);
  });
});
