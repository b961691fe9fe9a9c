import assert from "node:assert/strict";
import { join } from "node:path";
import { promote } from "../../../src/cli/image/promote";
import { verify } from "../../../src/cli/image/verify";
import type { Digest } from "../../../src/base/digest";
import type { VerifyReport } from "../../../src/images/verifyReport";
import { attachArtifact } from "../../../src/oci/artifact";
import { copyImage, copyThrottle, type ImageTarget, openLayout, readManifest, readSmallBlob } from "../../../src/oci";
import { type BuiltImage, image } from "../../support/images/image";
import { indexOf } from "../../support/images/indexes";
import { LayoutBuilder } from "../../support/images/layoutBuilder";
import { describeWith } from "../../support/registries";
import { type Built, Commands, quick } from "../../support/release/commands";
import { trivyReport } from "../../support/release/scans";
import { labelsOf, World } from "../../support/release/world";

const VERSION = "v1.2.3-rc1";
const AMD = { os: "linux", architecture: "amd64" } as const;
const ARM = { os: "linux", architecture: "arm64" } as const;

describeWith(["docker-registry"], "whoever may push to one registry, and exchanges the platforms of an image", () => {
  let world: World;
  let commands: Commands;
  let layout: LayoutBuilder;
  let amd: BuiltImage;
  let arm: BuiltImage;
  let foreign: BuiltImage;
  let both: Built;
  before(async () => {
    world = await World.begin();
    commands = new Commands(world);
    layout = await LayoutBuilder.begin(join(world.dir, "platforms"));
    const made = (seed: string, platform: typeof AMD | typeof ARM) =>
      image(layout, { seed, platform, labels: labelsOf(VERSION) });
    [amd, arm, foreign] = await Promise.all([made("amd", AMD), made("arm", ARM), made("foreign", ARM)]);
    both = await indexed(amd, arm, "both");
    const scans = [amd, arm].map(({ config }) => trivyReport(config.digest));
    const { code, stderr } = await commands.publish(both, VERSION, { source: `oci:${layout.dir}:both`, scans });
    assert.equal(code, 0, stderr);
  });
  after(() => world.end());

  async function indexed(first: BuiltImage, second: BuiltImage, tag: string): Promise<Built> {
    const listed = [
      { ...first.descriptor, platform: AMD },
      { ...second.descriptor, platform: ARM },
    ];
    const descriptor = await indexOf(layout, listed, { tag });
    return { layout: layout.dir, descriptor, config: first.config };
  }

  const inQa = <T>(use: (target: ImageTarget) => Promise<T>): Promise<T> =>
    world.registries((registries) => use(registries.session(world.qa.host).repository("orders/api")));

  /** Pushes past all gates, and moves a tag where one is named. */
  const smuggle = (digest: Digest, tag?: string) =>
    inQa(async (target) => {
      const source = await openLayout(layout.dir);
      await copyImage(source, target, digest, { throttle: copyThrottle(), repository: "orders/api" });
      if (tag !== undefined) await target.writeManifest(await source.manifest(digest), { tag });
    });

  async function states(reference: string): Promise<Record<string, string>> {
    const options = { outputs: commands.outputs(quick(world.outputs.qa)), format: "json" } as const;
    const { code, stdout } = await commands.run((io) => verify.run(`orders/api${reference}`, options, io));
    const { checks } = JSON.parse(stdout) as VerifyReport;
    return { code: String(code), ...Object.fromEntries(checks.map(({ check, state }) => [check, state])) };
  }

  /** What promotion to uat says of a digest, with sign-offs that are of that digest. */
  async function promoted(reference: string, digest: Digest): Promise<string> {
    const signOffs = [await world.signOffFile(world.signOffs(digest, VERSION))];
    const scan = [amd, arm, foreign].map(({ config }) => commands.file("scan", trivyReport(config.digest)));
    const key = join(world.dir, world.keyFile);
    const how = { outputs: commands.outputs(quick(world.outputs.uat)), version: VERSION, signOffs, scan, key } as const;
    const { code, stdout, stderr } = await commands.run((io) =>
      promote.run([`orders/api${reference}`], { ...how, signOffs, lock: "now", format: "text" }, io),
    );
    return `${code} ${stdout}${stderr}`;
  }

  it("verify takes the whole image, and no platform of it alone: neither signature nor record is a child's", async () => {
    assert.equal((await states(`:${VERSION}`))["code"], "0");
    for (const { descriptor } of [amd, arm]) {
      const child = await states(`@${descriptor.digest}`);
      assert.deepEqual([child["code"], child["signature"], child["record"]], ["1", "wrong", "wrong"]);
    }
  });

  it("promote refuses a platform alone, even where somebody signed that digest off", async () => {
    const { digest } = arm.descriptor;
    assert.match(await promoted(`@${digest}`, digest), /^1 [^]*Origin: no record that counts[^]*Signature: /);
  });

  it("promote and verify refuse an image in which a platform was exchanged, under the tag of the right one (S2-11)", async () => {
    const swapped = await indexed(amd, foreign, "swapped");
    await smuggle(swapped.descriptor.digest, VERSION);
    try {
      const found = await states(`:${VERSION}`);
      assert.deepEqual([found["code"], found["signature"], found["record"]], ["1", "wrong", "wrong"]);
      assert.match(await promoted(`:${VERSION}`, both.descriptor.digest), /^1 [^]*the statement is not about sha256:/);
      assert.match(await promoted(`:${VERSION}`, swapped.descriptor.digest), /^1 [^]*Origin: [^]*Signature: /);
    } finally {
      await smuggle(both.descriptor.digest, VERSION);
    }
  });

  it("verify and promote take no signature and no record of a platform for those of an image that holds it (S2-12)", async () => {
    const single = await LayoutBuilder.begin(join(world.dir, "single"));
    const own = await image(single, { seed: "amd", platform: AMD, labels: labelsOf(VERSION), tag: "own" });
    assert.equal(own.descriptor.digest, amd.descriptor.digest);
    const published = await commands.publish({ ...own, layout: single.dir }, VERSION, {
      options: { tag: ["v1.2.3-rc7"] },
    });
    assert.equal(published.code, 0, published.stderr);
    const trojan = (await indexed(amd, foreign, "trojan")).descriptor.digest;
    await smuggle(trojan, "v1.2.3-rc8");
    const copied = await inQa(async (target) => {
      const subject = await target.resolve(trojan);
      assert.ok(subject);
      const referrers = await target.referrers(amd.descriptor.digest);
      for (const { digest } of referrers) {
        const { artifactType = "", layers, annotations } = readManifest(await target.manifest(digest), "a referrer");
        const [layer] = layers;
        assert.ok(layer);
        const bytes = await readSmallBlob(target, layer, 1024 * 1024);
        assert.ok(bytes);
        await attachArtifact(target, { artifactType, mediaType: layer.mediaType, bytes, annotations }, subject);
      }
      return (await target.referrers(trojan)).length;
    });
    assert.ok(copied >= 3, String(copied));
    const found = await states(":v1.2.3-rc8");
    assert.deepEqual([found["code"], found["signature"], found["record"]], ["1", "wrong", "wrong"]);
    assert.match(await promoted(`@${trojan}`, trojan), /^1 [^]*Origin: no record that counts[^]*Signature: /);
  });

  it("verify finds an image whose platform was taken away, and promotes nothing of it", async () => {
    await inQa((target) => target.delete(arm.descriptor.digest));
    assert.deepEqual(await states(`:${VERSION}`), { code: "1", content: "wrong" });
    assert.match(await promoted(`:${VERSION}`, both.descriptor.digest), /^[12] /);
  });
});
