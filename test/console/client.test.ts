import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Digest } from "../../src/base/digest";
import { composeConsole } from "../../src/console/compose";
import { issueToken, revokeToken, type TokenStore } from "../../src/console/access/machineTokens";
import { folderStore } from "../../src/console/access/tokenStores";
import { consoleLog } from "../../src/console/log";
import { type ConsoleServer, startServer } from "../../src/console/server";
import { settingsOf } from "../../src/console/settings";
import { makeTelemetry } from "../../src/console/telemetry";
import { credentialsFor } from "../../src/oci";
import { ConsoleGround } from "../support/console/ground";
import { describeWith, REFERRERS_TOOL } from "../support/registries";

const CLIENT = resolve(__dirname, "../../examples/console-client/main.mjs");

describeWith(["docker-registry", REFERRERS_TOOL], "the example of a consumer's client", () => {
  let ground: ConsoleGround;
  let digest: Digest;
  let folder: string;
  let store: TokenStore;
  const ends: (() => Promise<unknown>)[] = [];
  const lines: string[] = [];
  before(async () => {
    ground = await ConsoleGround.begin();
    digest = await ground.image("secure", "orders/api", "v1", {
      labels: { "org.opencontainers.image.version": "1.2.3" },
    });
    await ground.sign("secure", "orders/api", digest);
    await ground.image("standard", "orders/web", "v1");
    folder = mkdtempSync(join(tmpdir(), "console-client-"));
    store = folderStore(join(folder, "tokens"));
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
    await ground.end();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The whole console over both registries, which takes machine tokens alone, on a port. */
  async function start(rateLimits: unknown = {}): Promise<ConsoleServer> {
    const access = { machineTokens: { folder: join(folder, "tokens") }, machineTokenSeconds: 1 };
    const settings = settingsOf(ground.outputs, { access, rateLimits });
    const logins = credentialsFor({});
    const telemetry = makeTelemetry({ env: {}, stage: "qa", version: "0" });
    const { app, close } = await composeConsole({
      ...{ settings, credentials: { secure: logins, standard: logins }, telemetry, version: "0" },
      ...{ log: consoleLog((line) => void lines.push(line)), isEnding: () => false },
    });
    const server = await startServer({ app, port: 0, hostname: "127.0.0.1" });
    ends.push(
      close,
      () => server.stop(),
      () => telemetry.shutdown(),
    );
    return server;
  }

  const issue = async (name: string, repositories: string[]) => {
    const { token } = await issueToken(store, { name, repositories, days: 1 }, new Date());
    const file = join(folder, `${name}.token`);
    writeFileSync(file, `${token}\n`, { mode: 0o600 });
    return { token, file };
  };

  const run = (server: ConsoleServer, tokenFile: string, ...args: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
      const env = { CONSOLE_URL: `http://localhost:${server.port}`, CONSOLE_TOKEN_FILE: tokenFile };
      execFile(process.execPath, [CLIENT, ...args], { env }, (error, stdout, stderr) => {
        done({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      });
    });

  it("S0-4 reads an image of its repository from the whole console, and says which registry and who is trusted", async () => {
    const [server, { file, token }] = [await start(), await issue("reader", ["orders/api"])];
    const ran = await run(server, file, "orders/api", "v1");
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(JSON.parse(ran.stdout), {
      ...{ registry: ground.hostOf("secure"), class: "secure", digest, trusted: true },
      labels: { "org.opencontainers.image.version": "1.2.3" },
    });
    assert.equal(lines.join("").includes(token), false);
    assert.ok(lines.some((line) => line.includes('"visitor":"machine reader"')));
  });

  it("S0-4 reads no image of another repository, whether it is there or not, and says the same of both", async () => {
    const [server, { file }] = [await start(), await issue("narrow", ["orders/api"])];
    for (const args of [
      ["orders/web", "v1"],
      ["orders/nothing", "v1"],
    ]) {
      const ran = await run(server, file, ...args);
      assert.deepEqual([ran.code, ran.stdout], [1, ""]);
      assert.match(
        ran.stderr,
        /^image: 404; there is no such image, or the token does not read its repository \(request [\w-]+\)\n$/,
      );
    }
  });

  it("S0-4 is refused with a token that was revoked or is none, and never shows it", async () => {
    const server = await start();
    const { file, token } = await issue("revoked", ["orders/*"]);
    await revokeToken(store, "revoked", new Date());
    const none = join(folder, "none.token");
    writeFileSync(none, "drct_nothing");
    for (const tokenFile of [file, none]) {
      const ran = await run(server, tokenFile, "orders/api", "v1");
      assert.equal(ran.code, 1);
      assert.match(ran.stderr, /^image: 401; the token is missing, wrong, expired or revoked: ask for a new one/);
      assert.equal(ran.stderr.includes(token), false);
    }
  });

  it("comes back when a busy console says, and gives up what it may not send in plain text", async () => {
    const server = await start({ visitor: { points: 2, seconds: 1 } });
    const { file } = await issue("busy", ["orders/*"]);
    for (let times = 0; times < 3; times += 1) {
      const ran = await run(server, file, "orders/api", "v1");
      assert.equal(ran.code, 0, ran.stderr);
    }
    assert.ok(lines.some((line) => line.includes('"status":429')));
    const env = { CONSOLE_URL: "http://console.example.com", CONSOLE_TOKEN_FILE: file };
    const refused = await new Promise<string>((done) => {
      execFile(process.execPath, [CLIENT, "orders/api", "v1"], { env }, (_, __, stderr) => done(stderr));
    });
    assert.match(refused, /allowed: https, or this computer/);
  });
});
