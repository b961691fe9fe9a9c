import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { Readable } from "node:stream";
import { engineName, engineSocket, openEngine } from "../../src/oci/engine";
import { openLayout } from "../../src/oci/layout/layoutStore";
import { layoutTar, savedArchive } from "../support/images/archives";
import { copyImage } from "../support/images/copyImage";
import { type EngineAnswer, engineStandIn, type EngineStandIn } from "../support/images/engineStandIn";
import { image } from "../support/images/image";
import { LayoutBuilder } from "../support/images/layoutBuilder";
import { coded } from "../support/images/rejection";
import { workFolder } from "../support/images/workFolder";

describe("openEngine", () => {
  const folder = workFolder();
  let engine: EngineStandIn | undefined;
  const answers = new Map<string, EngineAnswer>();

  beforeEach(async () => {
    engine = await engineStandIn(folder("engine.sock"), (name) => answers.get(name));
    await mkdir(folder("temp"));
  });
  afterEach(async () => {
    await engine?.stop();
    answers.clear();
  });

  const open = (name: string): ReturnType<typeof openEngine> =>
    openEngine(name, { socket: folder("engine.sock"), tempDir: folder("temp") });

  async function refused(name: string, ...expected: Parameters<typeof coded>): Promise<void> {
    await assert.rejects(open(name), coded(...expected));
    assert.deepEqual(await readdir(folder("temp")), []);
  }

  it("openEngine reads an image of an engine that sends a layout, and removes it when it is closed", async () => {
    const built = await LayoutBuilder.begin(folder("from"));
    const { descriptor } = await image(built, { tag: "v1", repository: "docker.io/orders/api" });
    answers.set("orders/api:v1", { status: 200, body: await layoutTar(built.dir) });
    const source = await open("orders/api:v1");
    await copyImage(source, await openLayout(folder("to"), { create: true }), "orders/api:v1", "v1");
    assert.equal((await source.resolve("v1"))?.digest, descriptor.digest);
    await source.close();
    assert.deepEqual(await readdir(folder("temp")), []);
    assert.deepEqual(engine?.asked, ["GET /images/orders/api:v1/get"]);
  });

  it("openEngine reads an image of an older engine, and asks for latest where no tag is given", async () => {
    const { tar } = await savedArchive([{ names: ["orders/api:latest"] }]);
    answers.set("registry.example.com:5000/orders/api:latest", { status: 200, body: tar });
    const source = await open("registry.example.com:5000/orders/api");
    assert.ok(source.stats.uncompressed > source.stats.compressed);
    assert.ok((await source.resolve("latest"))?.digest);
    await source.close();
    assert.deepEqual(await readdir(folder("temp")), []);
  });

  it("openEngine says that there is no such image, by 404 and as older engines say it", async () => {
    await refused("orders/none:v1", "NOT_FOUND", "engine:orders/none:v1", "docker images");
    answers.set("orders/old:v1", {
      status: 500,
      body: Buffer.from(`{"message":"reference does not exist: No such image"}`),
    });
    await refused("orders/old:v1", "NOT_FOUND");
  });

  it("openEngine shortens and quotes what an engine says of another error", async () => {
    answers.set("a:v1", {
      status: 500,
      body: Buffer.from(JSON.stringify({ message: `disk\n\u001b[31m${"x".repeat(9000)}` })),
    });
    await refused("a:v1", "REGISTRY_REFUSED", "500", String.raw`disk\n\u001b[31mxxx`);
    answers.set("a:v1", { status: 503, body: Buffer.from(`{"message":"busy\\nnow"}`) });
    await refused("a:v1", "REGISTRY_REFUSED", "503", String.raw`"busy\nnow"`);
  });

  it("openEngine refuses an archive that breaks off, by its connection or by its bytes", async () => {
    const { tar } = await savedArchive();
    const half = tar.subarray(0, 3000);
    answers.set("a:v1", { status: 200, body: half });
    await refused("a:v1", "CONTENT_INVALID", "engine:a:v1", "not a whole tar file");
    answers.set("b:v1", { status: 200, body: Readable.from(breaking(half)) });
    await refused("b:v1", "REGISTRY_UNAVAILABLE", "broke");
  });

  it("openEngine ends by its signal and leaves nothing", async () => {
    const stop = new AbortController();
    answers.set("a:v1", { status: 200, body: new Readable({ read: () => stop.abort() }) });
    const opening = openEngine("a:v1", { socket: folder("engine.sock"), tempDir: folder("temp"), signal: stop.signal });
    await assert.rejects(opening, { name: "AbortError" });
    assert.deepEqual(await readdir(folder("temp")), []);
  });

  it("openEngine says what to do where no engine is", async () => {
    const nobody = openEngine("a:v1", { socket: folder("none.sock"), tempDir: folder("temp") });
    await assert.rejects(
      nobody,
      coded("REGISTRY_UNAVAILABLE", "none.sock", "start Docker or Podman", "docker-archive:FILE"),
    );
    const server = createServer((socket) => socket.destroy());
    server.listen(folder("dead.sock"));
    await once(server, "listening");
    const dead = openEngine("a:v1", { socket: folder("dead.sock"), tempDir: folder("temp") });
    await assert.rejects(dead, coded("REGISTRY_UNAVAILABLE", "dead.sock", "broke"));
    server.close();
    assert.deepEqual(await readdir(folder("temp")), []);
  });
});

describe("engineName", () => {
  it("engineName takes names, digests and ids, and refuses what could be another request", () => {
    const id = "a".repeat(64);
    for (const name of ["a:v1", "example.com:5000/a/b:v1", `a@sha256:${id}`, `sha256:${id}`, "0123456789ab"]) {
      assert.equal(engineName(name), name);
    }
    assert.equal(engineName("localhost:5000/a"), "localhost:5000/a:latest");
    for (const name of ["", "..", "a/../b", "a?x=1", "a b", "/a", "a//b", "a:v1\r\nX: y", "a%2e", "x".repeat(600)]) {
      assert.throws(() => engineName(name), coded("USAGE", "name[:tag]"));
    }
  });
});

describe("engineSocket", () => {
  it("engineSocket is that of DOCKER_HOST, or Docker's own, and never another machine's", () => {
    assert.equal(engineSocket({}), "/var/run/docker.sock");
    assert.equal(engineSocket({ DOCKER_HOST: "unix:///run/user/1000/podman.sock" }), "/run/user/1000/podman.sock");
    for (const host of ["tcp://example.com:2375", "ssh://someone:secret@example.com", "docker.sock"]) {
      assert.throws(
        () => engineSocket({ DOCKER_HOST: host }),
        (error: unknown) => {
          return coded("USAGE", "DOCKER_HOST", "unix:///")(error) && !String(error).includes("secret");
        },
      );
    }
  });
});

const SOCKET = "/var/run/docker.sock";
const real = existsSync(SOCKET) ? describe : describe.skip;

real(`openEngine of a running engine${existsSync(SOCKET) ? "" : ` (skipped: no ${SOCKET})`}`, () => {
  it("openEngine reads the first image of the engine, where it has one", async function () {
    const format = ["--format", "{{.Repository}}:{{.Tag}}"];
    const images = execFileSync("docker", ["images", ...format], { encoding: "utf8" }).split("\n");
    const name = images.find((line) => line !== "" && !line.includes("<none>"));
    if (name === undefined) {
      this.skip();
    }
    const source = await openEngine(name, { socket: SOCKET });
    assert.equal((await source.choices()).length, 1);
    await source.close();
  });
});

async function* breaking(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
  await new Promise((resolve) => setTimeout(resolve, 50));
  throw new Error("broken");
}
