import assert from "node:assert/strict";
import { promote as promoteImages, type PromoteResult } from "../../src/cli/image/promote";
import { verify } from "../../src/cli/image/verify";
import { describeWith } from "../support/registries";
import { type Built, Commands, quick } from "../support/release/commands";
import { outputsFor } from "../support/release/outputsFor";
import { COMMIT, World } from "../support/release/world";

const VERSION = "v1.2.3-rc1";

describeWith(["docker-registry"], "promote along the way of a release", () => {
  let world: World;
  let commands: Commands;
  let built: Built;
  before(async () => {
    world = await World.begin();
    commands = new Commands(world);
    built = await world.build(VERSION);
    const { code, stderr } = await commands.publish(built, VERSION, { outputs: dev() });
    assert.equal(code, 0, stderr);
  });
  after(() => world.end());

  const at = (stage: "dev" | "qa" | "prod") => ({ stage, host: stage === "dev" ? world.qa.host : world.uat.host });
  const kind = "distribution" as const;
  const dev = () => outputsFor({ ...at("dev"), kind, policy: { signature: false, signers: world.policy.signers } });
  const qa = (namespace?: string) => {
    const whole = quick(outputsFor({ ...at("qa"), kind, policy: world.policy, before: { ...at("dev"), kind } }));
    const { secure, standard } = whole.registries;
    return { ...whole, registries: { secure: namespace === undefined ? secure : { ...secure, namespace }, standard } };
  };
  const promote = async (
    name: string,
    options: { version?: string; outputs?: ReturnType<typeof qa>; signOffs?: string[] },
  ) => {
    const { outputs = qa(), ...rest } = options;
    const all = {
      outputs: commands.outputs(outputs),
      key: `${world.dir}/cosign.key`,
      lock: "now" as const,
      format: "json" as const,
      ...rest,
    };
    const ran = await commands.run((io) => promoteImages.run([name], all, io));
    const [result] = ran.stdout === "" ? [] : (JSON.parse(ran.stdout) as PromoteResult[]);
    return { ...ran, result };
  };

  it("promote gives what dev calls by its commit the version that is asked for (S2-7)", async () => {
    const { code, result, stderr } = await promote(`orders/api:${COMMIT}`, { version: VERSION });
    assert.equal(code, 0, stderr);
    assert.deepEqual([result?.digest, result?.tags], [built.descriptor.digest, [VERSION]]);
  });

  it("promote refuses a tag that is no version where none is given", async () => {
    const { code, stderr } = await promote("orders/api:latest", {});
    assert.equal(code, 1);
    assert.match(stderr, /"latest" is not a version, so qa has no name for it; give one, such as v1\.2\.3-rc1/);
  });

  it("promote takes an image by its digest, to a namespace of the target", async () => {
    const name = `orders/api@${built.descriptor.digest}`;
    const { code, result, stderr } = await promote(name, { version: VERSION, outputs: qa("company/team") });
    assert.equal(code, 0, stderr);
    assert.equal(result?.from, `${world.qa.host}/orders/api@${built.descriptor.digest}`);
    assert.equal(result.to, `${world.uat.host}/company/team/orders/api`);
    const options = { outputs: commands.outputs(qa("company/team")), format: "text" as const };
    const verified = await commands.run((io) => verify.run(`orders/api:${VERSION}`, options, io));
    assert.equal(verified.code, 0, verified.stdout);
  });

  it("promote takes no version of dev, whose tags move, for an image: what was signed off is a digest (S2-4, S2-9)", async () => {
    const version = "v1.3.0";
    const first = await world.build(version);
    assert.equal((await commands.publish(first, version, { outputs: dev() })).code, 0);
    const { digest } = first.descriptor;
    const said = { from: "dev", to: "qa", approvals: world.signOffs(digest, version).approvals.slice(0, 1) };
    const signOffs = [await world.signOffFile(world.signOffs(digest, version, said))];
    const { gates } = outputsFor({ ...at("qa"), kind, policy: world.policy, roles: ["qa"] });
    const trusting = { ...gates, signOffSigners: world.policy.signers };
    const options = { version, outputs: { ...qa(), gates: trusting }, signOffs };
    // Somebody else's image takes the name before the promotion.
    const later = await world.build(version, { seed: "later" });
    assert.equal((await commands.publish(later, version, { outputs: dev() })).code, 0);
    const refused = await promote(`orders/api:${version}`, options);
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /Sign-offs: /);
    const { code, result, stdout } = await promote(`orders/api@${digest}`, options);
    assert.equal(code, 0, stdout);
    assert.deepEqual([result?.digest, result?.tags], [digest, [`${version}-qa`]]);
  });

  it("promote mounts the blobs where source and target are one registry", async () => {
    const { registries, ...rest } = dev();
    const inUat = { ...registries.secure, loginServer: world.uat.host, namespace: "company/dev" };
    const outputs = { ...rest, registries: { ...registries, secure: inUat } };
    const image = await world.build("v1.3.0-rc1", { seed: "mounted" });
    const published = await commands.publish(image, "v1.3.0-rc1", { outputs });
    assert.equal(published.code, 0, published.stderr);
    const stageBefore = { stage: "dev" as const, registries: outputs.registries };
    const { code, result, stderr } = await promote(`orders/api@${image.descriptor.digest}`, {
      ...{ version: "v1.3.0-rc1", outputs: { ...qa("second"), stageBefore } },
    });
    assert.equal(code, 0, stderr + JSON.stringify(result?.failure));
    assert.deepEqual([result?.blobs.sent, result?.blobs.mounted], [0, 3]);
  });

  it("promote refuses an image that was only copied to the stage before, past its gates", async () => {
    const there = { ...dev().registries.secure, loginServer: world.uat.host, namespace: "company/team" };
    const registries = { ...dev().registries, secure: there };
    const { code, result } = await promote(`orders/api@${built.descriptor.digest}`, {
      ...{ version: VERSION, outputs: { ...qa("third"), stageBefore: { stage: "dev" as const, registries } } },
    });
    assert.equal(code, 1);
    assert.match(
      result?.failure?.lines.join() ?? "",
      /^Origin: no record that counts says that it passed the gates of dev/,
    );
  });

  it("promote says under which name the records are, where the stage before has another name for its registry", async () => {
    const alias = world.qa.host.replace("localhost", "127.0.0.1");
    const there = { ...dev().registries.secure, loginServer: alias };
    const stageBefore = { stage: "dev" as const, registries: { ...dev().registries, secure: there } };
    const { code, result } = await promote(`orders/api@${built.descriptor.digest}`, {
      ...{ version: VERSION, outputs: { ...qa("fourth"), stageBefore } },
    });
    assert.equal(code, 1);
    const why = result?.failure?.lines.join() ?? "";
    assert.ok(why.includes(`its records are of "${world.qa.host}/orders/api", and count under that name alone`), why);
  });

  it("promote refuses outputs that name no stage before, with what to set", async () => {
    const { stageBefore, ...outputs } = qa();
    assert.ok(stageBefore);
    const { code, stderr } = await promote(`orders/api:${COMMIT}`, { version: VERSION, outputs });
    assert.equal(code, 2);
    assert.match(stderr, /name no stage before; set dual-registry:before in Pulumi\.qa\.yaml/);
  });
});
