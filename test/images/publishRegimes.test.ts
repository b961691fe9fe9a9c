import assert from "node:assert/strict";
import type { PublishResult } from "../../src/cli/image/publish";
import type { Stage } from "../../src/domain/stage";
import { describeWith } from "../support/registries";
import { Commands, quick } from "../support/release/commands";
import { outputsFor } from "../support/release/outputsFor";
import { COMMIT, World } from "../support/release/world";

const UNSAID = { signature: false, signers: [] };

/** What a stage makes of a version, and what it leaves out. */
const REGIMES: readonly {
  stage: Stage;
  version: string;
  set: readonly string[];
  left: readonly string[];
  row: string;
}[] = [
  { stage: "dev", version: "v1.0.0", set: ["v1.0.0", "latest", "dev", COMMIT], left: [], row: "S1-6" },
  { stage: "qa", version: "v1.0.0-rc1", set: ["v1.0.0-rc1"], left: ["latest", COMMIT], row: "S2-4" },
  { stage: "qa", version: "v1.0.1", set: ["v1.0.1-qa"], left: ["v1.0.1", "latest", COMMIT], row: "S2-4" },
  { stage: "uat", version: "v1.0.0-beta2", set: ["v1.0.0-beta2"], left: ["latest", COMMIT], row: "S2-5" },
  { stage: "prod", version: "v1.0.0", set: ["v1.0.0"], left: ["latest", COMMIT], row: "S2-6" },
];

describeWith(["docker-registry"], "publish, its tags", () => {
  let world: World;
  let commands: Commands;
  before(async () => {
    world = await World.begin();
    commands = new Commands(world);
  });
  after(() => world.end());

  const outputsOf = (stage: Stage) =>
    quick(outputsFor({ stage, host: world.qa.host, kind: "distribution", policy: UNSAID }));
  const publish = async (stage: Stage, version: string, seed: string, tag?: string[]) => {
    const outputs = outputsOf(stage);
    // Behind the entry stage only what is rebuilt for each stage is published.
    const bound = stage === "uat" || stage === "prod";
    const host = outputs.registries.secure.vanityHost;
    const labels = bound
      ? { "io.dual-registry.binding": "stage-bound", "io.dual-registry.registry-host": host }
      : undefined;
    const built = await world.build(version, { seed, ...(labels && { labels }) });
    const options = { format: "json", ...(tag && { tag }) } as const;
    const image = bound ? "orders/console" : "orders/api";
    const different = { outputs, image, scans: [], key: undefined, options };
    return { ...(await commands.publish(built, version, different)), built };
  };

  for (const { stage, version, set, left, row } of REGIMES) {
    it(`publish of ${version} to ${stage} sets ${set.join(", ")} and says what it leaves (${row})`, async () => {
      const { code, stdout, stderr } = await publish(stage, version, `${stage} ${version}`);
      assert.equal(code, 0, stderr);
      assert.deepEqual((JSON.parse(stdout) as PublishResult).tags, set);
      for (const tag of left) assert.ok(stderr.includes(`tag ${tag} is not set: ${stage} takes `), stderr);
    });
  }

  it("publish moves a tag of a mutable regime, and locks nothing", async () => {
    const { code, stdout, stderr, built } = await publish("dev", "v1.0.0", "a newer one");
    assert.equal(code, 0, stderr);
    assert.equal((JSON.parse(stdout) as PublishResult).locked, null);
    await world.registries(async (registries) => {
      const repository = registries.session(world.qa.host).repository("orders/api");
      assert.equal((await repository.resolve("latest"))?.digest, built.descriptor.digest);
    });
  });

  it("publish refuses a tag that was asked for and that the stage does not take (S2-4)", async () => {
    const { code, stdout, stderr } = await publish("qa", "v1.0.2-rc1", "asked", ["latest"]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^GATE_REFUSED tag "latest" is not allowed in qa; allowed: vX\.Y\.Z-rcN/m);
  });

  it("publish refuses a version that gives no tag the stage takes (S2-6)", async () => {
    const { code, stderr } = await publish("prod", "v1.0.2-rc1", "candidate in prod");
    assert.equal(code, 1);
    assert.match(stderr, /version "v1\.0\.2-rc1" gives no tag that prod takes; allowed: vX\.Y\.Z/);
  });

  it("publish waits and reads back where nothing but that keeps a tag", async () => {
    const built = await world.build("v5.0.0-rc1");
    const outputs = outputsFor({ stage: "qa", host: world.qa.host, kind: "distribution", policy: UNSAID });
    const { code, stdout, stderr } = await commands.publish(built, "v5.0.0-rc1", {
      ...{ outputs, scans: [], key: undefined, options: { format: "json" } },
    });
    assert.equal(code, 0, stderr);
    const { phases } = JSON.parse(stdout) as PublishResult;
    assert.ok((phases.find(({ phase }) => phase === "tag")?.milliseconds ?? 0) >= 2_000);
  });
});
