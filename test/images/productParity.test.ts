import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import type { PromoteResult } from "../../src/cli/image/promote";
import type { StageOutputs } from "../../src/outputs";
import { describeWith } from "../support/registries";
import { quick } from "../support/release/commands";
import { outputsFor } from "../support/release/outputsFor";
import { ProductGround } from "../support/release/productGround";
import { buildOf, World } from "../support/release/world";

type Signers = StageOutputs["policies"]["secure"]["signers"];

const somebodyElse = (): Signers => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return [{ key: publicKey.export({ type: "spki", format: "pem" }).toString() }];
};

describeWith(["docker-registry"], "image tag of what image publish takes", () => {
  let world: World;
  before(async () => {
    world = await World.begin();
  });
  after(() => world.end());

  const ground = (policy: { signature: boolean; signers: Signers }, stage = "dev") =>
    new ProductGround(
      world,
      world.qa.host,
      quick(outputsFor({ stage, host: world.qa.host, kind: "distribution", policy })),
    );

  for (const [who, signers] of [
    ["nobody", []],
    ["somebody else", somebodyElse()],
  ] as const)
    for (const signed of [true, false])
      it(`S4-3 a first stage that names ${who} takes what ${signed ? "a key signed that it does not name" : "nobody signed"}, by publish and by tag alike`, async () => {
        const first = ground({ signature: false, signers });
        const key = signed ? join(world.dir, world.keyFile) : undefined;
        const version = `v1.${signers.length}.${signed ? 1 : 2}`;
        const built = await first.build("orders/api", version);
        const direct = await first.commands.publish(built, version, { outputs: first.outputs, key });
        assert.equal(direct.code, 0, direct.stderr);
        const pushed = await first.push("orders/api", `${version}1`, { key });
        assert.equal(pushed.code, 0, pushed.stderr);
        const ran = await first.tag([pushed.file], { image: ["orders/api"] });
        assert.equal(ran.code, 0, ran.stdout);
        assert.equal((await first.standing(`${version}1`))["orders/api"], pushed.digest);
      });

  it("S4-3 image tag takes no promotions of two commits as one product, whatever their results say and nobody signed off", async () => {
    const version = "v1.2.0-rc1";
    const { policy } = world;
    const qa = ground(policy, "qa");
    const before = { stage: "qa", host: world.qa.host, kind: "distribution" } as const;
    const outputs = quick(outputsFor({ stage: "uat", host: world.uat.host, kind: "distribution", policy, before }));
    const uat = new ProductGround(world, world.uat.host, outputs, qa.commands);
    const image = ["orders/api", "orders/web"];
    const commits = [buildOf(version).commit, "f".repeat(40)];
    const results = await Promise.all(
      image.map(async (repository, at) => {
        const commit = commits[at] ?? "";
        const labels = { "org.opencontainers.image.revision": commit };
        const built = await world.build(version, { seed: `${repository} of ${commit}`, labels });
        const build = { ...buildOf(version), commit };
        const published = await qa.commands.publish(built, version, { outputs: qa.outputs, image: repository, build });
        assert.equal(published.code, 0, published.stderr);
        const options = { pushByDigest: true, format: "json" } as const;
        const ran = await qa.commands.promote(built, version, { outputs, image: repository, options });
        assert.equal(ran.code, 0, ran.stderr + ran.stdout);
        const [result] = JSON.parse(ran.stdout) as PromoteResult[];
        return result;
      }),
    );
    const tagged = (commit?: string) =>
      uat.tag(
        results.map((result) => qa.commands.file("result", { ...result, ...(commit !== undefined && { commit }) })),
        { image },
      );
    assert.match((await tagged()).stderr, /wanted: one commit/);
    for (const commit of commits) {
      const ran = await tagged(commit);
      assert.equal(ran.code, 1, ran.stdout);
      const other = commits.find((each) => each !== commit) ?? "";
      assert.match(ran.stdout, new RegExp(`Record: it is of a promotion from qa of ${other}, to be tagged`));
    }
    assert.deepEqual(new Set(Object.values(await uat.standing(version))), new Set([undefined]));
  });

  it("S4-3 image tag says whose record was refused, and whose counts", async () => {
    const { policy } = world;
    const pushed = await ground(policy, "qa").push("orders/api", "v2.0.0-rc1");
    assert.equal(pushed.code, 0, pushed.stderr);
    const other = ground({ signature: true, signers: somebodyElse() }, "qa");
    const ran = await other.tag([pushed.file], { image: ["orders/api"] });
    assert.equal(ran.code, 1);
    assert.match(ran.stdout, /Record: none that counts [^"]*; [^"]*sha256:[0-9a-f]{64}[^"]*sha256:[0-9a-f]{64}/);
  });
});
