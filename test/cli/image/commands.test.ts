import assert from "node:assert/strict";
import type { PromoteResult } from "../../../src/cli/image/promote";
import type { PublishResult } from "../../../src/cli/image/publish";
import { describeWith } from "../../support/registries";
import { type Built, Commands, quick } from "../../support/release/commands";
import { trivyReport } from "../../support/release/scans";
import { buildOf, World } from "../../support/release/world";

const VERSION = "v1.2.3-rc1";

describeWith(["docker-registry"], "dualreg image, from publish to verify", () => {
  let world: World;
  let commands: Commands;
  let built: Built;
  let [qa, uat] = ["", ""];
  before(async () => {
    world = await World.begin();
    commands = new Commands(world);
    built = await world.build(VERSION, { labels: { "x-odd": "\u001b[31mred\u202e\n" } });
    [qa, uat] = [commands.outputs(quick(world.outputs.qa)), commands.outputs(quick(world.outputs.uat))];
  });
  after(() => world.end());

  it("dualreg image publish --format json prints only JSON on standard output", async () => {
    const build = commands.file("build", buildOf(VERSION));
    const scan = commands.file("scan", trivyReport(built.config.digest));
    const { code, stdout, stderr } = await commands.line(
      ...["image", "publish", `oci:${built.layout}`, "--outputs", qa, "--image", "orders/api", "--build", build],
      ...["--scan", scan, "--key", "cosign.key", "--format", "json"],
    );
    assert.equal(code, 0, stderr);
    assert.equal((JSON.parse(stdout) as PublishResult).digest, built.descriptor.digest);
    assert.match(stderr, /^push: 3 blobs sent/m);
  });

  it("dualreg image promote --format json prints only JSON on standard output", async () => {
    const signOffs = await world.signOffFile(world.signOffs(built.descriptor.digest, VERSION));
    const { code, stdout, stderr } = await commands.line(
      ...["image", "promote", `orders/api:${VERSION}`, "--outputs", uat, "--sign-offs", signOffs],
      ...["--key", "cosign.key", "--format", "json"],
    );
    assert.equal(code, 0, stderr);
    assert.equal((JSON.parse(stdout) as PromoteResult[])[0]?.digest, built.descriptor.digest);
  });

  it("dualreg image verify prints a line a reason", async () => {
    const { code, stdout, stderr } = await commands.line("image", "verify", `orders/api:${VERSION}`, "--outputs", uat);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.startsWith(`OK ${world.uat.host}/orders/api@${built.descriptor.digest}\n`), stdout);
    for (const line of [
      /^ {2}ok +content +manifests, whole: 1; blobs, there: 3$/m,
      /^ {2}ok +signature +signed by key /m,
      /^ {2}ok +record +promoted from qa at .*, signed by key /m,
      /^ {2}ok +scan +within CRITICAL 0 and HIGH 0/m,
      /^ {2}unproven lock +the registry has no locks/m,
    ]) {
      assert.match(stdout, line);
    }
  });

  it("dualreg image labels prints them quoted, as what nobody vouches for", async () => {
    const image = `${world.uat.host}/orders/api:${VERSION}`;
    const { code, stdout, stderr } = await commands.line("image", "labels", image);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /nothing vouches for them/);
    assert.match(stdout, /"org\.opencontainers\.image\.version": "v1\.2\.3-rc1"/);
    assert.ok(stdout.includes(String.raw`"x-odd": "\u001b[31mred\u202e\n"`), stdout);
  });

  it("dualreg image lock ends with 1 where the registry has no locks, and says what keeps its tags", async () => {
    const kept = commands.outputs(world.outputs.uat);
    const { code, stdout, stderr } = await commands.line("image", "lock", `orders/api:${VERSION}`, "--outputs", kept);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /has no locks; here tags are kept by: read back/);
  });

  it("dualreg image sweep prints of each manifest what becomes of it and why, and that nothing was deleted", async () => {
    const { code, stdout, stderr } = await commands.line("image", "sweep", "orders/api", "--outputs", uat);
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`^ {2}keep {3}${built.descriptor.digest} ${VERSION}: .*kept for 90$`, "m"));
    assert.match(stdout, /0 of \d+ manifests would be deleted.*; --apply deletes them/);
  });

  it("dualreg image never prints a password or a key", () => {
    const said = commands.transcript.join("\n");
    assert.ok(said.length > 1000 && !said.includes(world.password) && !said.includes("PRIVATE KEY"));
  });
});
