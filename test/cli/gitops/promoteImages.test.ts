import assert from "node:assert/strict";
import { GitOpsGround, helmRelease } from "../../support/gitops/ground";
import { describeWith } from "../../support/registries";
import { type Built, quick } from "../../support/release/commands";
import { asEntry } from "../../support/release/outputsFor";
import type { World } from "../../support/release/world";

const VERSION = "v1.2.3-rc1";
const SOURCE = "apps/qa/inventory.yaml";
const FILE = "apps/uat/inventory.yaml";

describeWith(["docker-registry"], "dualreg gitops promote, of images that are not named by a promoted tag", () => {
  let ground: GitOpsGround;
  let world: World;
  let signOffs: string[];
  let digest = "";
  before(async () => {
    ground = await GitOpsGround.begin();
    ({ world } = ground);
    const built = await ground.deployToQa(VERSION);
    digest = built[0]?.descriptor.digest ?? "";
    signOffs = await ground.signOffs(built, VERSION);
  });
  after(() => ground.end());

  it("S3-7 S3-14 an image that is named by its digest alone gets the version of its record", async () => {
    const pod = (image: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: { name: x }\nspec:\n  containers:\n    - { name: a, image: ${image} }\n`;
    ground.repository.commit({ [SOURCE]: pod(`${world.qa.host}/orders/api@${digest}`) });
    const { code, stderr } = await ground.run(ground.words(signOffs));
    assert.equal(code, 0, stderr);
    const text = ground.repository.show(FILE, ground.forge.requests[0]?.branch);
    assert.equal(text, pod(`${world.uat.host}/orders/api:${VERSION}@${digest}`));
  });

  it("S3-14 an image that is rebuilt for each stage is the one of the same version and commit, by its publish record", async () => {
    ground.configure({}, ["orders/console"]);
    const core = "v2.0.1";
    const build = (stage: "qa" | "uat", host: string, commit: Readonly<Record<string, string>> = {}) => {
      const bound = { "io.dual-registry.binding": "stage-bound", "io.dual-registry.registry-host": host };
      const labels = { ...bound, ...commit };
      return world.build(`${core}-${stage}`, { seed: `${host} ${core}`, labels });
    };
    const publish = async (stage: "qa" | "uat", one: Built) => {
      const outputs = stage === "qa" ? quick(world.outputs.qa) : quick(asEntry(world.outputs.uat));
      const ran = await ground.commands.publish(one, `${core}-${stage}`, { image: "orders/console", outputs });
      assert.equal(ran.code, 0, ran.stderr);
    };
    await publish("qa", await build("qa", world.qa.host));
    const named = helmRelease("qa", world.qa.host, { "orders/console": `${core}-qa` });
    ground.repository.commit({ [SOURCE]: named });
    const missing = await ground.run(ground.words(signOffs));
    assert.equal(missing.code, 1);
    assert.match(
      missing.stderr,
      /orders\/console is rebuilt for each stage, and .*-uat is not there; publish it to uat/,
    );
    const rebuilt = await build("uat", world.uat.host);
    await publish("uat", rebuilt);
    const { code, stderr } = await ground.run(ground.words(signOffs));
    assert.equal(code, 0, stderr);
    const text = ground.repository.show(FILE, ground.forge.requests.at(-1)?.branch);
    assert.ok(
      text.includes(`${world.uat.host}/orders/console\n        tag: ${core}-uat@${rebuilt.descriptor.digest}`),
      text,
    );
    assert.match(ground.forge.requests.at(-1)?.body ?? "", /published at .*, built from /);
  });
});
