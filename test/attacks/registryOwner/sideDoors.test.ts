import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { labels } from "../../../src/cli/image/labels";
import { lock, unlock } from "../../../src/cli/image/lock";
import { promote } from "../../../src/cli/image/promote";
import { verify } from "../../../src/cli/image/verify";
import { smoke } from "../../../src/cli/registry/smoke";
import type { Digest } from "../../../src/base/digest";
import {
  type AcrStandIn,
  describeWith,
  startAcr,
  startDistribution,
  type TestRegistry,
} from "../../support/registries";
import type { Action } from "../../support/registries/grants";
import { type Built, Commands } from "../../support/release/commands";
import { asEntry, outputsFor } from "../../support/release/outputsFor";
import { trivyReport } from "../../support/release/scans";
import { World } from "../../support/release/world";
import type { StageOutputs } from "../../../src/outputs";

const VERSION = "v1.2.3-rc1";
const READER: readonly Action[] = ["pull", "metadata_read"];
const PUSHER: readonly Action[] = [...READER, "push"];
const LOCKER: readonly Action[] = [...READER, "metadata_write"];
const SWEEPER: readonly Action[] = [...READER, "delete"];

/** Requests that change something. */
const WRITES = /^(?:PUT|POST|PATCH|DELETE) \/(?!oauth2\/)/;

