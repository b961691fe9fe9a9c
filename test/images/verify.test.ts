import assert from "node:assert/strict";
import { verify as verifyImage } from "../../src/cli/image/verify";
import type { VerifyReport } from "../../src/images/verifyReport";
import { copyImage, copyThrottle } from "../../src/oci/copy/copyImage";
import { openLayout } from "../../src/oci/layout/layoutStore";
import type { StageOutputs } from "../../src/outputs";
import { describeWith } from "../support/registries";
import { type Built, Commands, quick } from "../support/release/commands";
import { trivyReport } from "../support/release/scans";
import { World } from "../support/release/world";

const VERSION = "v1.2.3-rc1";
const HOUR = 60 * 60 * 1000;

describeWith(["docker-registry"], "verify", () => {
  let world: World;
  let commands: Commands;
  let built: Built;
  before(async () => {
    world = await World.begin();
    commands = new Commands(world);
    built = await world.build(VERSION);
    const { code, stderr } = await commands.publish(built, VERSION);
    assert.equal(code, 0, stderr);
  });
  after(() => world.end());

  const verify = async (name: string, outputs: StageOutputs = quick(world.outputs.qa)) => {
    const options = { outputs: commands.outputs(outputs), format: "json" as const };
    const ran = await commands.run((io) => verifyImage.run(name, options, io));
    const report = ran.stdout === "" ? undefined : (JSON.parse(ran.stdout) as VerifyReport);
    const stateOf = (check: string) => report?.checks.find((one) => one.check === check)?.state;
    const whyOf = (check: string) => report?.checks.find((one) => one.check === check)?.why ?? "";
    return { ...ran, report, stateOf, whyOf };
  };
  /** Pushes an image past all gates, as anybody may who has the rights. */
  async function smuggle(image: Built, tag: string): Promise<void> {
    await world.registries(async (registries) => {
      const target = registries.session(world.qa.host).repository("orders/api");
      const source = await openLayout(image.layout);
      await copyImage(source, target, image.descriptor.digest, { throttle: copyThrottle(), repository: "orders/api" });
      await target.writeManifest(await source.manifest(image.descriptor.digest), { tag });
    });
  }

  it("verify ends with 0 where nothing is wrong, by tag and by digest", async () => {
    for (const name of [`orders/api:${VERSION}`, `orders/api@${built.descriptor.digest}`]) {
      const { code, report, stderr } = await verify(name);
      assert.equal(code, 0, stderr);
      assert.equal(report?.verdict, "ok");
      assert.equal(report.digest, built.descriptor.digest);
      assert.deepEqual(
        report.checks.filter(({ state }) => state === "wrong"),
        [],
      );
    }
  });

  it("verify --digest refuses a tag that stands for another image, as good as that is, and reads no other word", async () => {
    const again = await world.build(VERSION, { seed: "moved" });
    const { digest } = built.descriptor;
    const options = { outputs: commands.outputs(quick(world.outputs.qa)), format: "text" } as const;
    const held = (wanted: string) =>
      commands.run((io) => verifyImage.run(`orders/api:${VERSION}`, { ...options, digest: wanted }, io));
    assert.equal((await held(digest)).code, 0);
    const moved = await held(again.descriptor.digest);
    assert.equal(moved.code, 1);
    assert.match(moved.stdout, /^WRONG [^]*wrong +tag +"v1\.2\.3-rc1" stands for this image; wanted: sha256:/);
    assert.match((await held("latest")).stderr, /--digest/);
  });

  it("verify says of an image that was pushed past the gates what it lacks: signature, record, scan", async () => {
    const bare = await world.build("v1.2.9-rc1", { seed: "bare" });
    await smuggle(bare, "v1.2.9-rc1");
    const { code, stateOf, whyOf } = await verify("orders/api:v1.2.9-rc1");
    assert.equal(code, 1);
    assert.deepEqual(["content", "tag", "signature", "record", "scan"].map(stateOf), [
      "ok",
      "ok",
      "wrong",
      "wrong",
      "wrong",
    ]);
    assert.match(whyOf("record"), /no record that counts says how it came here/);
  });

  it("verify says under which name the records are, where the same registry has another", async () => {
    const alias = world.qa.host.replace("localhost", "127.0.0.1");
    const outputs = quick(world.outputs.qa);
    const { secure } = outputs.registries;
    const registries = { ...outputs.registries, secure: { ...secure, loginServer: alias } };
    const { code, stateOf, whyOf } = await verify(`orders/api:${VERSION}`, { ...outputs, registries });
    assert.deepEqual([code, stateOf("content"), stateOf("signature"), stateOf("record")], [1, "ok", "ok", "wrong"]);
    const named = [`${world.qa.host}/orders/api`, `${alias}/orders/api`].map((name) => JSON.stringify(name));
    assert.ok(whyOf("record").includes(`its records are of ${named[0] ?? ""}, and count under that name alone`));
    assert.ok(whyOf("record").includes(`not under ${named[1] ?? ""}`), whyOf("record"));
  });

  it("verify finds a tag of a form that the stage does not take", async () => {
    await smuggle(built, "latest");
    const { code, stateOf, whyOf } = await verify("orders/api:latest");
    assert.deepEqual([code, stateOf("tag"), stateOf("signature")], [1, "wrong", "ok"]);
    assert.match(whyOf("tag"), /latest; qa takes vX\.Y\.Z-rcN/);
  });

  it("verify finds a signature that only a stranger made (S2-12)", async () => {
    const outputs = quick(world.outputs.qa);
    const secure = { ...outputs.policies.secure, signers: [{ key: world.stranger.publicKey }] };
    const { code, stateOf } = await verify(`orders/api:${VERSION}`, {
      ...{ ...outputs, policies: { ...outputs.policies, secure } },
    });
    assert.deepEqual([code, stateOf("signature"), stateOf("record")], [1, "wrong", "wrong"]);
  });

  it("verify says that nothing proves what nobody is asked to sign", async () => {
    const web = await world.build("v1.0.0-rc1", { seed: "web" });
    const asked = quick(world.outputs.qa);
    const outputs = { ...asked, policies: { ...asked.policies, standard: { signature: false, signers: [] } } };
    const how = { outputs, image: "orders/web", scans: [], key: undefined };
    const published = await commands.publish(web, "v1.0.0-rc1", how);
    assert.equal(published.code, 0, published.stderr);
    assert.match(published.stderr, /class standard in qa names nobody who signs: records prove nothing/);
    const { code, stateOf, whyOf } = await verify("orders/web:v1.0.0-rc1", outputs);
    assert.deepEqual(
      [code, stateOf("signature"), stateOf("record"), stateOf("scan")],
      [0, "unproven", "unproven", "unproven"],
    );
    assert.match(whyOf("record"), /unsigned: no signer is named, so records prove nothing/);
  });

  it("verify takes the scans of the last record, whatever earlier ones said", async () => {
    const outputs = quick(world.outputs.qa);
    const lenient = { ...outputs.policies.secure, scan: { critical: 3, high: 3, maxAgeHours: 200 } };
    const image = await world.build("v4.0.0-rc1", { seed: "rescanned" });
    const scan = (severities: readonly string[], hours: number) => [
      trivyReport(image.config.digest, severities, new Date(Date.now() - hours * HOUR)),
    ];
    const policies = { ...outputs.policies, secure: lenient };
    const first = await commands.publish(image, "v4.0.0-rc1", {
      ...{ outputs: { ...outputs, policies }, scans: scan(["CRITICAL"], 100) },
    });
    assert.equal(first.code, 0, first.stderr);
    assert.equal((await verify("orders/api:v4.0.0-rc1")).stateOf("scan"), "wrong");
    const second = await commands.publish(image, "v4.0.0-rc1", { scans: scan([], 1) });
    assert.equal(second.code, 0, second.stderr);
    const { code, stateOf } = await verify("orders/api:v4.0.0-rc1");
    assert.deepEqual([code, stateOf("scan")], [0, "ok"]);
  });

  it("verify ends with 1 for an image that is not there", async () => {
    const { code, report, stderr } = await verify("orders/api:v9.9.9-rc1");
    assert.deepEqual([code, report], [1, undefined]);
    assert.match(stderr, /^NOT_FOUND .*v9\.9\.9-rc1/m);
  });

  it("verify says which blob is missing, and looks no further", async () => {
    const image = await world.build("v1.2.8-rc1", { seed: "torn" });
    assert.equal((await commands.publish(image, "v1.2.8-rc1")).code, 0);
    const [layer] = image.layers;
    assert.ok(layer);
    const { digest } = layer.descriptor;
    await world.registries((registries) =>
      registries.session(world.qa.host).call("DELETE", `/v2/orders/api/blobs/${digest}`),
    );
    const { code, report, whyOf } = await verify("orders/api:v1.2.8-rc1");
    assert.deepEqual([code, report?.verdict, report?.checks.length], [1, "wrong", 1]);
    assert.ok(whyOf("content").includes(digest), whyOf("content"));
  });
});
