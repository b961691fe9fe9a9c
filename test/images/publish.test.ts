import assert from "node:assert/strict";
import type { Digest } from "../../src/base/digest";
import type { PublishResult } from "../../src/cli/image/publish";
import { findRecords } from "../../src/images/records";
import { ARTIFACTS } from "../../src/images/recordSchemas";
import { readManifest } from "../../src/oci/manifest";
import { makeVerifier } from "../../src/signing/verifier";
import { describeWith } from "../support/registries";
import { type Built, Commands } from "../support/release/commands";
import { asEntry } from "../support/release/outputsFor";
import { trivyReport } from "../support/release/scans";
import { buildOf, World } from "../support/release/world";

const VERSION = "v1.2.3-rc1";
const BUILD = { ...buildOf(VERSION), createdAt: "2026-11-01T08:00:00.000Z" };
const SBOM = { spdxVersion: "SPDX-2.3", name: "orders" };

describeWith(["docker-registry"], "publish to a registry with locks", () => {
  let world: World;
  let commands: Commands;
  let built: Built;
  let first: PublishResult;
  const SCANNED = new Date();
  const scans = () => [trivyReport(built.config.digest, ["LOW", "MEDIUM"], SCANNED)];
  const run = () =>
    commands.publish(built, VERSION, {
      outputs: asEntry(world.outputs.uat),
      scans: scans(),
      options: { format: "json", sbom: [commands.file("sbom", SBOM)] },
    });
  const writes = () => world.acr?.requests.filter((line) => /^(?:POST|PUT|PATCH|DELETE) \/v2\//.test(line)) ?? [];

  before(async () => {
    world = await World.begin("acr");
    commands = new Commands(world);
    built = await world.build(VERSION);
  });
  after(() => world.end());

  it("publish prints one JSON value with digest, tags, referrers, blobs, lock and phases, and nothing else", async () => {
    const { code, stdout, stderr } = await run();
    assert.equal(code, 0, stderr);
    first = JSON.parse(stdout) as PublishResult;
    assert.deepEqual(first, {
      ...first,
      image: `${world.uatHost}/orders/api`,
      digest: built.descriptor.digest,
      tags: [VERSION],
      blobs: { ...first.blobs, sent: 3, mounted: 0, present: 0 },
      locked: true,
      warnings: [],
    });
    assert.equal(first.referrers.length, 5);
    assert.ok(first.blobs.sentBytes > 2000);
    const names = "read,gates,push,compare,attach,sign and record,tag,lock,read back";
    assert.equal(first.phases.map(({ phase }) => phase).join(), names);
    assert.ok(first.phases.every(({ milliseconds }) => milliseconds >= 0));
  });

  it("publish keeps the digest and reads the tag back", async () => {
    await world.registries(async (registries) => {
      const found = await registries.session(world.uatHost).repository("orders/api").resolve(VERSION);
      assert.equal(found?.digest, built.descriptor.digest);
    });
  });

  it("publish attaches scan, SBOM and build metadata as referrers of their types, byte for byte (S1-7)", async () => {
    await world.registries(async (registries) => {
      const repository = registries.session(world.uatHost).repository("orders/api");
      const found = new Map<string, Buffer>();
      for (const { digest } of await repository.referrers(built.descriptor.digest)) {
        const { artifactType, config, layers, subject } = readManifest(await repository.manifest(digest), digest);
        assert.equal(subject?.digest, built.descriptor.digest);
        const chunks: Buffer[] = [];
        for (const layer of layers)
          for await (const chunk of await repository.blob(layer)) chunks.push(chunk as Buffer);
        found.set(artifactType ?? config?.mediaType ?? "", Buffer.concat(chunks));
      }
      assert.deepEqual(JSON.parse(String(found.get(ARTIFACTS.scan))), JSON.parse(JSON.stringify(scans()[0])));
      assert.deepEqual(JSON.parse(String(found.get("application/spdx+json"))), SBOM);
      assert.deepEqual(JSON.parse(String(found.get(ARTIFACTS.build))), BUILD);
      assert.ok(found.has("application/vnd.dev.sigstore.bundle.v0.3+json"), [...found.keys()].join());
    });
  });

  it("publish writes a signed record of build, scan, tags and stages (S1-7)", async () => {
    const trust = { verifier: makeVerifier(), trusted: world.policy.signers };
    const [found, ...more] = await world.registries((registries) =>
      findRecords(
        registries.session(world.uatHost).repository("orders/api"),
        built.descriptor.digest,
        "publish",
        trust,
      ),
    );
    assert.equal(more.length, 0);
    assert.ok(found?.signer);
    const { record } = found;
    assert.deepEqual([record.tags, record.targets, record.stage], [[VERSION], ["uat", "prod"], "uat"]);
    assert.deepEqual(record.build, BUILD);
    assert.deepEqual(record.scans[0]?.counts, { critical: 0, high: 0, medium: 1, low: 1, unknown: 0 });
  });

  it("publish locks tag and manifest against writing and deleting", () => {
    for (const name of [`orders/api:${VERSION}`, `orders/api@${built.descriptor.digest}`]) {
      const { writeEnabled, deleteEnabled } = world.acr?.attributes(name) ?? {};
      assert.deepEqual([writeEnabled, deleteEnabled], [false, false], name);
    }
  });

  it("publish run again is a success that writes nothing", async () => {
    const before = writes().length;
    const { code, stdout, stderr } = await run();
    assert.equal(code, 0, stderr);
    const again = JSON.parse(stdout) as PublishResult;
    assert.deepEqual(again.blobs, { sent: 0, mounted: 0, present: 0, sentBytes: 0 });
    assert.deepEqual(again.digest, first.digest);
    assert.deepEqual(writes().slice(before), []);
  });

  it("publish refuses a tag that stands for another digest, and sends nothing (S2-11)", async () => {
    const other = await world.build(VERSION, { seed: "other" });
    const before = writes().length;
    const { code, stdout, stderr } = await commands.publish(other, VERSION, { outputs: asEntry(world.outputs.uat) });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^TAG_TAKEN .*:v1\.2\.3-rc1 stands for sha256:.*take a new version/m);
    assert.ok(stderr.includes(first.digest) && stderr.includes(other.descriptor.digest));
    assert.deepEqual(writes().slice(before), []);
  });

  it("publish locks what an earlier run left unlocked, and adds nothing", async () => {
    const digest: Digest = built.descriptor.digest;
    for (const name of [`orders/api:${VERSION}`, `orders/api@${digest}`]) {
      world.acr?.change(name, { writeEnabled: true, deleteEnabled: true });
    }
    const before = writes().length;
    const { code, stderr } = await run();
    assert.equal(code, 0, stderr);
    assert.equal(world.acr?.attributes(`orders/api@${digest}`).writeEnabled, false);
    assert.equal(world.acr.attributes(`orders/api:${VERSION}`).deleteEnabled, false);
    assert.deepEqual(writes().slice(before), []);
  });

  it("publish never prints a password or a key", () => {
    const said = commands.transcript.join("\n");
    for (const secret of [world.password, world.acr?.credentials.password ?? "", "PRIVATE KEY"]) {
      assert.ok(secret !== "" && !said.includes(secret));
    }
  });
});
