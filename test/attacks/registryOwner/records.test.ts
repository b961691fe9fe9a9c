import assert from "node:assert/strict";
import { verify } from "../../../src/cli/image/verify";
import { recordArtifact } from "../../../src/images/records";
import type { PublishRecord } from "../../../src/images/recordSchemas";
import type { VerifyReport } from "../../../src/images/verifyReport";
import { attachArtifact } from "../../../src/oci/artifact";
import { copyImage, copyThrottle, openLayout } from "../../../src/oci";
import type { StageOutputs } from "../../../src/outputs";
import { describeWith } from "../../support/registries";
import { type Built, Commands, quick } from "../../support/release/commands";
import { buildOf, World } from "../../support/release/world";

const VERSION = "v1.0.0-rc1";

describeWith(["docker-registry"], "whoever may push to one registry, and writes records by hand", () => {
  let world: World;
  let commands: Commands;
  let web: Built;
  before(async () => {
    world = await World.begin();
    commands = new Commands(world);
    web = await world.build(VERSION, { seed: "web" });
    await pushPastGates();
  });
  after(() => world.end());

  /** The class standard asks for no signature, and names who signs. */
  const record = (): PublishRecord => ({
    version: 1,
    ...{ stage: "qa", class: "standard", repository: `${world.qa.host}/orders/web`, digest: web.descriptor.digest },
    ...{ build: buildOf(VERSION), tags: [VERSION], scans: [], targets: ["qa", "uat", "prod"] },
    publishedAt: new Date().toISOString(),
  });

  const pushPastGates = () =>
    world.registries(async (registries) => {
      const { target } = registries.repository(quick(world.outputs.qa).registries.standard, "orders/web");
      const how = { throttle: copyThrottle(), repository: "orders/web" };
      await copyImage(await openLayout(web.layout), target, web.descriptor.digest, how);
      const subject = await target.resolve(web.descriptor.digest);
      assert.ok(subject);
      await target.writeManifest(await target.manifest(subject.digest), { tag: VERSION });
      for (const signer of [undefined, world.stranger]) {
        await attachArtifact(target, await recordArtifact(target, subject, ["publish", record()], signer), subject);
      }
    });

  const unsignedClass = (outputs: StageOutputs, over: object = {}): StageOutputs => {
    const asked = quick(outputs);
    const standard = { signature: false, signers: world.policy.signers, ...over };
    return { ...asked, policies: { ...asked.policies, standard } };
  };

  async function verdict(outputs: StageOutputs): Promise<{ code: number; why: string; state: string }> {
    const options = { outputs: commands.outputs(outputs), format: "json" as const };
    const { code, stdout } = await commands.run((io) => verify.run(`orders/web:${VERSION}`, options, io));
    const { checks } = JSON.parse(stdout) as VerifyReport;
    const found = checks.find(({ check }) => check === "record");
    return { code, why: found?.why ?? "", state: found?.state ?? "" };
  }

  it("is told by verify that a record nobody signed counts for nothing, in a class without signature too (S2-12)", async () => {
    const { code, why, state } = await verdict(unsignedClass(world.outputs.qa));
    assert.deepEqual([code, state], [1, "wrong"]);
    assert.match(why, /no record that counts says how it came here/);
    assert.match(why, /a publish record that nobody signed counts for nothing where signers are named/);
    assert.match(why, /publish or promote the image again with --key or --keyless/);
  });

  it("is refused by promotion, which says what to do", async () => {
    const outputs = unsignedClass(world.outputs.uat);
    const { code, stdout, stderr } = await commands.promote(web, VERSION, { image: "orders/web", outputs });
    assert.equal(code, 1, stderr);
    assert.match(
      stdout + stderr,
      /Origin: no record that counts says that it passed the gates of qa; publish or promote it to qa/,
    );
    assert.match(stdout + stderr, /a publish record that nobody signed counts for nothing where signers are named/);
  });

  it("cannot promote without a signer where signers are named: the record would count for nothing", async () => {
    const outputs = unsignedClass(world.outputs.uat);
    const { code, stdout, stderr } = await commands.promote(web, VERSION, {
      image: "orders/web",
      outputs,
      key: undefined,
    });
    assert.equal(code, 1, stderr);
    assert.match(
      stdout + stderr,
      /names signers, so an unsigned record counts for nothing in uat; give --key or --keyless/,
    );
  });

  it("is believed only where a policy names nobody, and the report says that this proves nothing", async () => {
    const { code, why, state } = await verdict(unsignedClass(world.outputs.qa, { signers: [] }));
    assert.deepEqual([code, state], [0, "unproven"]);
    assert.match(why, /unsigned: no signer is named, so records prove nothing/);
  });
});