describeWith(
  ["docker-registry"],
  "whoever holds one registry's token, at the commands beside publish and promote",
  () => {
    let world: World;
    let backend: TestRegistry;
    let commands: Commands;
    let built: Built;
    let acr: AcrStandIn;
    let outputs: StageOutputs;
    before(async () => {
      world = await World.begin();
      backend = await startDistribution();
      commands = new Commands(world);
      built = await world.build(VERSION);
      const all = await as(["*"]);
      const published = await commands.publish(built, VERSION, { outputs: asEntry(outputs) });
      assert.equal(published.code, 0, published.stderr);
      await all.stop();
    });
    afterEach(() => acr.stop());
    after(async () => {
      await backend.stop();
      await world.end();
    });

    /** The registry of qa as somebody with these rights sees it, who is logged in there and nowhere else. */
    async function as(actions: readonly Action[]): Promise<AcrStandIn> {
      acr = await startAcr(backend, { grants: [{ repository: /.*/, actions }] });
      const { username, password } = acr.credentials;
      const auth = Buffer.from(`${username}:${password}`).toString("base64");
      const config = { auths: { [acr.host]: { auth } } };
      writeFileSync(join(world.dir, "docker", "config.json"), JSON.stringify(config), { mode: 0o600 });
      outputs = outputsFor({ stage: "qa", host: acr.host, kind: "acr", policy: world.policy });
      return acr;
    }

    const writes = () => acr.requests.filter((request) => WRITES.test(request));
    const named = (name = `orders/api:${VERSION}`) =>
      [[name], { outputs: commands.outputs(outputs), format: "json" }] as const;
    const locking = (which: typeof lock, name?: string) =>
      commands.run((io) => which.run([...named(name)[0]], { ...named(name)[1] }, io));
    /** What the registry behind holds, whoever asks. */
    const inBackend = (reference: string) =>
      world.registries(async (registries) =>
        registries.session(backend.host).repository("orders/api").resolve(reference),
      );
    const tags = () =>
      world.registries(async (registries) => {
        const found: string[] = [];
        for await (const tag of registries.session(backend.host).repository("orders/api").tags()) found.push(tag);
        return found.sort();
      });

    for (const [who, actions] of [
      ["reads", READER],
      ["pushes", PUSHER],
      ["sweeps", SWEEPER],
    ] as const)
      it(`image lock and unlock change nothing for whoever ${who} and may not lock`, async () => {
        await as(actions);
        for (const which of [lock, unlock]) {
          const { code, stderr } = await locking(which);
          assert.notEqual(code, 0);
          assert.match(stderr, /metadata_write|refused|not allowed|denied|401|403/i);
        }
        for (const name of [`orders/api:${VERSION}`, `orders/api@${built.descriptor.digest}`])
          assert.deepEqual([acr.attributes(name).writeEnabled, acr.attributes(name).deleteEnabled], [true, true]);
      });

    it("image lock reaches what the map names alone, by a token that may do no more: it neither pushes nor deletes", async () => {
      await as(LOCKER);
      assert.equal((await locking(lock)).code, 0);
      const locked = writes();
      assert.ok(
        locked.length > 0 &&
          locked.every(
            (request) =>
              request.startsWith("PATCH /acr/v1/orders%2Fapi/") || request.startsWith("PATCH /acr/v1/orders/api/"),
          ),
        locked.join(),
      );
      for (const name of ["orders/other:v1", "../orders/api:v1.2.3-rc1", "orders/api", "--outputs"]) {
        const { code, stderr } = await locking(unlock, name);
        assert.equal(code, 2, name);
        assert.ok(stderr.length > 0);
      }
      assert.deepEqual(writes(), locked);
      const pushed = await commands.publish(await world.build(VERSION, { seed: "other" }), VERSION, {
        outputs: asEntry(outputs),
      });
      assert.notEqual(pushed.code, 0);
      assert.equal((await inBackend(VERSION))?.digest, built.descriptor.digest);
    });

    it("image unlock alone makes no other image of a tag: whoever unlocks may not push, and what was pushed has no record (S2-11)", async () => {
      await as(LOCKER);
      assert.equal((await locking(lock)).code, 0);
      assert.equal((await locking(unlock)).code, 0);
      const options = { outputs: commands.outputs(outputs), format: "text" } as const;
      const seen = await commands.run((io) => verify.run(`orders/api:${VERSION}`, options, io));
      assert.match(seen.stdout, /^WRONG [^]*wrong +lock +changeable/, "that it was unlocked is told");
    });

    it("image labels sends nothing but questions, whatever the token may, and no credential to another host", async () => {
      await as(["*"]);
      const { code, stdout } = await commands.run((io) =>
        labels.run(`${acr.host}/orders/api:${VERSION}`, { format: "json" }, io),
      );
      assert.equal(code, 0);
      assert.equal((JSON.parse(stdout) as { selfAsserted: boolean }).selfAsserted, true);
      assert.deepEqual(writes(), []);
      const before = acr.tokens.requests.length;
      await commands.run((io) => labels.run(`${backend.host}/orders/api:${VERSION}`, { format: "json" }, io));
      assert.equal(acr.tokens.requests.length, before);
    });

    for (const [who, actions, left] of [
      ["pushes and deletes", ["*"], false],
      ["pushes alone", PUSHER, true],
    ] as const)
      it(`registry smoke in the repository of an image moves no tag and takes nothing away, by a token that ${who}`, async () => {
        await as(actions);
        const kept = await tags();
        const { stdout, stderr } = await commands.run((io) =>
          smoke.run(`${acr.host}/orders/api`, { format: "json" }, io),
        );
        assert.deepEqual(await tags(), kept);
        assert.equal((await inBackend(VERSION))?.digest, built.descriptor.digest);
        const tagged = writes().filter((request) => /PUT .*\/manifests\/(?!sha256[:%])/.test(request));
        assert.deepEqual(tagged, [], "no tag is placed");
        const deleted = writes().filter((request) => request.startsWith("DELETE"));
        assert.ok(!deleted.join().includes(built.descriptor.digest), deleted.join());
        const [digest] = /sha256:[0-9a-f]{64}/.exec(stdout + stderr) ?? [];
        assert.equal(left, digest !== undefined && (await inBackend(digest)) !== undefined);
      });

    it("registry smoke --as pushes for nobody to whom the matrix denies it, whatever the token may (S1-2)", async () => {
      await as(["*"]);
      const access = (["secure", "standard"] as const).map((registry) => ({
        ...{ who: "standin", kind: "identity", purpose: "lock", stage: "qa", registry },
        ...{ actions: ["list", "lock", "pull"], repositories: ["*"], assumedBy: [] },
      }));
      const kept = await tags();
      const file = commands.file("outputs", { ...outputs, access });
      const asked = { as: "standin", stage: "qa", outputs: file, format: "json" } as const;
      const { code } = await commands.run((io) => smoke.run(undefined, asked, io));
      assert.equal(code, 1, "the token may more than the matrix says");
      assert.deepEqual(await tags(), kept);
      assert.equal((await inBackend(VERSION))?.digest, built.descriptor.digest);
      const placed = writes().filter((request) => /^PUT .*\/manifests\//.test(request));
      assert.deepEqual(placed, [], "no manifest is written where a push is denied");
    });

    it("what a smoke test leaves goes nowhere: promotion and verify find neither signature nor record", async () => {
      await as(PUSHER);
      const { stdout } = await commands.run((io) => smoke.run(`${acr.host}/orders/api`, { format: "json" }, io));
      const [left = ""] = /sha256:[0-9a-f]{64}/.exec(stdout) ?? [];
      const digest = left as Digest;
      const seen = await commands.run((io) =>
        verify.run(`orders/api@${digest}`, { outputs: commands.outputs(outputs), format: "text" }, io),
      );
      assert.match(seen.stdout, /^WRONG [^]*wrong +signature[^]*wrong +record/);
      const { policy } = world;
      const before = { stage: "qa", host: acr.host, kind: "acr" } as const;
      const uat = outputsFor({ stage: "uat", host: world.uat.host, kind: "distribution", policy, before });
      const scan = [commands.file("scan", trivyReport(digest))];
      const how = { outputs: commands.outputs(uat), version: VERSION, scan, key: join(world.dir, world.keyFile) };
      const ran = await commands.run((io) =>
        promote.run([`orders/api@${digest}`], { ...how, lock: "now", format: "text" }, io),
      );
      assert.match(ran.stdout, /^REFUSED [^]*Labels: /);
    });
  },
);
