import assert from "node:assert/strict";
import { join } from "node:path";
import type { Digest } from "../../src/base/digest";
import { planSweep } from "../../src/domain/sweep/planSweep";
import { Registries } from "../../src/images/registries";
import { attachArtifact } from "../../src/oci/artifact";
import { copyImage, copyThrottle } from "../../src/oci/copy/copyImage";
import { openLayout } from "../../src/oci/layout/layoutStore";
import type { RegistryRepository } from "../../src/oci/registry/session";
import { makeVerifier } from "../../src/signing/verifier";
import { executeSweep, recheckTags } from "../../src/sweeping/executeSweep";
import { tagInventory } from "../../src/sweeping/inventory";
import { image } from "../support/images/image";
import { index } from "../support/images/indexes";
import { LayoutBuilder } from "../support/images/layoutBuilder";
import { workFolder } from "../support/images/workFolder";
import { describeWith, startDistribution, type TestRegistry } from "../support/registries";

const TRUST = { verifier: makeVerifier(), trusted: [] };
const OLD = "2026-01-01T00:00:00Z";
const NOW = new Date("2026-11-21T00:00:00Z");

describeWith(["docker-registry"], "sweep of one repository", () => {
  const folder = workFolder();
  let registry: TestRegistry;
  let registries: Registries;
  let target: RegistryRepository;
  let repositories = 0;
  before(async () => {
    registry = await startDistribution();
    registries = new Registries(() => Promise.resolve({ kind: "anonymous", from: "the test" }));
  });
  beforeEach(() => {
    target = registries.session(registry.host).repository(`swept/${++repositories}`);
  });
  after(async () => {
    await registries.close();
    await registry.stop();
  });

  /** Pushes what a layout has, under tags. */
  async function push(layout: LayoutBuilder, images: Readonly<Record<string, Digest>>): Promise<void> {
    const source = await openLayout(layout.dir);
    for (const [tag, digest] of Object.entries(images)) {
      await copyImage(source, target, digest, { throttle: copyThrottle(), repository: target.path });
      await target.writeManifest(await source.manifest(digest), { tag });
    }
  }
  const layoutAt = (name: string) => LayoutBuilder.begin(join(folder(), name));
  /** As if everything was pushed long ago and pulled never. */
  async function plan(...kept: readonly Digest[]) {
    const found = await tagInventory(target, TRUST);
    const manifests = found.map((one) => ({ ...one, pushedAt: OLD, lastPulledAt: "never" }));
    const deployed = { digests: new Set<string>(kept), tags: new Set<string>() };
    const planned = planSweep({ rule: { rule: "inactive", days: 90 }, now: NOW, manifests, deployed });
    return { planned, look: recheckTags(target, found) };
  }
  const ignore = () => undefined;

  it("executeSweep deletes an index before its children, and spares a child that another index names", async () => {
    const layout = await layoutAt("shared");
    const platforms = [{ os: "linux", architecture: "amd64" }];
    const one = await index(layout, { seed: "shared", platforms });
    const own = await image(layout, { seed: "own" });
    const both = { schemaVersion: 2, manifests: [one.images[0]?.descriptor, own.descriptor] };
    const two = await layout.manifest({ ...both, mediaType: one.descriptor.mediaType }, one.descriptor.mediaType, {});
    await push(layout, { "v1.0.0": one.descriptor.digest, "v2.0.0": two.digest });
    const { planned, look } = await plan(one.descriptor.digest);
    assert.deepEqual(
      planned.deletions.map(({ digest }) => digest),
      [two.digest, own.descriptor.digest],
    );
    const done = await executeSweep(target, planned, look, ignore);
    assert.deepEqual(
      done.map(({ state }) => state),
      ["deleted", "deleted"],
    );
    assert.ok(await target.resolve("v1.0.0"));
    assert.ok(await target.resolve(one.images[0]?.descriptor.digest ?? ""));
    assert.equal(await target.resolve("v2.0.0"), undefined);
    assert.equal(await target.resolve(own.descriptor.digest), undefined);
  });

  it("executeSweep stops at a tag that has moved since the plan was made, and deletes nothing behind it", async () => {
    const layout = await layoutAt("moved");
    const [first, second] = [await image(layout, { seed: "first" }), await image(layout, { seed: "second" })];
    await push(layout, { a: first.descriptor.digest });
    const { planned, look } = await plan();
    await push(layout, { a: second.descriptor.digest });
    const [swept, ...more] = await executeSweep(target, planned, look, ignore);
    assert.deepEqual([swept?.state, swept?.why, more], ["changed", "a has moved since the plan was made", []]);
    assert.equal((await target.resolve("a"))?.digest, second.descriptor.digest);
    assert.ok(await target.resolve(first.descriptor.digest));
  });

  it("executeSweep stops where a tag has come since the plan was made: it may name what would go", async () => {
    const layout = await layoutAt("come");
    const [old, fresh] = [await image(layout, { seed: "old" }), await image(layout, { seed: "fresh" })];
    await push(layout, { a: old.descriptor.digest });
    const { planned, look } = await plan();
    await push(layout, { b: fresh.descriptor.digest });
    const [swept, ...more] = await executeSweep(target, planned, look, ignore);
    assert.deepEqual([swept?.state, swept?.why, more], ["changed", "the tag b has come since the plan was made", []]);
    assert.ok(await target.resolve("a"));
  });

  it("executeSweep takes the list of referrers of an image that is gone wherever it stands by now", async () => {
    const layout = await layoutAt("listed");
    const { descriptor } = await image(layout, { seed: "listed" });
    await push(layout, { a: descriptor.digest });
    const attach = (text: string) =>
      attachArtifact(target, { artifactType: "text/plain", bytes: Buffer.from(text) }, descriptor);
    await attach("before the plan");
    const { planned, look } = await plan();
    await attach("after the plan");
    const done = await executeSweep(target, planned, look, ignore);
    assert.deepEqual(
      done.map(({ state }) => state),
      ["deleted", "deleted", "deleted"],
    );
    assert.equal(await target.resolve(descriptor.digest.replace(":", "-")), undefined);
    const left: string[] = [];
    for await (const tag of target.tags()) left.push(tag);
    assert.deepEqual(left, []);
  });

  it("executeSweep says that a registry refuses to delete, and stops", async () => {
    const strict = await startDistribution({ deleteEnabled: false });
    try {
      const layout = await layoutAt("refused");
      const { descriptor } = await image(layout, { seed: "refused" });
      target = registries.session(strict.host).repository("kept");
      await push(layout, { a: descriptor.digest });
      const { planned, look } = await plan();
      const [swept] = await executeSweep(target, planned, look, ignore);
      assert.equal(swept?.state, "refused");
      assert.match(swept.why ?? "", /405|not allowed|unsupported/i);
      assert.ok(await target.resolve("a"));
    } finally {
      await strict.stop();
    }
  });
});
