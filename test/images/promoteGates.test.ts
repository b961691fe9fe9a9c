import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { promote } from "../../src/cli/image/promote";
import { tagRules } from "../../src/domain/image/tags";
import type { RegistryOutput } from "../../src/outputs";
import { describeWith } from "../support/registries";
import { type Built, Commands, type Promoting, quick } from "../support/release/commands";
import { trivyReport } from "../support/release/scans";
import { COMMIT, World } from "../support/release/world";
import { schemeOf } from "../support/scheme";

const VERSION = "v1.2.3-rc1";
const HOUR = 60 * 60 * 1000;

describeWith(["docker-registry"], "promote, its gates", () => {
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

  /** Refused, with these words, and the target's registry has not so much as begun a repository. */
  async function refuses(different: Promoting, ...says: readonly RegExp[]): Promise<void> {
    const { code, stdout } = await commands.promote(built, VERSION, different);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /^REFUSED /);
    for (const words of says) assert.match(stdout, words);
    assert.deepEqual(readdirSync(world.uat.storageDir), []);
  }

  it("promote refuses to go without sign-offs where the stage asks for them", async () => {
    const outputs = commands.outputs(quick(world.outputs.uat));
    const { code, stdout } = await commands.run((io) =>
      promote.run([`orders/api:${VERSION}`], { outputs, lock: "now", format: "text" }, io),
    );
    assert.equal(code, 1);
    assert.match(stdout, /Sign-offs: uat asks for qa, uat; give the signed file with --sign-offs/);
    assert.match(stdout, /Signature: class secure demands one in uat; give --key/);
  });

  it("promote refuses what a scan found since the publication (S2-10)", () => {
    const found = trivyReport(built.config.digest, ["CRITICAL"]);
    return refuses({ options: { scan: [commands.file("bad", found)] } }, /1 CRITICAL vulnerabilities/);
  });

  it("promote refuses an image that nobody who is trusted has signed (S2-8, S2-12)", async () => {
    const { policies, ...outputs } = quick(world.outputs.uat);
    const secure = { ...policies.secure, signers: [{ key: world.stranger.publicKey }] };
    const nobody = /^ {2}Signature: [^ ]+@sha256:[0-9a-f]{64}: none of 1 signatures counts; expected: key sha256:/m;
    await refuses({ outputs: { ...outputs, policies: { ...policies, secure } } }, nobody, /Scan: none/);
  });

  it("promote refuses tags that the target does not take or that are of another version (S2-5)", async () => {
    const { code, stderr } = await commands.promote(built, VERSION, { options: { tag: ["latest", "v2.0.0-rc1"] } });
    assert.equal(code, 1);
    for (const tag of ["latest", "v2.0.0-rc1"]) assert.ok(stderr.includes(`tag "${tag}" is not what`), stderr);
    assert.match(stderr, /allowed: v1\.2\.3-rc1/);
    assert.deepEqual(readdirSync(world.uat.storageDir), []);
  });

  it("promote refuses a version that the source's tag is not of", async () => {
    const { code, stderr } = await commands.promote(built, VERSION, { options: { version: "v3.0.0-rc1" } });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /"v3\.0\.0-rc1" is promoted from "v1\.2\.3-rc1", which is another version; allowed: one of v1/,
    );
  });

  it("promote refuses an edge that leaves a stage out, with the right one (S0-19)", async () => {
    const outputs = quick(world.outputs.uat);
    const inDev = (registry: RegistryOutput): RegistryOutput => ({
      ...registry,
      tagRules: tagRules("dev", schemeOf()),
    });
    const { secure, standard } = world.outputs.qa.registries;
    const stageBefore = { stage: "dev", registries: { secure: inDev(secure), standard: inDev(standard) } } as const;
    const { code, stderr } = await commands.promote(built, VERSION, { outputs: { ...outputs, stageBefore } });
    assert.equal(code, 1);
    assert.match(stderr, /^GATE_REFUSED dev -> uat is not a step .* it skips a stage; allowed: qa -> uat/m);
  });

  it("promote refuses a stage-bound image by its label, with the command that rebuilds it (S0-3)", async () => {
    const labels = {
      "io.dual-registry.binding": "stage-bound",
      "io.dual-registry.registry-host": "qa.secure-registry.company.com",
    };
    const bound = await world.build(VERSION, { seed: "bound", labels });
    const published = await commands.publish(bound, VERSION, { image: "orders/console" });
    assert.equal(published.code, 0, published.stderr);
    const { code, stdout } = await commands.promote(bound, VERSION, { image: "orders/console" });
    assert.equal(code, 1);
    for (const words of [
      "the image is stage-bound",
      "qa.secure-registry.company.com",
      `docker buildx build "https://github.com/company/orders.git#${COMMIT}"`,
      `--label io.dual-registry.registry-host=${world.uatHost}`,
    ]) {
      assert.ok(stdout.includes(words), `${words}: ${stdout}`);
    }
  });

  it("promote refuses a tag that is not there, and an image that is not mapped (S0-2)", async () => {
    const missing = await commands.promote(built, "v7.7.7-rc1");
    assert.equal(missing.code, 1);
    assert.match(missing.stdout, /NOT_FOUND|v7\.7\.7-rc1/);
    const unmapped = await commands.promote(built, VERSION, { image: "orders/other" });
    assert.equal(unmapped.code, 2);
    assert.match(unmapped.stderr, /"orders\/other" is not mapped/);
  });

  it("promote refuses a scan that has grown too old since the publication, and takes a new one (S2-10)", async () => {
    const version = "v1.5.0-rc1";
    const aged = await world.build(version, { seed: "aged" });
    const old = trivyReport(aged.config.digest, [], new Date(Date.now() - 100 * HOUR));
    const { policies, ...rest } = quick(world.outputs.qa);
    const secure = { ...policies.secure, scan: { critical: 0, high: 0, maxAgeHours: 200 } };
    const outputs = { ...rest, policies: { ...policies, secure } };
    const published = await commands.publish(aged, version, { outputs, scans: [old] });
    assert.equal(published.code, 0, published.stderr);
    const refused = await commands.promote(aged, version);
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /the scan is 100 h old; allowed: at most 72 h/);
    const scan = [commands.file("new", trivyReport(aged.config.digest))];
    const { code, stdout } = await commands.promote(aged, version, { options: { scan } });
    assert.equal(code, 0, stdout);
  });
});
