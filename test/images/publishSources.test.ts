import assert from "node:assert/strict";
import { readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../../src/base/digest";
import type { PublishResult } from "../../src/cli/image/publish";
import { savedArchive } from "../support/images/archives";
import { engineStandIn } from "../support/images/engineStandIn";
import { image } from "../support/images/image";
import { LayoutBuilder } from "../support/images/layoutBuilder";
import { describeWith } from "../support/registries";
import { type Built, Commands, quick } from "../support/release/commands";
import { outputsFor } from "../support/release/outputsFor";
import { labelsOf, World } from "../support/release/world";

const VERSION = "v1.2.3-rc1";

/** A docker archive whose layers are worth compressing. */
async function saved(version: string): Promise<{ tar: Buffer; config: { digest: Built["config"]["digest"] } }> {
  const layers = [Buffer.alloc(200_000, "a line of text\n"), Buffer.alloc(100_000, "another line\n")];
  const { tar, configs } = await savedArchive([{ labels: labelsOf(version), layers }]);
  assert.ok(configs[0]);
  return { tar, config: { digest: digestOf(configs[0]) } };
}

describeWith(["docker-registry"], "publish from other sources", () => {
  let world: World;
  let commands: Commands;
  before(async () => {
    world = await World.begin();
    commands = new Commands(world);
  });
  after(() => world.end());

  const publish = async (source: string, config: Built["config"], host: string) => {
    const built = { layout: "", descriptor: config, config };
    const outputs = quick(outputsFor({ stage: "qa", host, kind: "distribution", policy: world.policy }));
    return commands.publish(built, VERSION, { source, outputs, options: { format: "json" } });
  };
  const read = ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => {
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as PublishResult;
  };

  it("publish compresses a docker archive's layers, the same on every run, and says how well (S1-10)", async () => {
    const { tar, config } = await saved(VERSION);
    const file = world.write("saved.tar", tar);
    const first = read(await publish(`docker-archive:${file}`, config, world.qa.host));
    const elsewhere = read(await publish(`docker-archive:${file}`, config, world.uat.host));
    assert.equal(elsewhere.digest, first.digest);
    assert.deepEqual(elsewhere.compression, first.compression);
    assert.ok(first.compression);
    assert.ok(first.compression.uncompressed >= 300_000 && first.compression.compressed < 30_000);
    const again = read(await publish(`docker-archive:${file}`, config, world.qa.host));
    assert.deepEqual([again.digest, again.blobs.sent], [first.digest, 0]);
  });

  it("publish takes an image from a local engine, by its socket", async () => {
    const { tar, config } = await saved(VERSION);
    const socket = join(world.dir, "engine.sock");
    const engine = await engineStandIn(socket, () => ({ status: 200, body: tar }));
    const known = process.env["DOCKER_HOST"];
    process.env["DOCKER_HOST"] = `unix://${socket}`;
    try {
      const result = read(await publish("engine:orders/api:v1", config, world.uat.host));
      assert.deepEqual(result.tags, [VERSION]);
      assert.match(engine.asked.join(), /GET \/images\/orders%2Fapi%3Av1\/get|GET \/images\/orders\/api:v1\/get/);
    } finally {
      if (known === undefined) delete process.env["DOCKER_HOST"];
      else process.env["DOCKER_HOST"] = known;
      await engine.stop();
    }
  });

  for (const [what, spoil] of [
    ["other bytes than its digest says", (file: string, size: number) => writeFileSync(file, "x".repeat(size))],
    ["fewer bytes than its size says", (file: string) => truncateSync(file, 100)],
  ] as const) {
    it(`publish refuses a source whose layer has ${what}, before anything is sent (S1-8)`, async () => {
      const fresh = await World.begin();
      try {
        const layout = await LayoutBuilder.begin(join(fresh.dir, "spoilt"));
        const built = await image(layout, { tag: "built", seed: what, labels: labelsOf(VERSION) });
        const [layer] = built.layers;
        assert.ok(layer);
        spoil(layout.pathOf(layer.descriptor.digest), layer.descriptor.size);
        const own = new Commands(fresh);
        const { code, stdout, stderr } = await own.publish({ ...built, layout: layout.dir }, VERSION);
        assert.deepEqual([code, stdout], [1, ""]);
        assert.match(stderr, /^(?:DIGEST_MISMATCH|CONTENT_INVALID|NOT_FOUND) /m);
        assert.ok(stderr.includes(layer.descriptor.digest), stderr);
        assert.deepEqual(readdirSync(fresh.qa.storageDir), []);
      } finally {
        await fresh.end();
      }
    });
  }
});
