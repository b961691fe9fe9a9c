import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, relative, resolve } from "node:path";
import { json } from "node:stream/consumers";
import { z } from "zod";
import { prepareRuntime } from "../../images/console/runtime";
import { healthcheckText } from "../../src/console/healthcheck";
import { openSource, readTree } from "../../src/oci";
import { untilListening } from "../support/console/built";
import { ConsoleImages, IMAGE_TOOLS, pidOf, startContainer, unpackImage } from "../support/console/consoleImage";
import { ConsoleGround } from "../support/console/ground";
import { describeWith, findTool, REFERRERS_TOOL } from "../support/registries";
import { freePort } from "../support/registries/freePort";

const ROOT = resolve(__dirname, "../..");
const PINS = join(ROOT, "images/console/runtime.json");
const VARIABLES = { VERSION: "v1.2.3", COMMIT: "0123456789abcdef0123456789abcdef01234567" };
const BUILD = { ...VARIABLES, CREATED: "2026-11-01T08:00:00Z", BUILD_FLAGS: "--isolation chroot" };

/** What an image says of how it is started. Source: OCI image specification, config.md. */
const configSchema = z.object({
  User: z.string(),
  Env: z.array(z.string()),
  Entrypoint: z.array(z.string()),
  WorkingDir: z.string(),
  Labels: z.record(z.string(), z.string()),
});
const imageSchema = z.object({
  architecture: z.string(),
  config: configSchema,
  history: z.array(z.object({ created_by: z.string() })),
});

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });

/** The platforms of an archive: name, configuration, and the bytes of its layers as they are pulled. */
async function platformsOf(archive: string) {
  const { source, reference, close } = await openSource(`oci-archive:${archive}`);
  try {
    const { manifests } = await readTree(source, reference);
    const read = manifests.map(async ({ content: { config: descriptor, layers } }) => {
      if (descriptor === undefined) return [];
      const { architecture, config, history } = imageSchema.parse(await json(await source.blob(descriptor)));
      // The specification has no place for the health check, so it is looked for where the image says how it was made.
      const [check] = history.flatMap(({ created_by }) => /HEALTHCHECK .* CMD (\[.*\])/.exec(created_by)?.[1] ?? []);
      const healthcheck = z.array(z.string()).parse(JSON.parse(check ?? "[]"));
      return [{ architecture, config, healthcheck, bytes: layers.map(({ size }) => size) }];
    });
    return { digest: reference, platforms: (await Promise.all(read)).flat() };
  } finally {
    await close();
  }
}

describe("healthcheckText", () => {
  it("ends with 0 where the console answers that it is well, else with 1", async () => {
    let status = 200;
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status).end();
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    const check = () =>
      new Promise<number | null>((done) => {
        spawn(process.execPath, ["-e", healthcheckText(port)]).on("close", done);
      });
    assert.equal(await check(), 0);
    status = 503;
    assert.equal(await check(), 1);
    await new Promise((done) => server.close(done));
    assert.equal(await check(), 1);
    assert.deepEqual(asked, ["/healthz", "/healthz"]);
  });
});

