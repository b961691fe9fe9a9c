import assert from "node:assert/strict";
import type { PublishAllResult } from "../../../src/cli/image/publishAll";
import { describeWith, startDistribution, startFaultProxy } from "../../support/registries";
import { COMMON_FAULTS } from "../../support/registries/faults";
import { PRODUCT, ProductGround } from "../../support/release/productGround";
import { trivyReport } from "../../support/release/scans";
import { World } from "../../support/release/world";

const NONE = Object.fromEntries(PRODUCT.map((repository) => [repository, undefined]));

describeWith(["docker-registry"], "image publish-all", () => {
  let world: World;
  let ground: ProductGround;
  before(async () => {
    world = await World.begin();
    ground = new ProductGround(world, world.qa.host);
  });
  after(() => world.end());

  it("S4-3 image publish-all publishes a product by a list of its images, through every gate", async () => {
    const version = "v1.1.0-rc1";
    const images = await Promise.all(PRODUCT.map((repository) => ground.listed(repository, version)));
    const ran = await ground.publishAll({ build: ground.buildFile(version), images });
    assert.equal(ran.code, 0, ran.stderr);
    const { images: tagged, pushed } = JSON.parse(ran.stdout) as PublishAllResult;
    assert.deepEqual([tagged.length, pushed.length], [3, 3]);
    const again = await ground.publishAll({ build: ground.buildFile(version), images });
    assert.equal(again.code, 0, again.stderr);
    const { pushed: second } = JSON.parse(again.stdout) as PublishAllResult;
    assert.ok(second.every(({ blobs }) => blobs.sent === 0));
    const text = await ground.publishAll({ build: ground.buildFile(version), images }, { format: "text" });
    assert.match(text.stdout, /^v1\.1\.0-rc1 in qa, of 0123[^]*tagged +orders\/api [^]*3 images, 0 blobs sent/);
  });

  it("S4-3 image publish-all tags none where a gate refuses one, and says of every image what stands against it", async () => {
    const version = "v1.1.0-rc2";
    const images = await Promise.all(PRODUCT.map((repository) => ground.listed(repository, version)));
    const { config } = await ground.build("orders/api", version);
    const bad = ground.commands.file("scan", trivyReport(config.digest, ["CRITICAL"]));
    const list = {
      build: ground.buildFile(version),
      images: images.map((one) => (one.image === "orders/api" ? { ...one, scan: [bad] } : one)),
    };
    const ran = await ground.publishAll(list, { format: "text" });
    assert.equal(ran.code, 1);
    assert.match(
      ran.stdout,
      /^Nothing is tagged in qa:\n {2}REFUSED orders\/api\n {4}Scan: .*CRITICAL[^]*pushed {2}orders\/web/,
    );
    assert.deepEqual(await ground.standing(version), NONE);
    const lacking = await ground.publishAll({ ...list, images: images.slice(1) });
    assert.deepEqual([lacking.code, lacking.stderr.includes("lacks orders/api")], [1, true]);
  });

  it("S4-3 image publish-all refuses a list of another form with every field that is wrong", async () => {
    const image = { image: "orders/api", source: "oci:x" };
    const lists: readonly [list: object | string, says: RegExp][] = [
      ["images: [", /neither YAML nor JSON/],
      ["", /allowed: \{ build: build\.json/],
      [{ images: [] }, /images: allowed: at least 1 entry/],
      [{ images: [{ ...image, scans: ["x"] }] }, /did you mean `scan`/],
      [{ images: [{ ...image, source: "--key" }] }, /images\[0\]\.source: allowed: a name/],
      [{ images: [{ image: "orders/other", source: "oci:x" }] }, /"orders\/other" is not mapped/],
      ["images: &a [*a]", /neither YAML nor JSON|allowed/],
    ];
    for (const [list, says] of lists) {
      const { code, stderr } = await ground.publishAll(list);
      assert.equal(code, 2, JSON.stringify(list));
      assert.match(stderr, says);
    }
  });
});

describeWith(["docker-registry"], "a product whose requests fail now and then", () => {
  it("S4-3 S1-25 image publish-all publishes it whole where 5 % of all requests go wrong", async () => {
    const world = await World.begin();
    const registry = await startDistribution();
    const faults = COMMON_FAULTS.filter(({ kind }) => kind !== "expired");
    const proxy = await startFaultProxy(registry.host, { chance: { probability: 0.05, seed: 7, faults } });
    try {
      const ground = new ProductGround(world, proxy.host);
      for (let run = 1; run <= 4; run += 1) {
        const version = `v1.0.${run}-rc1`;
        const images = await Promise.all(PRODUCT.map((repository) => ground.listed(repository, version)));
        const ran = await ground.publishAll({ build: ground.buildFile(version), images });
        assert.equal(ran.code, 0, ran.stderr);
        const digests = (JSON.parse(ran.stdout) as PublishAllResult).images.map(({ repository, digest }) => [
          repository,
          digest,
        ]);
        assert.deepEqual(await ground.standing(version, registry.host), Object.fromEntries(digests));
      }
      assert.ok(proxy.injected().length > 5);
    } finally {
      await proxy.stop();
      await registry.stop();
      await world.end();
    }
  });
});
