import assert from "node:assert/strict";
import { join } from "node:path";
import { promote, type PromoteResult } from "../../src/cli/image/promote";
import { tagRules } from "../../src/domain/image/tags";
import { findRecords } from "../../src/images/records";
import type { ReleaseRecord } from "../../src/images/recordSchemas";
import type { RegistryRepository } from "../../src/oci/registry/session";
import { makeVerifier } from "../../src/signing/verifier";
import { verifyImage } from "../../src/signing/verifyImage";
import { FIVE_PLATFORMS, index } from "../support/images/indexes";
import { LayoutBuilder } from "../support/images/layoutBuilder";
import { describeWith } from "../support/registries";
import { type Built, Commands, quick } from "../support/release/commands";
import { trivyReport } from "../support/release/scans";
import { labelsOf, World } from "../support/release/world";
import type { Stages } from "../../src/domain/stage";
import { schemeOf } from "../support/scheme";

const VERSION = "v1.2.3-rc1";

describeWith(["docker-registry"], "promote from qa to uat", () => {
  let world: World;
  let commands: Commands;
  let built: Built;
  before(async () => {
    world = await World.begin();
    commands = new Commands(world);
    const five = await fivePlatforms(world, VERSION);
    built = five;
    const scans = five.configs.map(({ digest }) => trivyReport(digest));
    const { code, stderr } = await commands.publish(built, VERSION, { scans });
    assert.equal(code, 0, stderr);
  });
  after(() => world.end());

  const at = <T>(host: "qa" | "uat", use: (repository: RegistryRepository) => Promise<T>) =>
    world.registries((registries) => use(registries.session(world[host].host).repository("orders/api")));

  it("promote prints JSON with source, target, digest, tags, record and referrers (S2-7)", async () => {
    const { code, stdout, stderr } = await commands.promote(built, VERSION, { options: { format: "json" } });
    assert.equal(code, 0, stderr);
    const [result, ...more] = JSON.parse(stdout) as PromoteResult[];
    assert.equal(more.length, 0);
    assert.ok(result);
    assert.equal(result.from, `${world.qa.host}/orders/api:${VERSION}`);
    assert.deepEqual([result.to, result.tags], [`${world.uat.host}/orders/api`, [VERSION]]);
    assert.equal(result.digest, built.descriptor.digest);
    assert.deepEqual([result.locked, result.failure], [false, undefined]);
    assert.ok(result.record);
    assert.equal(result.referrers.length, 8);
    const names = "read,gates,copy,referrers,verify,record,tag,lock,read back";
    assert.equal(result.phases.map(({ phase }) => phase).join(), names);
  });

  it("promote keeps the digest, all five platforms and every referrer (S3-11, S2-16)", async () => {
    const listOf = (host: "qa" | "uat") =>
      at(host, async (repository) => {
        const digests = (await repository.referrers(built.descriptor.digest)).map(({ digest }) => digest);
        return { root: (await repository.resolve(VERSION))?.digest, digests };
      });
    const [qa, uat] = [await listOf("qa"), await listOf("uat")];
    assert.equal(uat.root, built.descriptor.digest);
    assert.equal(qa.digests.length, 8);
    for (const digest of qa.digests) assert.ok(uat.digests.includes(digest), digest);
    assert.equal(uat.digests.length, 9);
    await at("uat", async (repository) => {
      const manifest = await repository.manifest(VERSION);
      const { manifests } = JSON.parse(manifest.bytes.toString()) as { manifests: { digest: string }[] };
      assert.equal(manifests.length, FIVE_PLATFORMS.length);
      for (const { digest } of manifests) assert.ok(await repository.resolve(digest), digest);
    });
  });

  it("promote keeps the signature, which verifies at the target alone (S2-8)", async () => {
    await at("uat", async (repository) => {
      const { signer } = await verifyImage(repository, built.descriptor.digest, world.policy.signers, makeVerifier());
      assert.ok("keyFingerprint" in signer);
    });
  });

  it("promote writes a signed record that embeds the sign-offs and the scans that decided (S0-20, S3-14)", async () => {
    const record = await releaseRecord();
    assert.deepEqual(record.edge, { from: "qa", to: "uat" });
    assert.deepEqual(record.source, `${world.qa.host}/orders/api`);
    assert.deepEqual(record.target, `${world.uat.host}/orders/api`);
    assert.deepEqual(record.tags, [VERSION]);
    assert.equal(record.scans.length, FIVE_PLATFORMS.length);
    assert.equal(record.referrers.length, 8);
    const approved = record.signOffs?.approvals.map(({ role, by }) => `${role} ${by}`);
    assert.deepEqual(approved, ["qa qa-manager", "uat uat-manager"]);
  });

  async function releaseRecord(): Promise<ReleaseRecord> {
    const trust = { verifier: makeVerifier(), trusted: world.policy.signers };
    const found = await at("uat", (repository) => findRecords(repository, built.descriptor.digest, "release", trust));
    assert.equal(found.length, 1);
    const [one] = found;
    assert.ok(one?.signer);
    return one.record;
  }

  it("promote run again sends nothing and writes no second record", async () => {
    const { code, stdout, stderr } = await commands.promote(built, VERSION, { options: { format: "json" } });
    assert.equal(code, 0, stderr);
    const [again] = JSON.parse(stdout) as PromoteResult[];
    assert.deepEqual(again?.blobs, { sent: 0, mounted: 0, present: 0, sentBytes: 0 });
    assert.equal(again.record, undefined);
    await releaseRecord();
  });

  it("promote refuses a tag that stands for another digest at the target (S2-11)", async () => {
    const version = "v1.2.6-rc1";
    const other = await world.build(version, { seed: "other" });
    assert.equal((await commands.publish(other, version)).code, 0);
    await at("uat", async (repository) =>
      repository.writeManifest(await repository.manifest(built.descriptor.digest), { tag: version }),
    );
    const { code, stdout } = await commands.promote(other, version);
    assert.equal(code, 1);
    assert.match(stdout, /^REFUSED /);
    assert.ok(stdout.includes(`:${version} stands for ${built.descriptor.digest}`), stdout);
    await at("uat", async (repository) => assert.equal(await repository.resolve(other.descriptor.digest), undefined));
  });

  it("promote brings the images through that may pass, and ends with 1 for the one that may not", async () => {
    const [good, bad] = [await world.build("v3.0.0-rc1"), await world.build("v3.0.1-rc1")];
    for (const [image, version] of [[good, "v3.0.0-rc1"] as const, [bad, "v3.0.1-rc1"] as const]) {
      assert.equal((await commands.publish(image, version)).code, 0);
    }
    const signOffs = await world.signOffFile(world.signOffs(good.descriptor.digest, "v3.0.0-rc1"));
    const { code, stdout, stderr } = await commands.run((io) =>
      promote.run(
        ["orders/api:v3.0.1-rc1", "orders/api:v3.0.0-rc1"],
        {
          outputs: commands.outputs(quick(world.outputs.uat)),
          signOffs: [signOffs],
          key: join(world.dir, world.keyFile),
          lock: "now",
          format: "json",
        },
        io,
      ),
    );
    assert.equal(code, 1);
    const [refused, through] = JSON.parse(stdout) as PromoteResult[];
    assert.equal(refused?.failure?.code, "GATE_REFUSED");
    assert.match(refused.failure.lines.join("\n"), /^Sign-offs: /);
    assert.equal(through?.failure, undefined);
    assert.match(stderr, /^orders\/api:v3\.0\.0-rc1 copy: /m);
    await at("uat", async (repository) => {
      assert.equal((await repository.resolve("v3.0.0-rc1"))?.digest, good.descriptor.digest);
      assert.equal(await repository.resolve("v3.0.1-rc1"), undefined);
      assert.equal(await repository.resolve(bad.descriptor.digest), undefined);
    });
  });

  it("promote makes a release of a candidate on its way to prod, by the same digest (S2-9)", async () => {
    const uat = { stage: "uat" as const, registries: world.outputs.uat.registries };
    const { registries, gates } = world.outputs.qa;
    const inProd = (one: typeof registries.secure) => ({ ...one, tagRules: tagRules("prod", schemeOf()) });
    const outputs = quick({
      ...world.outputs.qa,
      stage: "prod",
      registries: { secure: inProd(registries.secure), standard: inProd(registries.standard) },
      gates: { ...gates, environments: world.outputs.uat.gates.environments, signOffSigners: world.policy.signers },
      stageBefore: uat,
    });
    const said = { from: "uat" as const, to: "prod" as const };
    const { code, stdout, stderr } = await commands.promote(built, VERSION, { outputs, said });
    assert.equal(code, 0, stderr + stdout);
    await at("qa", async (repository) => {
      assert.equal((await repository.resolve("v1.2.3"))?.digest, built.descriptor.digest);
    });
  });

  it("promote goes from the entry stage to the last where the project lists three, and not where it lists four (S2-9)", async () => {
    const { uat, qa } = world.outputs;
    const inProd = (one: typeof uat.registries.secure) => ({ ...one, tagRules: tagRules("prod", schemeOf()) });
    const registries = { secure: inProd(uat.registries.secure), standard: inProd(uat.registries.standard) };
    const prod = { ...uat, stage: "prod", registries, stageBefore: { stage: "qa", registries: qa.registries } };
    const said = { from: "qa", to: "prod" };
    const three: Stages = ["dev", "qa", "prod"];
    const { code, stdout, stderr } = await commands.promote(built, VERSION, {
      outputs: quick({ ...prod, stages: three }),
      said,
    });
    assert.equal(code, 0, stderr + stdout);
    await at("uat", async (repository) => {
      assert.equal((await repository.resolve("v1.2.3"))?.digest, built.descriptor.digest);
    });
    const four = await commands.promote(built, VERSION, { outputs: quick(prod), said });
    assert.equal(four.code, 1);
    assert.match(four.stderr, /qa -> prod is not a step of a release \(dev -> qa -> uat -> prod\): it skips a stage/);
  });

  it("promote never prints a password or a key", () => {
    const said = commands.transcript.join("\n");
    assert.ok(!said.includes(world.password) && !said.includes("PRIVATE KEY"));
  });
});

/** An index of five platforms, labelled as the version asks. */
async function fivePlatforms(world: World, version: string): Promise<Built & { configs: readonly Built["config"][] }> {
  const layout = await LayoutBuilder.begin(join(world.dir, `five-${version}`));
  const { descriptor, images } = await index(layout, { tag: "built", seed: version, labels: labelsOf(version) });
  const configs = images.map(({ config }) => config);
  const [config] = configs;
  assert.ok(config);
  return { layout: layout.dir, descriptor, config, configs };
}
