import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { PromoteResult } from "../../src/cli/image/promote";
import type { PublishResult } from "../../src/cli/image/publish";
import type { ProductResult, TagResult } from "../../src/cli/image/tagging";
import { describeWith } from "../support/registries";
import { quick } from "../support/release/commands";
import type { Ran } from "../support/release/dualreg";
import { asEntry, outputsFor } from "../support/release/outputsFor";
import { PRODUCT, ProductGround } from "../support/release/productGround";
import { buildOf, World } from "../support/release/world";

const NONE = Object.fromEntries(PRODUCT.map((repository) => [repository, undefined]));
const NONSENSE = `sha256:${"0".repeat(64)}`;

const productIn = ({ stdout }: Ran): ProductResult => JSON.parse(stdout) as ProductResult;
const statesIn = (ran: Ran): Record<string, string> =>
  Object.fromEntries(productIn(ran).images.map(({ repository, state }) => [repository, state]));
const imageIn = (ran: Ran, repository: string): TagResult => {
  const found = productIn(ran).images.find((image) => image.repository === repository);
  assert.ok(found, ran.stdout);
  return found;
};

describeWith(["docker-registry"], "a product of several images", () => {
  let world: World;
  let ground: ProductGround;
  before(async () => {
    world = await World.begin();
    ground = new ProductGround(world, world.qa.host);
  });
  after(() => world.end());

  it("S4-3 image publish --push-by-digest leaves a whole, signed and recorded image without a tag, and says what it is to be called", async () => {
    const { code, stdout, stderr, digest } = await ground.push("orders/api", "v1.0.0-rc1");
    assert.equal(code, 0, stderr);
    const result = JSON.parse(stdout) as PublishResult;
    assert.deepEqual(
      [result.stage, result.repository, result.digest, result.tags, result.version, result.locked],
      ["qa", "orders/api", digest, ["v1.0.0-rc1"], "v1.0.0-rc1", null],
    );
    assert.match(result.tagWith ?? "", /^dualreg image tag /);
    assert.deepEqual(
      result.phases.map(({ phase }) => phase),
      ["read", "gates", "push", "compare", "attach", "sign and record"],
    );
    assert.deepEqual(await ground.standing("v1.0.0-rc1"), NONE);
    assert.deepEqual(await ground.standing(digest), { ...NONE, "orders/api": digest });
  });

  it("S4-3 image tag places the tags of all images, once each of them is there, and finds them done the second time", async () => {
    const files = await ground.pushAll("v1.0.0-rc2");
    const ready = await ground.tag(files, { dryRun: true });
    assert.deepEqual([ready.code, statesIn(ready)], [0, Object.fromEntries(PRODUCT.map((name) => [name, "ready"]))]);
    const unplaced = await ground.tag(files, { check: true });
    assert.equal(unplaced.code, 1);
    assert.deepEqual(await ground.standing("v1.0.0-rc2"), NONE);
    const first = await ground.tag(files);
    assert.equal(first.code, 0, first.stderr);
    const digests = Object.fromEntries(productIn(first).images.map(({ repository, digest }) => [repository, digest]));
    assert.deepEqual(await ground.standing("v1.0.0-rc2"), digests);
    for (const how of [{}, { check: true }, { dryRun: true }] as const) {
      const again = await ground.tag(files, how);
      assert.deepEqual([again.code, new Set(Object.values(statesIn(again)))], [0, new Set(["tagged"])]);
    }
    assert.deepEqual(await ground.standing("v1.0.0-rc2"), digests);
  });

  it("S4-3 image tag places no tag where an image is missing, and says which", async () => {
    const [api = "", console_ = ""] = await ground.pushAll("v1.0.0-rc3");
    const { code, stderr } = await ground.tag([api, console_]);
    assert.equal(code, 1);
    assert.match(stderr, /orders\/web: no result says that it was pushed/);
    assert.deepEqual(await ground.standing("v1.0.0-rc3"), NONE);
    const two = await ground.tag([api, console_], { image: ["orders/api", "orders/console"] });
    assert.equal(two.code, 0, two.stderr);
    const other = await ground.tag([api, console_], { image: ["orders/api"] });
    assert.match(other.stderr, /"orders\/console": not an image of the product; allowed: orders\/api/);
    const twice = await ground.tag([api, api, console_]);
    assert.match(twice.stderr, /"orders\/api": two results/);
  });

  it("S4-3 image tag places no tag where one image is of another version or commit", async () => {
    const [api = "", console_ = ""] = await ground.pushAll("v1.0.0-rc4");
    const { file: other } = await ground.push("orders/web", "v1.0.0-rc5");
    const versions = await ground.tag([api, console_, other]);
    assert.equal(versions.code, 1);
    assert.match(versions.stderr, /"orders\/web": version "v1\.0\.0-rc5", and "orders\/api" "v1\.0\.0-rc4"/);
    const commit = "f".repeat(40);
    const labels = { "org.opencontainers.image.revision": commit };
    const built = await world.build("v1.0.0-rc4", { seed: "elsewhere", labels });
    const elsewhere = await ground.commands.publish(built, "v1.0.0-rc4", {
      ...{ outputs: ground.outputs, image: "orders/web", build: { ...buildOf("v1.0.0-rc4"), commit } },
      options: { pushByDigest: true, format: "json" },
    });
    assert.equal(elsewhere.code, 0, elsewhere.stderr);
    const commits = await ground.tag([api, console_, ground.commands.file("result", elsewhere.stdout)]);
    assert.equal(commits.code, 1);
    assert.match(commits.stderr, /"orders\/web": built from f{40}, and "orders\/api" from 0123/);
    for (const tag of ["v1.0.0-rc4", "v1.0.0-rc5"]) assert.deepEqual(await ground.standing(tag), NONE);
  });

  it("S4-3 image tag believes the registry and not a result: every field that was changed is refused, and no tag placed", async () => {
    const version = "v1.0.0-rc6";
    const files = await ground.pushAll(version);
    const { digest: stranger } = await ground.push("orders/web", "v1.0.0-rc7");
    const { digest: earlier } = await ground.push("orders/api", "v1.0.0-rc7");
    const [first = "", ...rest] = files;
    const result = JSON.parse(readFileSync(first, "utf8")) as PublishResult;
    const refused: readonly [change: Partial<Record<keyof PublishResult, unknown>>, says: RegExp][] = [
      [{ stage: "uat" }, /"orders\/api": pushed to "uat"; wanted: qa/],
      [{ stage: "../qa" }, /stage: allowed: the name of a stage/],
      [{ digest: NONSENSE }, /Content: .*publish it again/],
      [{ digest: stranger }, /Content: .*publish it again/],
      [{ digest: earlier }, /Record: it is of "v1\.0\.0-rc7"/],
      [{ digest: "latest" }, /digest: allowed: a digest/],
      [{ repository: "../orders/api" }, /repository: allowed: a repository's path/],
      [{ repository: "orders/other" }, /"orders\/other": not an image of the product/],
      [{ repository: "orders/web" }, /"orders\/web": two results/],
      [
        { image: "registry.example.com/orders/api" },
        /pushed to "registry\.example\.com\/orders\/api"; wanted: localhost/,
      ],
      [{ tags: ["v9.9.9-rc1"] }, /Record: it is of "v1\.0\.0-rc6" of 0123[0-9a-f]+, to be tagged "v1\.0\.0-rc6"/],
      [{ tags: [version, "v9.9.9-rc1"] }, /Record: it is of/],
      [{ tags: ["latest"] }, /Tag "latest": qa takes vX\.Y\.Z-rcN/],
      [{ tags: ["a/../b"] }, /tags\[0\]: allowed: a tag/],
      [{ tags: [] }, /tags: allowed: at least 1 entry/],
      [{ version: "v9.9.9-rc1" }, /version "v1\.0\.0-rc6", and "orders\/api" "v9\.9\.9-rc1"/],
      [{ commit: "f".repeat(40) }, /wanted: one commit/],
      [{ commit: "main" }, /commit: allowed: a whole commit/],
    ];
    for (const [change, says] of refused) {
      const file = ground.commands.file("result", { ...result, ...change });
      const ran = await ground.tag([file, ...rest]);
      assert.equal(ran.code, 1, `${JSON.stringify(change)} ${ran.stderr}`);
      assert.match(`${ran.stderr}${ran.stdout.replaceAll('\\"', '"')}`, says);
    }
    for (const text of ["", "[]", "null", "{", '{"__proto__": {"stage": "qa"}}', "[".repeat(100)]) {
      const ran = await ground.tag([ground.commands.file("result", text), ...rest]);
      assert.ok(ran.code === 1 || ran.code === 2, text);
    }
    for (const tag of [version, "v9.9.9-rc1", "latest"]) assert.deepEqual(await ground.standing(tag), NONE);
    assert.equal((await ground.tag(files)).code, 0);
  });

  it("S4-3 image tag takes no record that nobody trusted signed", async () => {
    const version = "v1.0.0-rc8";
    const built = await ground.build("orders/api", version);
    const { policy } = world;
    const trusting = {
      ...ground.outputs,
      policies: { ...ground.outputs.policies, secure: { signature: false, signers: [] } },
    };
    const unsigned = await ground.commands.publish(built, version, {
      ...{ outputs: trusting, key: undefined, scans: [] },
      options: { pushByDigest: true, format: "json" },
    });
    assert.equal(unsigned.code, 0, unsigned.stderr);
    assert.ok(policy.signature);
    const others = await Promise.all(PRODUCT.slice(1).map((repository) => ground.push(repository, version)));
    const files = [ground.commands.file("result", unsigned.stdout), ...others.map(({ file }) => file)];
    const ran = await ground.tag(files);
    assert.equal(ran.code, 1);
    assert.match(
      imageIn(ran, "orders/api").problems.join("\n"),
      /Signature: [^]*Record: none that counts [^]*nobody signed counts for nothing/,
    );
    assert.deepEqual([imageIn(ran, "orders/web").state, await ground.standing(version)], ["ready", NONE]);
  });

  it("S4-3 image tag places no tag where the second image's stands for another digest", async () => {
    const version = "v1.0.0-rc9";
    const files = await ground.pushAll(version);
    const foreign = await ground.push("orders/console", "v1.0.0-rc10");
    await world.registries(async (registries) => {
      const target = registries.session(ground.host).repository("orders/console");
      await target.writeManifest(await target.manifest(foreign.digest), { tag: version });
    });
    const ran = await ground.tag(files);
    assert.equal(ran.code, 1);
    assert.match(
      imageIn(ran, "orders/console").problems.join("\n"),
      new RegExp(`stands for ${foreign.digest} already`),
    );
    assert.deepEqual(await ground.standing(version), { ...NONE, "orders/console": foreign.digest });
    // Whoever publishes is told of it before anything is sent.
    const again = await ground.push("orders/console", version);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /TAG_TAKEN/);
  });

  it("S4-3 image tag --class looks at and tags one class, and wants results of all", async () => {
    const version = "v1.0.0-rc11";
    const files = await ground.pushAll(version);
    const standard = await ground.tag(files, { class: "standard" });
    assert.deepEqual([standard.code, statesIn(standard)], [0, { "orders/web": "tagged" }]);
    const { "orders/web": web, ...others } = await ground.standing(version);
    assert.ok(web);
    assert.deepEqual(new Set(Object.values(others)), new Set([undefined]));
    const half = await ground.tag(files, { check: true });
    assert.deepEqual(
      [half.code, statesIn(half)],
      [1, { "orders/api": "ready", "orders/console": "ready", "orders/web": "tagged" }],
    );
    assert.equal((await ground.tag(files.slice(0, 2), { class: "secure" })).code, 1);
    assert.equal((await ground.tag(files, { class: "secure" })).code, 0);
    assert.equal((await ground.tag(files, { check: true })).code, 0);
  });

  it("S4-3 image promote --push-by-digest brings images whose tags image tag places, all or none", async () => {
    const version = "v1.2.0-rc1";
    const built = await Promise.all(PRODUCT.map((repository) => ground.build(repository, version)));
    for (const [at, image] of built.entries()) {
      const ran = await ground.commands.publish(image, version, { outputs: ground.outputs, image: PRODUCT[at] ?? "" });
      assert.equal(ran.code, 0, ran.stderr);
    }
    const uat = new ProductGround(world, world.uat.host, quick(world.outputs.uat), ground.commands);
    const promoted: string[] = [];
    for (const at of [0, 2]) {
      const [image, repository = ""] = [built[at], PRODUCT[at]];
      assert.ok(image);
      const options = { pushByDigest: true, format: "json" } as const;
      const ran = await ground.commands.promote(image, version, { outputs: uat.outputs, image: repository, options });
      assert.equal(ran.code, 0, ran.stderr);
      const [result] = JSON.parse(ran.stdout) as PromoteResult[];
      assert.deepEqual([result?.stage, result?.tags, result?.locked], ["uat", [version], null]);
      assert.match(result?.tagWith ?? "", /^dualreg image tag /);
      promoted.push(ground.commands.file("result", ran.stdout));
    }
    assert.deepEqual(await uat.standing(version), NONE);
    const lacking = await uat.tag(promoted);
    assert.match(lacking.stderr, /orders\/console: no result says/);
    const image = ["orders/api", "orders/web"];
    const [result] = JSON.parse(readFileSync(promoted[0] ?? "", "utf8")) as PromoteResult[];
    const forged: readonly Partial<PromoteResult>[] = [
      { tags: ["v1.2.1-rc1"] },
      { commit: "f".repeat(40) },
      { digest: built[2]?.descriptor.digest ?? "sha256:" },
    ];
    for (const change of forged) {
      const file = ground.commands.file("result", { ...result, ...change });
      assert.equal((await uat.tag([file, promoted[1] ?? ""], { image })).code, 1, JSON.stringify(change));
    }
    assert.deepEqual(await uat.standing(version), NONE);
    const whole = await uat.tag(promoted, { image });
    assert.equal(whole.code, 0, whole.stderr);
    const [api, , web] = built.map(({ descriptor }) => descriptor.digest);
    assert.deepEqual(await uat.standing(version), { ...NONE, "orders/api": api, "orders/web": web });
  });
});

describeWith(["docker-registry"], "a product on a registry with locks", () => {
  it("S4-3 image tag locks the tags of every image, or leaves that to whoever may", async () => {
    const world = await World.begin("acr");
    try {
      const { policy, acr } = world;
      const outputs = asEntry(outputsFor({ stage: "uat", host: world.uatHost, kind: "acr", policy }));
      const ground = new ProductGround(world, world.uatHost, outputs);
      const files = await ground.pushAll("v1.0.0-rc1");
      const later = await ground.tag(files, { lock: "later" });
      assert.equal(later.code, 0, later.stderr);
      const { images } = productIn(later);
      assert.deepEqual(
        images.map(({ locked, lockWith = [] }) => [locked, lockWith.length]),
        PRODUCT.map(() => [false, 1]),
      );
      assert.equal(acr?.attributes("orders/web:v1.0.0-rc1").writeEnabled, true);
      const now = await ground.tag(files);
      assert.equal(now.code, 0, now.stderr);
      assert.ok(productIn(now).images.every(({ locked }) => locked));
      for (const repository of PRODUCT) assert.equal(acr.attributes(`${repository}:v1.0.0-rc1`).writeEnabled, false);
    } finally {
      await world.end();
    }
  });
});
