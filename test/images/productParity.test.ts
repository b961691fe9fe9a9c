import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import type { StageOutputs } from "../../src/outputs";
import { describeWith } from "../support/registries";
import { quick } from "../support/release/commands";
import { outputsFor } from "../support/release/outputsFor";
import { ProductGround } from "../support/release/productGround";
import { World } from "../support/release/world";

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
