import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startDistribution } from "../../registries";
import { freePort } from "../../registries/freePort";
import { Commands } from "../../release/commands";
import { asEntry } from "../../release/outputsFor";
import { ago, SweepGround } from "../../release/sweepGround";
import { World } from "../../release/world";
import type { RunbookGround, Scene } from "../runbookGround";

const VERSION = "v1.2.3-rc1";
const UAT = "ordersuatsecure.azurecr.io";

function loginAtUat(ground: RunbookGround, { acr, uatHost, password }: World): void {
  assert.ok(acr);
  ground.login(uatHost, acr.credentials.username, acr.credentials.password);
  ground.hosts.set(UAT, uatHost);
  ground.env["COSIGN_PASSWORD"] = password;
}

/** Takes an image away as somebody does who is let: unlocked, then deleted by its digest. */
async function lose(world: World, digest: string): Promise<void> {
  const { acr, uatHost } = world;
  const open = { deleteEnabled: true, writeEnabled: true };
  acr?.change(`orders/api:${VERSION}`, open);
  acr?.change(`orders/api@${digest}`, open);
  await world.registries((all) => all.session(uatHost).repository("orders/api").delete(digest));
}

/** An image that nobody pushed or pulled for long, one that runs, and the log that says so. */
async function swept(ground: RunbookGround): Promise<SweepGround> {
  const sweep = await SweepGround.begin();
  ground.onEnd(() => sweep.end());
  sweep.wholeLog();
  await sweep.push("v1.0.0-rc1", 200);
  const runs = await sweep.push("v1.1.0-rc1", 200);
  loginAtUat(ground, sweep.world);
  await ground.azure(sweep.mint, sweep.workspace.service);
  ground.file("uat.json", sweep.outputs(90));
  const image = `${sweep.world.uatHost}/orders/api@${runs}`;
  ground.file("pods.json", { kind: "List", items: [{ spec: { containers: [{ image }] }, status: {} }] });
  return sweep;
}

/** The runbook's parts about images and the registry that holds them. */
export const IMAGE_SCENES: Readonly<Record<string, Scene>> = {
  "An image is gone": async (ground) => {
    const world = await World.begin("acr");
    ground.onEnd(() => world.end());
    loginAtUat(ground, world);
    const built = await world.build(VERSION);
    const { digest } = built.descriptor;
    const published = await new Commands(world).publish(built, VERSION);
    assert.equal(published.code, 0, published.stderr);
    ground.file("uat.json", world.outputs.uat);
    ground.file("cosign.key", readFileSync(join(world.dir, world.keyFile), "utf8"));
    ground.file("sign-offs.json", readFileSync(await world.signOffFile(world.signOffs(digest, VERSION)), "utf8"));
    const verified = { code: 0, says: new RegExp(`^OK .*@${digest}`) };
    return [
      [{ code: 1, says: /orders\/api/ }],
      [{ code: 0, says: new RegExp(digest) }],
      [{ code: 0, says: new RegExp(`orders/api\\):${VERSION}@${digest}: \\d+ referrers`) }],
      [{ before: () => lose(world, digest), code: 0, says: new RegExp(`orders/api:${VERSION}@${digest}`) }],
      [{ code: 0, says: new RegExp(`@${digest}: locked`) }],
      [verified],
    ];
  },

  "An image took a name past the gates": async (ground) => {
    const world = await World.begin("acr");
    ground.onEnd(() => world.end());
    loginAtUat(ground, world);
    const commands = new Commands(world);
    const [built, other] = [await world.build(VERSION), await world.build(VERSION, { seed: "past the gates" })];
    const { digest } = built.descriptor;
    const published = await commands.publish(built, VERSION);
    assert.equal(published.code, 0, published.stderr);
    // As an older program published it: to the entry stage of a shorter list.
    const taken = await commands.publish(other, VERSION, { outputs: asEntry(world.outputs.uat) });
    assert.equal(taken.code, 0, taken.stderr);
    ground.file("uat.json", world.outputs.uat);
    ground.file("cosign.key", readFileSync(join(world.dir, world.keyFile), "utf8"));
    ground.file("sign-offs.json", readFileSync(await world.signOffFile(world.signOffs(digest, VERSION)), "utf8"));
    const away = () =>
      world.registries((all) => all.session(world.uatHost).repository("orders/api").delete(other.descriptor.digest));
    return [[{ code: 0, says: /changeable/ }], [{ before: away, code: 0, says: new RegExp(digest) }]];
  },

  "The registry does not answer": async (ground) => {
    const registry = await startDistribution();
    ground.onEnd(() => registry.stop());
    const up = () => void ground.hosts.set("ordersqasecure.azurecr.io", registry.host);
    ground.hosts.set("ordersqasecure.azurecr.io", `localhost:${await freePort()}`);
    return [
      [
        { code: 2, says: /no answer|ECONNREFUSED/ },
        { before: up, code: 0, says: /dualreg-smoke/ },
      ],
    ];
  },

  "The registry is full": async (ground) => {
    await swept(ground);
    return [[{ code: 0, says: /delete[^]*no push or pull for 90 days/ }], [{ code: 0, says: /deleted/ }]];
  },

  "The sweep deletes nothing": async (ground) => {
    const sweep = await swept(ground);
    const silent = () => sweep.keepEvents((at) => at < ago(40) || at > ago(20));
    return [
      [{ before: silent, code: 1, says: /the audit log has a hole: it is silent from/ }],
      [{ code: 0, says: /delete[^]*no push or pull for 90 days/ }],
    ];
  },
};
