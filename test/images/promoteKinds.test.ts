import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { digestOf } from "../../src/base/digest";
import { lock as lockImage, unlock as unlockImage } from "../../src/cli/image/lock";
import type { PromoteResult } from "../../src/cli/image/promote";
import { verify as verifyImage } from "../../src/cli/image/verify";
import {
  describeWith,
  findTool,
  REFERRERS_TOOL,
  skipWithout,
  startReferrers,
  type TestRegistry,
} from "../support/registries";
import { type Built, Commands, quick } from "../support/release/commands";
import { outputsFor } from "../support/release/outputsFor";
import { World } from "../support/release/world";

const run = promisify(execFile);
const VERSION = "v1.2.3-rc1";

describeWith(["docker-registry"], "promote to a registry of another kind", () => {
  let world: World;
  let commands: Commands;
  let built: Built;
  before(async () => {
    world = await World.begin("acr");
    commands = new Commands(world);
    built = await world.build(VERSION);
    const { code, stderr } = await commands.publish(built, VERSION);
    assert.equal(code, 0, stderr);
  });
  after(() => world.end());

  const parts = () => [`orders/api:${VERSION}`, `orders/api@${built.descriptor.digest}`];
  const locked = () =>
    parts().map((name) => {
      const { writeEnabled, deleteEnabled } = world.acr?.attributes(name) ?? {};
      return [writeEnabled, deleteEnabled].join();
    });
  const promote = async () => {
    const { code, stdout, stderr } = await commands.promote(built, VERSION, {
      ...{ outputs: world.outputs.uat, options: { format: "json" } },
    });
    assert.equal(code, 0, stdout + stderr);
    const [result] = JSON.parse(stdout) as PromoteResult[];
    assert.ok(result);
    return result;
  };

  it("promote from a registry without locks to one with them locks tag and manifest (S2-16)", async () => {
    const result = await promote();
    assert.equal(result.locked, true);
    assert.deepEqual(locked(), ["false,false", "false,false"]);
  });

  it("promote run again locks what an interrupted run left, and changes nothing else", async () => {
    for (const name of parts()) world.acr?.change(name, { writeEnabled: true, deleteEnabled: true });
    const before = world.acr?.requests.length ?? 0;
    const result = await promote();
    assert.equal(result.locked, true);
    assert.deepEqual(locked(), ["false,false", "false,false"]);
    const changes = world.acr?.requests.slice(before).filter((line) => /^(?:POST|PUT|DELETE) \/v2/.test(line));
    assert.deepEqual(changes, []);
  });

  const verify = async () => {
    const options = { outputs: commands.outputs(world.outputs.uat), format: "json" as const };
    const ran = await commands.run((io) => verifyImage.run(`orders/api:${VERSION}`, options, io));
    const report = JSON.parse(ran.stdout) as { checks: { check: string; state: string; why: string }[] };
    return { ...ran, state: (check: string) => report.checks.find((one) => one.check === check) };
  };
  const lock = (verb: "lock" | "unlock", name = `orders/api:${VERSION}`) => {
    const options = { outputs: commands.outputs(world.outputs.uat), format: "json" as const };
    return commands.run((io) => (verb === "lock" ? lockImage : unlockImage).run([name], options, io));
  };

  it("unlock and lock change tag and manifest, and verify says which are changeable", async () => {
    const unlocked = await lock("unlock");
    assert.equal(unlocked.code, 0, unlocked.stderr);
    assert.deepEqual(locked(), ["true,true", "true,true"]);
    const open = await verify();
    assert.equal(open.code, 1);
    assert.equal(open.state("lock")?.state, "wrong");
    assert.match(open.state("lock")?.why ?? "", new RegExp(`changeable: tag ${VERSION}, ${built.descriptor.digest}`));
    const again = await lock("lock");
    assert.equal(again.code, 0, again.stderr);
    const { locked: is, changeable } = JSON.parse(again.stdout) as { locked: boolean; changeable: unknown[] };
    assert.deepEqual([is, changeable], [true, []]);
    const closed = await verify();
    assert.deepEqual([closed.code, closed.state("lock")?.state], [0, "ok"]);
  });

  it("verify finds an attribute that somebody else has switched back on", async () => {
    world.acr?.change(`orders/api@${built.descriptor.digest}`, { deleteEnabled: true });
    const { code, state } = await verify();
    assert.equal(code, 1);
    assert.match(state("lock")?.why ?? "", new RegExp(`changeable: ${built.descriptor.digest}`));
    assert.equal((await lock("lock")).code, 0);
  });

  it("lock ends with 1 for an image that is not there", async () => {
    const { code, stderr } = await lock("lock", "orders/api:v9.9.9-rc1");
    assert.equal(code, 1);
    assert.match(stderr, /^NOT_FOUND .*v9\.9\.9-rc1/m);
  });

  for (const [client, args] of [
    ["skopeo", (image: string) => ["inspect", "--raw", "--tls-verify=false", ...AUTH(world), `docker://${image}`]],
    ["crane", (image: string) => ["manifest", "--insecure", image]],
  ] as const) {
    it(`promote gives ${client} the same digest`, async function () {
      const tool = skipWithout(this, client);
      const env = { ...process.env, ...commands.env };
      const { stdout } = await run(tool, args(`${world.uatHost}/orders/api:${VERSION}`), { env, encoding: "buffer" });
      assert.equal(digestOf(stdout), built.descriptor.digest);
    });
  }

  const cosign = findTool("cosign");
  // Nobody has to have Cosign, not even in CI.
  const missing = cosign === undefined ? " (skipped: cosign not on PATH, nor in .cache/bin)" : "";
  it(`cosign accepts what was promoted${missing}`, async function () {
    const tool = cosign ?? this.skip();
    const key = world.write("cosign.pub", world.signer.publicKey);
    const image = `${world.uatHost}/orders/api@${built.descriptor.digest}`;
    const args = ["verify", "--key", key, "--insecure-ignore-tlog", "--allow-http-registry", image];
    await run(tool, args, { env: { ...process.env, ...commands.env } });
  });
});

