import assert from "node:assert/strict";
import { join } from "node:path";
import type { Digest } from "../../src/base/digest";
import { Registries } from "../../src/images/registries";
import { attachArtifact } from "../../src/oci/artifact";
import { copyImage, copyThrottle } from "../../src/oci/copy/copyImage";
import { openLayout } from "../../src/oci/layout/layoutStore";
import type { RegistryRepository } from "../../src/oci/registry/session";
import { makeVerifier } from "../../src/signing/verifier";
import { acrInventory, tagInventory } from "../../src/sweeping/inventory";
import { index } from "../support/images/indexes";
import { LayoutBuilder } from "../support/images/layoutBuilder";
import { coded } from "../support/images/rejection";
import { workFolder } from "../support/images/workFolder";
import {
  describeWith,
  startDistribution,
  startQuirky,
  tagsLinkElsewhere,
  tagsRefused,
  type TestRegistry,
} from "../support/registries";

const TRUST = { verifier: makeVerifier(), trusted: [] };
const OLD = "2026-01-01T00:00:00Z";

describeWith(["docker-registry"], "inventory of a repository", () => {
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
    target = registries.session(registry.host).repository(`listed/${++repositories}`);
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
  it("tagInventory refuses a registry that does not list its tags, or not all of them: what it does not see it could delete", async () => {
    const layout = await layoutAt("refused");
    const { descriptor } = await index(layout, { seed: "refused" });
    await push(layout, { "v1.0.0": descriptor.digest });
    for (const [quirk, code, words] of [
      [tagsRefused(403), "REGISTRY_AUTH", "ecr:ListImages"],
      [tagsRefused(405, "UNSUPPORTED"), "REGISTRY_REFUSED", "tags/list"],
      [tagsLinkElsewhere("/v2/api/tags/list?last=1000"), "CONTENT_INVALID", "the Link header points to"],
    ] as const) {
      const quirky = await startQuirky(registry.host, quirk);
      const own = new Registries(() => Promise.resolve({ kind: "anonymous", from: "the test" }));
      try {
        const repository = own.session(quirky.host).repository(target.path);
        await assert.rejects(tagInventory(repository, TRUST), coded(code, words));
      } finally {
        await own.close();
        await quirky.stop();
      }
    }
  });

  it("tagInventory finds tags, platforms and referrers, each once", async () => {
    const layout = await layoutAt("whole");
    const { descriptor, images } = await index(layout, { seed: "whole" });
    await push(layout, { "v1.0.0": descriptor.digest, "v1.0.0-again": descriptor.digest });
    const subject = { ...descriptor, mediaType: descriptor.mediaType };
    const note = await attachArtifact(target, { artifactType: "text/plain", bytes: Buffer.from("note") }, subject);
    const found = await tagInventory(target, TRUST);
    const digests = found.map(({ digest }) => digest);
    for (const digest of [descriptor.digest, note.digest, ...images.map((one) => one.descriptor.digest)]) {
      assert.equal(digests.filter((one) => one === digest).length, 1, digest);
    }
    const root = found.find(({ digest }) => digest === descriptor.digest);
    assert.deepEqual([...(root?.tags ?? [])].sort(), ["v1.0.0", "v1.0.0-again"]);
    assert.equal(root?.children.length, 5);
    assert.equal(root.pushedAt, undefined);
  });

  it("tagInventory leaves out what an index names and the registry has no more", async () => {
    const layout = await layoutAt("torn");
    const { descriptor, images } = await index(layout, { seed: "torn" });
    await push(layout, { "v1.0.0": descriptor.digest });
    const [first] = images;
    assert.ok(first);
    await target.delete(first.descriptor.digest);
    assert.equal((await tagInventory(target, TRUST)).length, 5);
  });

  it("acrInventory reads every page, with tags, times and locks", async () => {
    const layout = await layoutAt("pages");
    const digests: Digest[] = [];
    for (let at = 0; at < 101; at += 1) {
      const empty = await layout.blob(Buffer.from("{}"), "application/vnd.oci.empty.v1+json");
      const type = "application/vnd.oci.image.manifest.v1+json";
      const content = { schemaVersion: 2, mediaType: type, config: empty, layers: [], annotations: { at: String(at) } };
      digests.push((await layout.manifest(content, type, {})).digest);
    }
    await push(layout, Object.fromEntries(digests.map((digest, at) => [`v${at}`, digest])));
    const asked: string[] = [];
    const listed = (digest: Digest, at: number) => ({
      ...{ digest, tags: at === 0 ? ["v0"] : null, createdTime: OLD, lastUpdateTime: at === 1 ? undefined : OLD },
      changeableAttributes: { writeEnabled: true, deleteEnabled: at !== 2 },
    });
    const found = await acrInventory(target, "orders/api", (_, path) => {
      asked.push(path);
      const last = new URL(path, "http://localhost").searchParams.get("last");
      const start = last === null ? 0 : digests.indexOf(last as Digest) + 1;
      const manifests = digests.slice(start, start + 100).map((digest, at) => listed(digest, start + at));
      return Promise.resolve({ status: 200, bytes: Buffer.from(JSON.stringify({ manifests })) });
    });
    assert.equal(asked.length, 3);
    assert.deepEqual(
      found.map(({ digest }) => digest),
      digests,
    );
    assert.deepEqual(
      found.slice(0, 3).map(({ tags, locked, pushedAt }) => [tags, locked, pushedAt]),
      [
        [["v0"], false, OLD],
        [[], false, OLD],
        [[], true, OLD],
      ],
    );
  });

  it("acrInventory leaves artifacts of the types that OCI and ORAS took back to the registry, and asks for none of them", async () => {
    const layout = await layoutAt("artifacts");
    const { descriptor } = await index(layout, { seed: "artifacts" });
    await push(layout, { "v1.0.0": descriptor.digest });
    const old = (type: string) => ({
      digest: `sha256:${type.length.toString(16).repeat(32)}`,
      mediaType: type,
      tags: null,
    });
    const types = [
      "application/vnd.oci.artifact.manifest.v1+json",
      "application/vnd.cncf.oras.artifact.manifest.v1+json",
    ];
    const manifests = [{ ...descriptor, tags: ["v1.0.0"] }, ...types.map(old)];
    const found = await acrInventory(target, "orders/api", (_, path) => {
      const page = path.includes("last=") ? [] : manifests;
      return Promise.resolve({ status: 200, bytes: Buffer.from(JSON.stringify({ manifests: page })) });
    });
    assert.deepEqual(
      found.map(({ digest }) => digest),
      [descriptor.digest],
    );
  });

  it("acrInventory refuses a list of another form", async () => {
    const bytes = Buffer.from(`{"manifests":[{"digest":"../../etc"}]}`);
    const answer = () => Promise.resolve({ status: 200, bytes });
    await assert.rejects(acrInventory(target, "orders/api", answer), coded("CONTENT_INVALID", "another form"));
  });
});
