import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { Hono } from "hono";
import type { ConsoleEnv } from "../../src/console/app";
import { consoleProbes } from "../../src/console/probes";
import { makeTelemetry, type Telemetry } from "../../src/console/telemetry";
import { makeSigningPair } from "../support/registries/certificate";
import { gunzipSync } from "node:zlib";

/** Takes what exporters send. Both want a 200: OTLP with an empty object, Application Insights with what it accepted. */
async function collector(
  secure = false,
): Promise<{ url: string; got: { path: string; text: string }[]; stop: () => void }> {
  const got: { path: string; text: string }[] = [];
  const pair = secure ? makeSigningPair() : undefined;
  const tls = pair && {
    key: pair.key.export({ type: "pkcs8", format: "pem" }),
    cert: readFileSync(pair.certificateFile),
  };
  const answer: RequestListener = (request, response) => {
    void buffer(request).then((bytes) => {
      const text = (request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString();
      got.push({ path: request.url ?? "", text });
      const taken = request.url?.includes("track") === true ? { itemsReceived: 1, itemsAccepted: 1, errors: [] } : {};
      response.setHeader("content-type", "application/json").end(JSON.stringify(taken));
    });
  };
  const server = tls ? createSecureServer(tls, answer) : createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    server.close();
    pair?.remove();
  };
  return { url: `${secure ? "https" : "http"}://127.0.0.1:${port}`, got, stop };
}

const appWith = (telemetry: Telemetry, answers: { isEnding?: boolean; up?: readonly boolean[] } = {}) => {
  const { isEnding = false, up = [true, true] } = answers;
  const app = new Hono<ConsoleEnv>();
  app.use(telemetry.middleware);
  const registry = (at: number) => ({
    ...{ class: at === 0 ? ("secure" as const) : ("standard" as const), host: "h", vanityHost: "v", kind: "acr" },
  });
  const health = () =>
    Promise.resolve(
      up.map((is, at) => ({
        registry: registry(at),
        part: is ? { state: "ok" as const, value: "up" as const } : { state: "unavailable" as const, reason: "down" },
      })),
    );
  app.route("/", consoleProbes({ health, metricsText: telemetry.metricsText, isEnding: () => isEnding }));
  app.get("/api/v1/image", (context) => context.text("image"));
  app.get("/repositories/:name", (context) => context.text("page"));
  return app;
};

const facts = { stage: "qa", version: "1.0.0" };

describe("the console's telemetry and probes", () => {
  const environment = { ...process.env };
  afterEach(() => {
    process.env = { ...environment };
  });

  it("S1-22 metrics count requests by route and status, and name no repository", async () => {
    const telemetry = makeTelemetry({ env: {}, ...facts });
    const app = appWith(telemetry);
    await app.request("/api/v1/image?repository=orders/api");
    await app.request("/repositories/orders");
    await app.request("/nowhere/orders");
    const answered = await app.request("/metrics");
    const text = await answered.text();
    assert.match(answered.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
    assert.match(text, /http_server_request_duration_count\{[^}]*http_route="\/api\/v1\/image"[^}]*\} 1/);
    assert.match(text, /http_route="\/repositories\/:name"/);
    assert.match(text, /process_memory_usage/);
    assert.doesNotMatch(text, /orders/);
    await telemetry.shutdown();
  });

  it("readyz is ready with one registry up, says which one is not, and is not ready at the end", async () => {
    const telemetry = makeTelemetry({ env: {}, ...facts });
    const status = async (answers: Parameters<typeof appWith>[1]) => {
      const answered = await appWith(telemetry, answers).request("/readyz");
      return [answered.status, ((await answered.json()) as { ready: boolean }).ready];
    };
    assert.deepEqual(await status({}), [200, true]);
    assert.deepEqual(await status({ up: [true, false] }), [200, true]);
    assert.deepEqual(await status({ up: [false, false] }), [503, false]);
    assert.deepEqual(await status({ isEnding: true }), [503, false]);
    assert.equal((await appWith(telemetry, { up: [false, false] }).request("/healthz")).status, 200);
    await telemetry.shutdown();
  });

  it("S1-22 traces go by OTLP where the standard variable says, as part of the caller's", async () => {
    const { url, got, stop } = await collector();
    process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = url;
    const telemetry = makeTelemetry({ env: process.env, ...facts });
    const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
    await appWith(telemetry).request("/repositories/orders", { headers: { traceparent } });
    await telemetry.shutdown();
    stop();
    const sent = got.find(({ path }) => path === "/v1/traces");
    assert.ok(sent, JSON.stringify(got));
    assert.match(sent.text, /GET \/repositories\/:name/);
    assert.match(sent.text, new RegExp("a".repeat(32)));
    assert.match(sent.text, /dual-registry-console/);
  });

  it("S1-22 the console reports requests and metrics to Application Insights where it has a connection string", async () => {
    const { url, got, stop } = await collector(true);
    // The exporter speaks https alone, and the stand-in has a certificate of its own.
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    const key = "00000000-0000-0000-0000-000000000001";
    const connectionString = `InstrumentationKey=${key};IngestionEndpoint=${url}/`;
    const telemetry = makeTelemetry({ env: {}, connectionString, ...facts });
    await appWith(telemetry).request("/repositories/orders");
    await telemetry.shutdown();
    stop();
    const text = got.map((one) => one.text).join("\n");
    assert.match(text, /RequestData/);
    assert.match(text, /GET \/repositories\/:name/);
    assert.match(text, /http\.server\.request\.duration/);
    assert.match(text, new RegExp(key));
  });
});
