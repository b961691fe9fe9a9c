import assert from "node:assert/strict";
import type { PublishResult } from "../../../src/cli/image/publish";
import { tag } from "../../../src/cli/image/tag";
import { verify } from "../../../src/cli/image/verify";
import type { StageOutputs } from "../../../src/outputs";
import { describeWith, startDistribution, type TestRegistry } from "../../support/registries";
import { Commands, quick } from "../../support/release/commands";
import { outputsFor } from "../../support/release/outputsFor";
import { World } from "../../support/release/world";

const VERSION = "v1.2.3-rc1";

describeWith(["docker-registry"], "REGISTRY_TYPE and --from-type", () => {
  let world: World;
  let target: TestRegistry;
  let qa: StageOutputs;
  let uat: StageOutputs;
  before(async () => {
    [world, target] = await Promise.all([World.begin(), startDistribution()]);
    const { policy } = world;
    // Kinds by name alone: qa has its own registry and one that is called ECR, on another port of this machine.
    const own = { stage: "qa", host: world.qa.host, kind: "distribution" } as const;
    const other = outputsFor({ stage: "qa", host: world.uat.host, kind: "ecr", policy }).registries;
    const alternatives = { secure: [other.secure], standard: [] };
    qa = { ...quick(outputsFor({ ...own, policy })), alternatives };
    const made = outputsFor({ stage: "uat", host: target.host, kind: "distribution", policy, before: own });
    const { stageBefore } = made;
    assert.ok(stageBefore);
    uat = quick({ ...made, stageBefore: { ...stageBefore, alternatives } });
  });
  after(async () => {
    await target.stop();
    await world.end();
  });

  const commands = (type?: string) => new Commands(world, type === undefined ? {} : { REGISTRY_TYPE: type });

  it("S4-1 S4-6 publish and verify go to the stage's registry of that kind alone, and promote takes the image there", async () => {
    const built = await world.build(VERSION);
    const published = await commands("ecr").publish(built, VERSION, { outputs: qa });
    assert.equal(published.code, 0, published.stderr);
    assert.match(published.stderr, new RegExp(`^REGISTRY_TYPE=ecr: ${world.uat.host}$`, "m"));
    const headers = { accept: "application/vnd.oci.image.manifest.v1+json" };
    const at = (registry: TestRegistry) =>
      fetch(`http://${registry.host}/v2/orders/api/manifests/${VERSION}`, { headers });
    assert.equal((await at(world.qa)).status, 404);

    const look = async (type?: string) => {
      const one = commands(type);
      const options = { outputs: one.outputs(qa), format: "text" } as const;
      return one.run((io) => verify.run(`orders/api:${VERSION}`, options, io));
    };
    assert.equal((await look("ecr")).code, 0);
    const elsewhere = await look();
    assert.equal(elsewhere.code, 1);

    const missing = await commands().promote(built, VERSION, { outputs: uat });
    assert.equal(missing.code, 1, missing.stdout);
    const promoted = await commands().promote(built, VERSION, { outputs: uat, options: { fromType: "ecr" } });
    assert.equal(promoted.code, 0, promoted.stderr + promoted.stdout);
    assert.equal((await at(target)).headers.get("docker-content-digest"), built.descriptor.digest);
  });

  it("S4-3 S4-6 publish names a command for its tags that goes where it went, also in a shell without the variable", async () => {
    const version = "v1.2.3-rc3";
    const built = await world.build(version);
    const own = await commands().publish(built, version, { outputs: qa, options: { pushByDigest: true } });
    assert.match(own.stdout, /^not tagged yet: dualreg image tag /m);
    const options = { pushByDigest: true, format: "json" } as const;
    const pushed = await commands("ecr").publish(built, version, { outputs: qa, options });
    assert.equal(pushed.code, 0, pushed.stderr);
    const { tagWith = "" } = JSON.parse(pushed.stdout) as PublishResult;
    const [, type, outputs = ""] = /^REGISTRY_TYPE=(\w+) dualreg image tag <.*> --outputs (\S+)$/.exec(tagWith) ?? [];
    assert.equal(type, "ecr", tagWith);
    const text = await commands("ecr").publish(built, version, { outputs: qa, options: { pushByDigest: true } });
    assert.match(text.stdout, /^not tagged yet: REGISTRY_TYPE=ecr dualreg image tag /m);
    const result = commands().file("result", pushed.stdout);
    const tagged = await commands(type).run((io) =>
      tag.run([result], { outputs, image: ["orders/api"], class: "secure", lock: "now", format: "text" }, io),
    );
    assert.equal(tagged.code, 0, tagged.stderr + tagged.stdout);
  });

  it("S4-1 publish and promote refuse a kind that the stage does not have, before anything is sent", async () => {
    const built = await world.build("v1.2.3-rc2");
    const { code, stderr } = await commands("ghcr").publish(built, "v1.2.3-rc2", { outputs: qa });
    assert.equal(code, 2);
    assert.match(
      stderr,
      /qa, class secure: there is no registry of kind ghcr, which REGISTRY_TYPE names; allowed: distribution, ecr; or name it in alternatives of Pulumi\.qa\.yaml/,
    );
    const web = await commands("ecr").publish(built, "v1.2.3-rc2", { outputs: qa, image: "orders/web" });
    assert.match(web.stderr, /qa, class standard: there is no registry of kind ecr/);
    const from = await commands().promote(built, VERSION, { outputs: uat, options: { fromType: "quay" } });
    assert.equal(from.code, 2);
    assert.match(from.stderr, /qa, class secure: there is no registry of kind quay, which --from-type names/);
  });
});
