import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { exportImages } from "../../../src/cli/image/export";
import { type Imported, importImages } from "../../../src/cli/image/import";
import type { ImagePolicy } from "../../../src/domain/image/policy";
import { lastStage, type Stage, type Stages } from "../../../src/domain/stage";
import type { StageOutputs } from "../../../src/outputs";
import { describeWith, startDistribution, type TestRegistry } from "../../support/registries";
import { type Built, Commands, quick } from "../../support/release/commands";
import { outputsFor } from "../../support/release/outputsFor";
import { trivyReport } from "../../support/release/scans";
import { World } from "../../support/release/world";

const VERSION = "v1.2.3-rc1";

describeWith(["docker-registry"], "whoever owns one registry, by an import", () => {
  let world: World;
  let target: TestRegistry;
  let commands: Commands;
  let built: Built;
  let dir = "";
  before(async () => {
    world = await World.begin();
    target = await startDistribution();
    commands = new Commands(world);
    built = await world.build(VERSION);
    const published = await commands.publish(built, VERSION);
    assert.equal(published.code, 0, published.stderr);
    dir = await exported(`${world.qa.host}/orders/api:${VERSION}`);
  });
  after(async () => {
    await target.stop();
    await world.end();
  });

  let folders = 0;
  async function exported(...references: string[]): Promise<string> {
    const to = join(world.dir, `mirror-${++folders}`);
    const { code, stderr } = await commands.run((io) => exportImages.run(references, { to, format: "json" }, io));
    assert.equal(code, 0, stderr);
    return to;
  }
  const at = (stages: Stages, stage: Stage, over: { roles?: readonly string[]; policy?: ImagePolicy } = {}) => {
    const signOffSigners = world.policy.signers;
    const registry = { host: target.host, kind: "distribution", policy: world.policy, signOffSigners } as const;
    return quick(outputsFor({ stage, stages, ...registry, ...over }));
  };
  type Options = Partial<Parameters<typeof importImages.run>[1]>;
  const imported = (outputs: StageOutputs, options: Options = {}, from = dir) => {
    const all = { outputs: commands.outputs(outputs), format: "json" as const, ...options };
    return commands.run((io) => importImages.run(from, all, io));
  };
  const gatesOf = (stdout: string) =>
    new Map((JSON.parse(stdout) as Imported[])[0]?.gates.map(({ gate, state }) => [gate, state]));
  async function refuses(outputs: StageOutputs, says: RegExp, options?: Options, from?: string): Promise<void> {
    const before = readdirSync(target.storageDir).join();
    const { code, stdout, stderr } = await imported(outputs, options, from);
    assert.notEqual(code, 0, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, says);
    assert.equal(readdirSync(target.storageDir).join(), before, "something was sent");
  }
  const four: Stages = ["dev", "qa", "uat", "prod"];

  it("import takes nothing to a stage of promotions that no trusted record says was promoted there", async () => {
    const lists: readonly Stages[] = [["lab", "qa", "live"], four, ["sandbox", "int", "sit", "uat", "pre", "prod"]];
    for (const stages of lists) {
      for (const stage of stages.slice(2, -1)) {
        await refuses(at(stages, stage), /record: no trusted record says that it was promoted there as v1\.2\.3-rc1/);
      }
      await refuses(at(stages, lastStage(stages)), /tag: \w+ takes vX\.Y\.Z/);
    }
  });

  it("import takes nothing to the entry stage without the sign-offs that this lists", async () => {
    const single = await world.build("v1.0.0", { seed: "single" });
    assert.equal((await commands.publish(single, "v1.0.0", { outputs: elsewhere(["only"], "only") })).code, 0);
    const from = await exported(`${world.qa.host}/only/orders/api:v1.0.0`);
    for (const [stages, stage, folder, namespace] of [
      [["live"], "live", from, "only"],
      [["lab", "live"], "live", from, "only"],
      [four, "qa", dir, undefined],
    ] as const) {
      const outputs = at(stages, stage, { roles: ["qa"] });
      const options = namespace === undefined ? {} : { namespace };
      await refuses(outputs, /record: Sign-offs: \w+ asks for qa; give the signed list/, options, folder);
    }
  });

  /** The same product's registry of another list of stages, in a namespace of its own. */
  function elsewhere(stages: Stages, stage: Stage): StageOutputs {
    const outputs = quick(
      outputsFor({ stage, stages, host: world.qa.host, kind: "distribution", policy: world.policy }),
    );
    const { secure, standard } = outputs.registries;
    const namespace = stages[0];
    return { ...outputs, registries: { secure: { ...secure, namespace }, standard: { ...standard, namespace } } };
  }

  it("import takes no repository that is not mapped, and none by the end of its name", async () => {
    const outputs = at(four, "qa");
    const images = outputs.images.filter(({ repository }) => repository !== "orders/api");
    await refuses({ ...outputs, images }, /"orders\/api" is not mapped/);
    const front = await exported(`${world.qa.host}/orders/api:${VERSION}`);
    await refuses(outputs, /is not mapped/, { namespace: "orders" }, front);
  });

  it("import takes no image whose class the map calls another, none of no trusted signer, none by an old scan", async () => {
    const outputs = at(four, "qa");
    const images = outputs.images.map((image) => ({ ...image, binding: "stage-bound" as const }));
    await refuses({ ...outputs, images }, /labels: label io\.dual-registry\.binding is "portable"/);
    const signers = [{ key: world.stranger.publicKey }];
    await refuses(at(four, "qa", { policy: { ...world.policy, signers } }), /signature: /);
    const scan = [commands.file("found", trivyReport(built.config.digest, ["CRITICAL"]))];
    await refuses(outputs, /scan: Scan: 1 CRITICAL/, { scan });
  });

  it("import says of each image which gates it passed and which were skipped, and moves no tag that the stage keeps (S2-11)", async () => {
    const outputs = at(four, "qa");
    const first = await imported(outputs);
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual(Object.fromEntries(gatesOf(first.stdout)), {
      ...{ map: "passed", tag: "passed", labels: "passed", signature: "passed", record: "skipped", scan: "passed" },
    });
    const other = await world.build(VERSION, { seed: "another" });
    const published = await commands.publish(other, VERSION, { outputs: elsewhere(["again", "qa", "prod"], "qa") });
    assert.equal(published.code, 0, published.stderr);
    const from = await exported(`${world.qa.host}/again/orders/api:${VERSION}`);
    for (const moveTags of [{}, { moveTags: true } as const]) {
      await refuses(
        outputs,
        /tag: it stands for sha256:.*tags of qa never move, with --move-tags/,
        { ...moveTags, namespace: "again" },
        from,
      );
    }
    await world.registries(async (registries) => {
      const repository = registries.session(target.host).repository("orders/api");
      assert.equal((await repository.resolve(VERSION))?.digest, built.descriptor.digest);
    });
  });

  it("import moves a tag of the first stage where that is asked for, and not otherwise", async () => {
    const dev = at(four, "dev");
    const publish = async (seed: string, namespace: string) => {
      const image = await world.build("v2.0.0", { seed });
      const outputs = elsewhere([namespace, "qa"], namespace);
      const { code, stderr } = await commands.publish(image, "v2.0.0", { outputs, options: { tag: ["latest"] } });
      assert.equal(code, 0, stderr);
      return exported(`${world.qa.host}/${namespace}/orders/api:latest`);
    };
    const one = await publish("one", "da");
    const two = await publish("two", "db");
    const first = await imported(dev, { namespace: "da" }, one);
    assert.equal(first.code, 0, first.stderr);
    assert.equal(gatesOf(first.stdout).get("record"), "skipped");
    await refuses(dev, /--move-tags moves it/, { namespace: "db" }, two);
    const moved = await imported(dev, { namespace: "db", moveTags: true }, two);
    assert.equal(moved.code, 0, moved.stderr);
  });

  it("import brings back to a stage of promotions what was promoted there, under its own tag", async () => {
    const uat = quick(world.outputs.uat);
    const promoted = await commands.promote(built, VERSION);
    assert.equal(promoted.code, 0, promoted.stdout);
    const from = await exported(`${world.uat.host}/orders/api:${VERSION}`);
    await world.registries((all) =>
      all.session(world.uat.host).repository("orders/api").delete(built.descriptor.digest),
    );
    const { code, stdout, stderr } = await imported(uat, {}, from);
    assert.equal(code, 0, stderr);
    assert.equal(gatesOf(stdout).get("record"), "passed");
    const elsewhere = { ...uat, registries: at(four, "uat").registries };
    await refuses(elsewhere, /no trusted record says that it was promoted there/, {}, from);
  });
});
