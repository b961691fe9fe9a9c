import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { get } from "node:http";
import { createConnection } from "node:net";
import { join, resolve } from "node:path";
import { Hono } from "hono";
import { consoleApp, type ConsoleEnv } from "../../src/console/app";
import { makeRateLimits, rateLimitSettings } from "../../src/console/rateLimit";
import { consoleHeaders } from "../../src/console/headers";
import { forLoopback, startServer } from "../../src/console/server";
import { ConsoleGround } from "../support/console/ground";
import { describeWith, REFERRERS_TOOL } from "../support/registries";

describe("startServer", () => {
  it("startServer lets what runs end, takes nothing new, and ends idle connections", async () => {
    let answer = (): void => undefined;
    let begun = (): void => undefined;
    const waiting = new Promise<void>((done) => (begun = done));
    const app = new Hono<ConsoleEnv>();
    app.get("/slow", async (context) => {
      begun();
      await new Promise<void>((done) => (answer = done));
      return context.text("whole");
    });
    const server = await startServer({ app, port: 0, hostname: "127.0.0.1" });
    const address = `http://127.0.0.1:${server.port}`;
    const running = fetch(`${address}/slow`);
    await waiting;
    const idle = createConnection(server.port, "127.0.0.1");
    await once(idle, "connect");
    const stopped = server.stop();
    answer();
    assert.equal(await (await running).text(), "whole");
    idle.destroy();
    await stopped;
    await assert.rejects(fetch(`${address}/slow`));
  });

  it("forLoopback answers whoever names this machine, and no page whose name was made to lead here", async () => {
    const app = new Hono<ConsoleEnv>().get("/", (context) => context.text("images"));
    const server = await startServer({ app: forLoopback(app), port: 0, hostname: "127.0.0.1" });
    const asked = (host: string) =>
      new Promise<number>((done, fail) => {
        const options = { host: "127.0.0.1", port: server.port, headers: { host } };
        get(options, (response) => done(response.resume().statusCode ?? 0)).once("error", fail);
      });
    try {
      const { port } = server;
      for (const own of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:9000`])
        assert.equal(await asked(own), 200);
      for (const other of [`rebind.example.net:${port}`, `127.0.0.1.example.net`, `localhost.example.net:${port}`]) {
        assert.equal(await asked(other), 421, other);
      }
    } finally {
      await server.stop();
    }
  });

  it("consoleApp limits visitors, and no probe: what stands in front has one address", async () => {
    const routes = (path: string, text: string): Hono<ConsoleEnv> => {
      const made = new Hono<ConsoleEnv>();
      made.get(path, (context) => context.text(text));
      return made;
    };
    const limits = makeRateLimits(rateLimitSettings.parse({ address: { points: 1, seconds: 60 } }));
    const app = consoleApp({
      ...{ before: [], limit: limits.middleware, assets: new Hono<ConsoleEnv>(), hooks: new Hono<ConsoleEnv>() },
      access: { routes: new Hono<ConsoleEnv>(), authenticate: (_, next) => next() },
      ...{ api: routes("*", "api"), pages: routes("*", "page"), probes: routes("/healthz", "ok") },
    });
    const statuses: number[] = [];
    for (const path of ["/", "/", "/healthz", "/healthz"]) statuses.push((await app.request(path)).status);
    assert.deepEqual(statuses, [200, 429, 200, 200]);
  });

  it("S0-10 consoleHeaders sets the same headers on a server's answers as on those without a port", async () => {
    const app = new Hono<ConsoleEnv>();
    app.use(consoleHeaders());
    app.get("/plain", (context) => context.text("plain"));
    app.get("/kept", (context) => context.text("kept", 200, { "cache-control": "private, no-cache" }));
    app.get("/fault", () => {
      throw new Error("a fault");
    });
    app.onError((_, context) => context.text("fault", 500));
    const server = await startServer({ app, port: 0, hostname: "127.0.0.1" });
    for (const path of ["/plain", "/kept", "/fault", "/missing"]) {
      const [over, direct] = [await fetch(`http://127.0.0.1:${server.port}${path}`), await app.request(path)];
      const wanted = [...direct.headers].filter(([name]) => name !== "content-length");
      assert.ok(wanted.some(([name]) => name === "content-security-policy"));
      for (const [name, value] of wanted) assert.equal(over.headers.get(name), value, `${path}: ${name}`);
      assert.equal(over.status, direct.status);
    }
    await server.stop();
  });

  it("startServer says when its port is taken", async () => {
    const app = new Hono<ConsoleEnv>();
    const first = await startServer({ app, port: 0, hostname: "127.0.0.1" });
    await assert.rejects(startServer({ app, port: first.port, hostname: "127.0.0.1" }), { code: "EADDRINUSE" });
    await first.stop();
  });
});

describeWith(["docker-registry", REFERRERS_TOOL], "console serve", () => {
  let ground: ConsoleGround;
  before(async () => {
    ground = await ConsoleGround.begin();
    await ground.image("standard", "orders/web", "v1");
  });
  after(() => ground.end());

  it("console serve shows a stage's images on the loopback, logs each request without its query, and ends well", async () => {
    const outputs = join(ground.dir, "outputs.json");
    writeFileSync(outputs, JSON.stringify(ground.outputs));
    const bin = resolve(__dirname, "../../bin/dualreg.js");
    const child = spawn(process.execPath, [bin, "console", "serve", "--outputs", outputs, "--format", "json"], {
      env: { PATH: process.env["PATH"] ?? "", HOME: ground.dir },
    });
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
    const [first] = (await once(child.stdout, "data")) as [Buffer];
    const { address } = JSON.parse(first.toString()) as { address: string };
    const answered = await fetch(`${address}api/v1/image?repository=orders/web&reference=v1`);
    assert.equal(answered.status, 200);
    assert.match(answered.headers.get("content-security-policy") ?? "", /default-src 'none'/);
    assert.equal((await fetch(`${address}readyz`)).status, 200);
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [0, null]);
    const lines = log.trim().split("\n");
    assert.ok(
      lines.some((line) => (JSON.parse(line) as { path: string }).path === "/api/v1/image"),
      log,
    );
    assert.ok(!log.includes("orders/web"));
  });
});
