import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { exitOf, type ProductResult, tagProduct } from "../../src/cli/image/tagging";
import { readPushResults } from "../../src/images/pushResult";
import { Registries } from "../../src/images/registries";
import type { PublishResult } from "../../src/cli/image/publish";
import { DualRegistryError } from "../../src/base/errors";
import { makeVerifier } from "../../src/signing/verifier";
import { captureIo } from "../support/io";
import {
  describeWith,
  type FaultProxy,
  REFERRERS_TOOL,
  startFaultProxy,
  startReferrers,
  type TestRegistry,
} from "../support/registries";
import { PRODUCT, ProductGround } from "../support/release/productGround";
import { World } from "../support/release/world";

const VERSION = "v1.0.0-rc1";

/** Whoever is killed asks once and never again. */
const ONCE = { retry: { attempts: 1 } };

/** Where the last request ended that a killed process sent: before the registry heard it, or before its answer came. */
const ENDS = [
  { name: "before the registry heard the request", fault: { kind: "status", status: 503 } },
  { name: "before the answer came", fault: { kind: "reset", of: "response", atByte: 0 } },
] as const;

describeWith(
  ["docker-registry", REFERRERS_TOOL],
  "image tag that is killed at any of its requests",
  () => {
    let world: World;
    let registry: TestRegistry;
    let proxy: FaultProxy;
    let ground: ProductGround;
    let results: ReturnType<typeof readPushResults>;
    let digests: Record<string, string>;
    before(async () => {
      world = await World.begin();
      registry = await startReferrers();
      proxy = await startFaultProxy(registry.host);
      ground = new ProductGround(world, proxy.host);
      const files = await ground.pushAll(VERSION);
      results = files.flatMap(readPushResults);
      const read = files.map((file) => JSON.parse(readFileSync(file, "utf8")) as PublishResult);
      digests = Object.fromEntries(read.map(({ repository, digest }) => [repository, digest]));
    });
    after(async () => {
      await proxy.stop();
      await registry.stop();
      await world.end();
    });

    /** Tags the product as one process does that gives nothing a second try. */
    async function tagOnce(): Promise<ProductResult | DualRegistryError> {
      const registries = new Registries(world.credentials, ONCE);
      const context = { outputs: ground.outputs, outputsFile: "qa.json", registries, verifier: makeVerifier() };
      try {
        return await tagProduct(results, { ...context, lock: "now", io: captureIo().io }, { how: "tag" });
      } catch (error) {
        if (error instanceof DualRegistryError) return error;
        throw error;
      } finally {
        await registries.close();
      }
    }

    const standing = () => ground.standing(VERSION, registry.host);

    /** Takes the tags away, by the registry's own interface: this one lets a tag go and keeps its manifest. */
    async function untag(): Promise<void> {
      for (const repository of PRODUCT) {
        await new Promise<void>((done, fail) => {
          const path = `http://${registry.host}/v2/${repository}/manifests/${VERSION}`;
          const asked = request(path, { method: "DELETE" }, (answer) => answer.resume().on("end", done));
          asked.on("error", fail).end();
        });
      }
      assert.ok(Object.values(await standing()).every((digest) => digest === undefined));
    }

    /** What is in the repositories but the tags: it must be the same whatever was killed. */
    async function content(): Promise<object> {
      return world.registries(async (registries) => {
        const session = registries.session(registry.host);
        const all = PRODUCT.map(async (repository) => {
          const target = session.repository(repository);
          const referrers = await target.referrers(
            results.find((one) => one.repository === repository)?.digest ?? "sha256:",
          );
          return [repository, referrers.map(({ digest }) => digest).sort()];
        });
        return Object.fromEntries(await Promise.all(all)) as object;
      });
    }

    for (const { name, fault } of ENDS)
      it(`S4-3 leaves no tag, or tags that the next run completes, and nothing else moved: ${name}`, async () => {
        const before = await content();
        proxy.use({});
        await untag();
        const start = proxy.requests.length;
        const well = await tagOnce();
        assert.ok(!(well instanceof DualRegistryError) && exitOf(well, "tag") === 0);
        const count = proxy.requests.length - start;
        assert.ok(count > 30, String(count));
        assert.deepEqual(await standing(), digests);
        const placed = new Set<number>();
        let killed = 0;
        for (let at = 1; at <= count; at += 1) {
          await untag();
          let seen = 0;
          const after = (last: boolean) => () => (last ? (seen += 1) === at : seen > at);
          proxy.use({
            rules: [
              { match: after(true), fault },
              { match: after(false), fault: ENDS[0].fault },
            ],
          });
          const end = await tagOnce();
          proxy.use({});
          // A run that sends fewer requests than the one that was counted is through before it is killed.
          if (!(end instanceof DualRegistryError) && exitOf(end, "tag") === 0) assert.ok(seen < at, `request ${at}`);
          else killed += 1;
          const left = await standing();
          const tagged = PRODUCT.filter((repository) => left[repository] !== undefined);
          placed.add(tagged.length);
          for (const repository of tagged) assert.equal(left[repository], digests[repository], `request ${at}`);
          // Nothing is tagged unless all that come before it in the order hold their tags.
          assert.deepEqual(tagged, PRODUCT.slice(0, tagged.length), `request ${at}`);
          const again = await tagOnce();
          assert.ok(!(again instanceof DualRegistryError) && exitOf(again, "tag") === 0, `request ${at}`);
          assert.deepEqual(await standing(), digests, `request ${at}`);
          assert.deepEqual(await content(), before, `request ${at}`);
        }
        assert.ok(killed > count - 5, `${killed} of ${count} were killed`);
        assert.ok(placed.size === PRODUCT.length + 1, [...placed].join());
      });
  },
  900,
);