const AUTH = (world: World) => ["--authfile", `${world.dir}/docker/config.json`];

describeWith(["docker-registry", REFERRERS_TOOL], "promote from a registry with the referrers API", () => {
  let world: World;
  let commands: Commands;
  let source: TestRegistry;
  before(async () => {
    [world, source] = await Promise.all([World.begin(), startReferrers()]);
    commands = new Commands(world);
  });
  after(async () => {
    await world.end();
    await source.stop();
  });

  it("promote carries referrers over to fallback tags, and the record with them", async () => {
    const { policy } = world;
    const kind = "distribution" as const;
    const from = { stage: "qa", host: source.host, kind } as const;
    const to = { stage: "uat", host: world.uat.host, kind, policy, before: from } as const;
    const built = await world.build(VERSION);
    const published = await commands.publish(built, VERSION, { outputs: quick(outputsFor({ ...from, policy })) });
    assert.equal(published.code, 0, published.stderr);
    const { code, stdout, stderr } = await commands.promote(built, VERSION, { outputs: quick(outputsFor(to)) });
    assert.equal(code, 0, stdout + stderr);
    await world.registries(async (registries) => {
      const { digest } = built.descriptor;
      const there = await registries.session(source.host).repository("orders/api").referrers(digest);
      const repository = registries.session(world.uat.host).repository("orders/api");
      const here = (await repository.referrers(digest)).map((one) => one.digest);
      assert.equal(there.length, 4);
      assert.deepEqual(
        there.filter((one) => !here.includes(one.digest)),
        [],
      );
      assert.ok(await repository.resolve(digest.replace(":", "-")));
    });
  });
});