describeWith([...IMAGE_TOOLS, "docker-registry", REFERRERS_TOOL], "the console's image", function () {
  this.timeout(300_000);
  let ground: ConsoleGround;
  let images: ConsoleImages;
  let archive: string;
  let port: number;
  const build = (name: string, flags = "") => {
    const [outputs, access] = [join(ground.dir, "outputs.json"), join(ground.dir, "access.json")];
    writeFileSync(outputs, JSON.stringify(ground.outputs));
    writeFileSync(access, JSON.stringify({ anonymous: "read" }));
    const variables = { ...BUILD, BUILD_FLAGS: `${BUILD.BUILD_FLAGS} ${flags}` };
    return images.build(name, { outputs, access, port, variables });
  };
  before(async function () {
    ground = await ConsoleGround.begin();
    images = new ConsoleImages(ground.dir);
    images.prepare(this);
    port = await freePort();
    archive = build("one");
  });
  after(() => ground.end());

  it("S0-3 the console's image is of two platforms, without a user's rights, and its labels are those of the program", async () => {
    const { platforms } = await platformsOf(archive);
    assert.deepEqual(platforms.map(({ architecture }) => architecture).sort(), ["amd64", "arm64"]);
    for (const { config, healthcheck, bytes } of platforms) {
      assert.equal(config.User, "65532:65532");
      assert.deepEqual(config.Entrypoint, ["/usr/bin/node", "/app/console.cjs"]);
      const prefix = "io.dual-registry";
      assert.equal(config.Labels[`${prefix}.binding`], "stage-bound");
      assert.equal(config.Labels[`${prefix}.registry-host`], ground.hostOf("secure"));
      assert.equal(config.Labels[`${prefix}.console.standard-host`], ground.hostOf("standard"));
      assert.equal(config.Labels["org.opencontainers.image.version"], "v1.2.3");
      assert.deepEqual(healthcheck, ["/usr/bin/node", "/app/healthcheck.cjs"]);
      assert.equal(bytes.length, 2);
      // At most what docs/console-image.md says of its size.
      const mebibytes = bytes.reduce((sum, size) => sum + size, 0) / 1024 / 1024;
      assert.ok(mebibytes > 30 && mebibytes < 55, String(mebibytes));
    }
  });

  it("the same inputs give an image of the same digest", async () => {
    const [one, other] = [await platformsOf(archive), await platformsOf(build("other", "--no-cache"))];
    assert.equal(other.digest, one.digest);
  });

  for (const arch of ["amd64", "arm64"])
    it(`the image of ${arch} holds Node, what Node is linked to, and the program: no shell, no package manager, nothing with rights of its own`, async () => {
      const root = await unpackImage(archive, arch);
      const names = filesBelow(root).map((file) => relative(root, file));
      const triplet = arch === "amd64" ? "x86_64-linux-gnu" : "aarch64-linux-gnu";
      const loader = arch === "amd64" ? "ld-linux-x86-64.so.2" : "ld-linux-aarch64.so.1";
      const runs = names.filter((name) => !/^usr\/share\/doc\/|^var\/lib\/dpkg\/status\.d\//.test(name)).sort();
      assert.deepEqual(
        runs,
        [
          ...["app/console.cjs", "app/healthcheck.cjs", "usr/bin/node", "usr/lib/os-release", "lib"],
          ...["etc/group", "etc/nsswitch.conf", "etc/os-release", "etc/passwd"],
          ...(arch === "amd64" ? ["lib64", `usr/lib64/${loader}`] : [`usr/lib/${loader}`]),
          ...["libc.so.6", "libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "libstdc++.so.6"].map(
            (name) => `usr/lib/${triplet}/${name}`,
          ),
          ...[`usr/lib/${triplet}/libstdc++.so.6.0.33`, `usr/lib/${triplet}/${loader}`],
        ].sort(),
      );
      const pins = z
        .object({ packages: z.record(z.string(), z.object({ version: z.string() })) })
        .parse(JSON.parse(readFileSync(PINS, "utf8")));
      for (const [name, { version }] of Object.entries(pins.packages)) {
        const status = readFileSync(join(root, "var/lib/dpkg/status.d", name), "utf8");
        assert.match(status, /^Status: install ok installed$/m);
        assert.ok(status.includes(`\nVersion: ${version}\n`), name);
        assert.match(status, new RegExp(`^Architecture: ${arch}$`, "m"));
      }
      for (const name of names) {
        const stats = lstatSync(join(root, name));
        const { mode, uid, gid, mtimeMs } = stats;
        const own = process.getuid?.() === 0 ? [0, 0] : [uid, gid];
        assert.deepEqual([uid, gid, mtimeMs], [...own, 0], name);
        if (!stats.isSymbolicLink()) assert.equal(mode & 0o6022, 0, name);
      }
    });

  it("S0-3 a container with a read-only root and no rights reads both registries, is well, refuses a changed variable, and ends when told to", async function () {
    const machine = process.arch === "arm64" ? "arm64" : "amd64";
    if (findTool("runc") === undefined || process.getuid?.() !== 0) {
      if (this.test) this.test.title += " (skipped: it needs runc and root)";
      this.skip();
    }
    const { platforms } = await platformsOf(archive);
    const { config, healthcheck } = platforms.find(({ architecture }) => architecture === machine) ?? assert.fail();
    const [uid = 0, gid = 0] = config.User.split(":").map(Number);
    const root = await unpackImage(archive, machine);
    const start = { root, user: { uid, gid }, env: config.Env, cwd: config.WorkingDir, tmp: true };
    const health = (id: string) => startContainer(ground.dir, id, { ...start, args: healthcheck }).ended;

    await ground.image("secure", "orders/api", "v1", { labels: { from: "secure" } });
    await ground.image("standard", "orders/web", "v1", { labels: { from: "standard" } });
    assert.equal(await health("before"), 1);
    const started = startContainer(ground.dir, "console", { ...start, args: config.Entrypoint });
    const console = await untilListening(started);
    for (const [repository, from] of [
      ["orders/api", "secure"],
      ["orders/web", "standard"],
    ]) {
      const answered = await fetch(`${console.address}/api/v1/image?repository=${repository}&reference=v1`);
      assert.ok((await answered.text()).includes(`{"name":"from","value":"${from}"}`));
    }
    const ready = await fetch(`${console.address}/readyz`);
    assert.deepEqual(
      [ready.status, ((await ready.json()) as { registries: { up: boolean }[] }).registries.map(({ up }) => up)],
      [200, [true, true]],
    );
    assert.equal(await health("during"), 0);
    const status = readFileSync(`/proc/${pidOf(ground.dir, "console")}/status`, "utf8");
    assert.match(status, /^Uid:\t65532\t65532\t65532\t65532$/m);
    assert.match(status, /^CapEff:\t0+$/m);
    assert.equal(await console.stop(), 0);

    const env = [...start.env, "DUALREG_SECURE_REGISTRY=registry.example.com"];
    const changed = startContainer(ground.dir, "changed", { ...start, env, args: config.Entrypoint });
    assert.equal(await changed.ended, 2);
    assert.match(JSON.stringify(changed.lines), /variable \\"DUALREG_SECURE_REGISTRY\\".*refused/);
    const still = startContainer(ground.dir, "still", { ...start, tmp: false, args: config.Entrypoint });
    assert.equal(await still.ended, 2);
    assert.match(JSON.stringify(still.lines), /\/tmp\\" cannot be written to.*mount a folder for temporary files/);
    const writes = ["/usr/bin/node", "-e", "require('fs').writeFileSync('/app/console.cjs', '')"];
    const writing = startContainer(ground.dir, "writing", { ...start, args: writes });
    assert.equal(await writing.ended, 1);
    assert.match(JSON.stringify(writing.lines), /EROFS/);
  });

  it("prepareRuntime takes no archive but the pinned one, no version that Debian does not offer, and leaves nothing behind", () => {
    const out = join(ground.dir, "runtime");
    const pins = (change: (text: string) => string): string => {
      const file = join(ground.dir, "pins.json");
      writeFileSync(file, change(readFileSync(PINS, "utf8")));
      return file;
    };
    const other = pins((text) => text.replace(/"amd64": "[0-9a-f]{8}/, '"amd64": "00000000'));
    assert.throws(() => prepareRuntime({ out, pins: other }), /DIGEST_MISMATCH|its digest is [0-9a-f]{64}, and 0{8}/);
    const gone = pins((text) => text.replace(/"version": "/, '"version": "0.'));
    assert.throws(() => prepareRuntime({ out, pins: gone }), /base-files=0\..* of amd64: not to be had.*--renew/s);
    assert.deepEqual(readdirSync(out), []);
  });
});
