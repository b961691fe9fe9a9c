import assert from "node:assert/strict";
import { join } from "node:path";
import { digestOf } from "../../src/base/digest";
import { exportImages } from "../../src/cli/image/export";
import { importImages } from "../../src/cli/image/import";
import type { Mirrored } from "../../src/images/mirror";
import { openSource } from "../../src/oci";
import { makeVerifier } from "../../src/signing/verifier";
import { verifyImage } from "../../src/signing/verifyImage";
import { skopeo } from "../support/images/skopeo";
import { describeWith, skipWithout } from "../support/registries";
import { type Built, Commands } from "../support/release/commands";
import { outputsFor } from "../support/release/outputsFor";
import { World } from "../support/release/world";

const VERSION = "v1.2.3-rc1";

describeWith(["docker-registry"], "export to a layout and import elsewhere", () => {
  let world: World;
  let commands: Commands;
  let built: Built;
  let dir = "";
  before(async () => {
    world = await World.begin();
    commands = new Commands(world);
    built = await world.build(VERSION);
    dir = join(world.dir, "mirror");
    const { code, stderr } = await commands.publish(built, VERSION);
    assert.equal(code, 0, stderr);
  });
  after(() => world.end());

  const exported = (...references: string[]) =>
    commands.run((io) => exportImages.run(references, { to: dir, format: "json" }, io));
  /** Into a registry of qa elsewhere, as a company has it behind a network of its own. */
  const imported = (namespace?: string, from = dir) => {
    const { policy, uat } = world;
    const elsewhere = outputsFor({ stage: "qa", host: uat.host, kind: "distribution", policy });
    const { secure, standard } = elsewhere.registries;
    const below = namespace === undefined ? {} : { namespace };
    const registries = { secure: { ...secure, ...below }, standard: { ...standard, ...below } };
    const outputs = commands.outputs({ ...elsewhere, registries });
    return commands.run((io) => importImages.run(from, { outputs, format: "json" }, io));
  };
  const read = (stdout: string) => JSON.parse(stdout) as Mirrored[];

  it("export writes an image with all that refers to it, and twice writes nothing new (S2-15)", async () => {
    const name = `${world.qa.host}/orders/api`;
    const first = await exported(`${name}:${VERSION}`);
    assert.equal(first.code, 0, first.stderr);
    const [one] = read(first.stdout);
    assert.deepEqual([one?.digest, one?.tag, one?.referrers.length], [built.descriptor.digest, VERSION, 4]);
    const second = await exported(`${name}:${VERSION}`);
    assert.deepEqual(
      read(second.stdout).map(({ sentBytes }) => sentBytes),
      [0],
    );
  });

  it("export --alone leaves behind what refers to an image, so that a layout holds the one that is published anew", async () => {
    const to = join(world.dir, "alone");
    const options = { to, alone: true, format: "json" } as const;
    const name = `${world.qa.host}/orders/api@${built.descriptor.digest}`;
    const { code, stdout, stderr } = await commands.run((io) => exportImages.run([name], options, io));
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      read(stdout).map(({ digest, referrers }) => [digest, referrers]),
      [[built.descriptor.digest, []]],
    );
    // The one image of the layout, without a name: as the workflow publishes it.
    const opened = await openSource(`oci:${to}`);
    assert.equal(opened.reference, built.descriptor.digest);
    assert.equal((await opened.source.referrers(built.descriptor.digest)).length, 0);
    await opened.close();
  });

  it("export writes a layout that skopeo reads, with the same digest (S2-15)", async function () {
    skipWithout(this, "skopeo");
    const name = `${world.qa.host}/orders/api:${VERSION}`;
    const raw = await skopeo("inspect", "--raw", `oci:${dir}:${name}`).catch(() =>
      skopeo("inspect", "--raw", `oci:${dir}:${VERSION}`),
    );
    assert.equal(digestOf(Buffer.from(raw)), built.descriptor.digest);
  });

  it("import keeps digest, tag, referrers and signature below a namespace of another registry (S2-15)", async () => {
    const { code, stdout, stderr } = await imported("mirror");
    assert.equal(code, 0, stderr);
    const [one, ...more] = read(stdout);
    assert.equal(more.length, 0);
    assert.deepEqual([one?.to, one?.digest], [`${world.uat.host}/mirror/orders/api`, built.descriptor.digest]);
    await world.registries(async (registries) => {
      const repository = registries.session(world.uat.host).repository("mirror/orders/api");
      assert.equal((await repository.resolve(VERSION))?.digest, built.descriptor.digest);
      await verifyImage(repository, built.descriptor.digest, world.policy.signers, makeVerifier());
      assert.equal((await repository.referrers(built.descriptor.digest)).length, 4);
    });
  });

  it("import run again sends nothing", async () => {
    const { stdout } = await imported("mirror");
    assert.equal(read(stdout)[0]?.sentBytes, 0);
  });

  it("export by digest takes the image without a tag, and import brings it as well", async () => {
    const other = await world.build("v1.2.4-rc1", { seed: "by digest" });
    assert.equal((await commands.publish(other, "v1.2.4-rc1")).code, 0);
    const { digest } = other.descriptor;
    dir = join(world.dir, "by-digest");
    const { code, stdout, stderr } = await exported(`${world.qa.host}/orders/api@${digest}`);
    assert.equal(code, 0, stderr);
    assert.deepEqual([read(stdout)[0]?.digest, read(stdout)[0]?.tag], [digest, undefined]);
    const back = await imported();
    assert.equal(back.code, 0, back.stderr);
    assert.deepEqual(
      read(back.stdout).map((one) => one.digest),
      [digest],
    );
  });

  it("export ends with 1 for an image that is not there, import with 2 for a folder that is no layout", async () => {
    const missing = await exported(`${world.qa.host}/orders/api:v9.9.9-rc1`);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /v9\.9\.9-rc1/);
    const none = await imported(undefined, join(world.dir, "docker"));
    assert.notEqual(none.code, 0);
    assert.ok(none.stderr.includes(join(world.dir, "docker")), none.stderr);
  });

  it("import refuses a layout whose images do not say where they belong", async () => {
    const { code, stdout, stderr } = await imported(undefined, built.layout);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /holds no image that says where it belongs; allowed: /);
  });
});
