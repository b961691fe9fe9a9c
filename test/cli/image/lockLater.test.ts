import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PromoteResult } from "../../../src/cli/image/promote";
import type { PublishResult } from "../../../src/cli/image/publish";
import { SETTLE } from "../../../src/images/tagAndLock";
import {
  type AcrStandIn,
  describeWith,
  startAcr,
  startDistribution,
  type TestRegistry,
} from "../../support/registries";
import type { Action } from "../../support/registries/grants";
import { type Built, Commands, quick } from "../../support/release/commands";
import { asEntry, outputsFor } from "../../support/release/outputsFor";
import { World } from "../../support/release/world";

const VERSION = "v1.2.3-rc1";
/** What AcrPush may: everything that a publication does but lock. */
const PUSHER: readonly Action[] = ["pull", "push", "metadata_read"];
const LOCKER: readonly Action[] = ["pull", "metadata_read", "metadata_write"];

describeWith(["docker-registry"], "--lock later, by whoever may push and not lock", () => {
  let world: World;
  let backend: TestRegistry;
  let commands: Commands;
  let built: Built;
  const open: AcrStandIn[] = [];
  before(async () => {
    world = await World.begin();
    backend = await startDistribution();
    commands = new Commands(world);
    built = await world.build(VERSION);
  });
  after(async () => {
    await Promise.all(open.map((acr) => acr.stop()));
    await backend.stop();
    await world.end();
  });

  /** The registry of uat, as somebody with these rights sees it. */
  async function uatFor(actions: readonly Action[]) {
    const acr = await startAcr(backend, { grants: [{ repository: /.*/, actions }] });
    open.push(acr);
    const { username, password } = acr.credentials;
    const auth = Buffer.from(`${username}:${password}`).toString("base64");
    const config = { auths: { [acr.host]: { auth } } };
    writeFileSync(join(world.dir, "docker", "config.json"), JSON.stringify(config), { mode: 0o600 });
    const { policy } = world;
    const before = { stage: "qa", host: world.qa.host, kind: "distribution" } as const;
    const gates = { roles: ["qa", "uat"], signOffSigners: policy.signers };
    return { acr, outputs: outputsFor({ stage: "uat", host: acr.host, kind: "acr", policy, ...gates, before }) };
  }

  it("publish --lock later places the tag without the right to lock, waits as where there are no locks, and names what locks (S1-2)", async () => {
    const { acr, outputs } = await uatFor(PUSHER);
    const { code, stdout, stderr } = await commands.publish(built, VERSION, {
      outputs: asEntry(outputs),
      options: { format: "json", lock: "later" },
    });
    assert.equal(code, 0, stderr);
    const result = JSON.parse(stdout) as PublishResult;
    assert.equal(result.locked, false);
    assert.match(result.lockWith?.join("\n") ?? "", /^dualreg image lock orders\/api:v1\.2\.3-rc1 --outputs \S+$/);
    assert.ok((result.phases.find(({ phase }) => phase === "tag")?.milliseconds ?? 0) >= SETTLE);
    assert.match(stderr, /not locked yet, as asked/);
    assert.deepEqual(acr.attributes(`orders/api:${VERSION}`).writeEnabled, true);
    assert.deepEqual(
      acr.requests.filter((line) => line.startsWith("PATCH /acr/")),
      [],
    );
  });

  it("publish --lock later names what locks in the registry that REGISTRY_TYPE chose (S4-6)", async () => {
    const chosenBy = new Commands(world, { REGISTRY_TYPE: "acr" });
    const { acr, outputs } = await uatFor(PUSHER);
    const { policy } = world;
    const own = outputsFor({ stage: "uat", host: backend.host, kind: "distribution", policy });
    const chosen = { ...own, alternatives: { secure: [outputs.registries.secure], standard: [] } };
    const { code, stdout, stderr } = await chosenBy.publish(built, VERSION, {
      outputs: asEntry(chosen),
      options: { format: "json", lock: "later" },
    });
    assert.equal(code, 0, stderr);
    const { image, lockWith = [] } = JSON.parse(stdout) as PublishResult;
    assert.ok(image.startsWith(acr.host), image);
    assert.match(lockWith.join(), /^REGISTRY_TYPE=acr dualreg image lock orders\/api:v1\.2\.3-rc1 --outputs \S+$/);
  });

  it("publish without it is refused its lock, and says so, where only AcrPush is held", async () => {
    const { outputs } = await uatFor(PUSHER);
    const { code, stderr } = await commands.publish(built, VERSION, { outputs });
    assert.notEqual(code, 0);
    assert.match(stderr, /REGISTRY_AUTH|REGISTRY_REFUSED|denied|refused/i);
  });

  it("promote --lock later leaves the same to the one that locks, whose command then locks tag and manifest (S1-2)", async () => {
    assert.equal((await commands.publish(built, VERSION, { outputs: quick(world.outputs.qa) })).code, 0);
    const { outputs } = await uatFor(PUSHER);
    const { code, stdout, stderr } = await commands.promote(built, VERSION, {
      outputs,
      options: { format: "json", lock: "later" },
    });
    assert.equal(code, 0, stderr);
    const [result] = JSON.parse(stdout) as PromoteResult[];
    assert.deepEqual([result?.locked, result?.tags, result?.lockWith?.length], [false, [VERSION], 1]);
    const locker = await uatFor(LOCKER);
    const locked = await commands.line(
      ...["image", "lock", `orders/api:${VERSION}`, "--outputs", commands.outputs(locker.outputs), "--format", "json"],
    );
    assert.equal(locked.code, 0, locked.stderr);
    const { writeEnabled, deleteEnabled } = locker.acr.attributes(`orders/api@${built.descriptor.digest}`);
    assert.deepEqual([writeEnabled, deleteEnabled], [false, false]);
  });

  it("--lock later changes nothing where tags may move, and nothing where there are no locks", async () => {
    const { policy } = world;
    const other = await world.build("v1.2.4-rc1");
    const plain = outputsFor({ stage: "qa", host: world.qa.host, kind: "distribution", policy });
    const { code, stdout, stderr } = await commands.publish(other, "v1.2.4-rc1", {
      outputs: quick(plain),
      options: { format: "json", lock: "later" },
    });
    assert.equal(code, 0, stderr);
    const result = JSON.parse(stdout) as PublishResult;
    assert.deepEqual([result.locked, result.lockWith], [false, undefined]);
    assert.match(stderr, /this registry has no locks/);
  });
});
