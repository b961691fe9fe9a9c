import assert from "node:assert/strict";
import { digestOf } from "../../../src/base/digest";
import { referrersTag } from "../../../src/base/referrersTag";
import { copyImage, copyThrottle } from "../../../src/oci/copy/copyImage";
import { copyReferrers } from "../../../src/oci/copy/copyReferrers";
import { type Descriptor, MEDIA } from "../../../src/oci/manifest";
import { openLayout } from "../../../src/oci/layout/layoutStore";
import type { RegistrySession } from "../../../src/oci/registry/session";
import { image } from "../../support/images/image";
import { index } from "../../support/images/indexes";
import { LayoutBuilder } from "../../support/images/layoutBuilder";
import * as odd from "../../support/images/oddities";
import { coded } from "../../support/images/rejection";
import { workFolder } from "../../support/images/workFolder";
import {
  describeWith,
  GHOST,
  type Quirk,
  type QuirkyRegistry,
  REFERRERS_TOOL,
  referrersListed,
  startDistribution,
  startQuirky,
  startReferrers,
  tagsLinkElsewhere,
  tagsRefused,
  type TestRegistry,
} from "../../support/registries";
import { openQuickly } from "../registry/support/client";

const ARTIFACT_MANIFEST = "application/vnd.oci.artifact.manifest.v1+json";
const digests = (all: readonly { digest: string }[]): string[] => all.map(({ digest }) => digest).sort();

const references = (all: readonly { reference: string }[]): string[] => all.map(({ reference }) => reference).sort();

describeWith(["docker-registry", REFERRERS_TOOL], "copyReferrers from registries as people meet them", () => {
  const folder = workFolder();
  const started: { stop: () => Promise<void> }[] = [];
  const sessions: RegistrySession[] = [];
  let api: TestRegistry;
  let tags: TestRegistry;
  let target: RegistrySession;
  let count = 0;

  const open = (host: string): RegistrySession => {
    const session = openQuickly(host);
    sessions.push(session);
    return session;
  };
  const quirky = async (registry: TestRegistry, ...quirks: readonly Quirk[]): Promise<QuirkyRegistry> => {
    const proxy = await startQuirky(registry.host, ...quirks);
    started.push(proxy);
    return proxy;
  };
  before(async () => {
    [api, tags] = await Promise.all([startReferrers(), startDistribution()]);
    started.push(api, tags);
    target = open(tags.host);
  });
  after(async () => {
    await Promise.all(sessions.map((session) => session.close()));
    await Promise.all(started.map((one) => one.stop()));
  });

  /** An image with two signatures and a tag of Cosign's older form at a registry, in a repository of its own. */
  const signed = async (registry: TestRegistry) => {
    const name = `signed-${++count}`;
    const layout = await LayoutBuilder.begin(folder(name));
    const { descriptor } = await image(layout, { tag: "v1", seed: name });
    const signatures = [
      await odd.artifact(layout, { subject: descriptor, artifactType: "application/vnd.example.one" }),
      await odd.artifact(layout, { subject: descriptor, artifactType: "application/vnd.example.two" }),
    ];
    await image(layout, { tag: referrersTag(descriptor.digest, "sig"), seed: `${name} older form` });
    const repository = open(registry.host).repository(name);
    const source = await openLayout(folder(name));
    await copyImage(source, repository, "v1", { throttle: copyThrottle(), repository: name });
    await repository.writeManifest(await repository.manifest(descriptor.digest), { tag: "v1" });
    await copyReferrers(source, repository, [descriptor.digest], { throttle: copyThrottle(), repository: name });
    return { name, descriptor, signatures, repository };
  };

  const copied = async (host: string, { name, descriptor }: { name: string; descriptor: Descriptor }, into = name) => {
    const source = open(host).repository(name);
    const destination = target.repository(into);
    const options = { throttle: copyThrottle(), repository: into };
    await copyImage(source, destination, descriptor.digest, options);
    const { leftOut, ...result } = await copyReferrers(source, destination, [descriptor.digest], options);
    return { ...result, leftOut, there: digests(await destination.referrers(descriptor.digest)) };
  };

  it("copyReferrers leaves out by name what a list names and the registry has deleted", async () => {
    const one = await signed(api);
    const ghost = { mediaType: MEDIA.ociManifest, digest: GHOST, size: 777, artifactType: "application/vnd.example" };
    const proxy = await quirky(
      api,
      referrersListed((manifests) => [ghost, ...manifests]),
    );
    const { there, leftOut } = await copied(proxy.host, one);
    assert.deepEqual(there, digests(one.signatures));
    assert.deepEqual(references(leftOut), [GHOST]);
    assert.match(leftOut[0]?.why ?? "", /listed, and not there/);
  });

  it("copyReferrers leaves out what was deleted past a list that is a tag", async () => {
    const one = await signed(tags);
    const [gone, stays] = one.signatures;
    assert.ok(gone && stays);
    const { status } = await fetch(`http://${tags.host}/v2/${one.name}/manifests/${gone.digest}`, { method: "DELETE" });
    assert.equal(status, 202);
    const { there, leftOut } = await copied(tags.host, one, `${one.name}-copy`);
    assert.deepEqual([there, references(leftOut)], [[stays.digest], [gone.digest]]);
  });

  it("copyReferrers fails where a referrer itself lacks a manifest that it names, or a blob", async () => {
    const one = await signed(api);
    const { name, repository } = one;
    const layout = await LayoutBuilder.begin(folder(`${name}-index`));
    const family = await index(layout, { tag: "family", seed: name });
    const source = await openLayout(folder(`${name}-index`));
    await copyImage(source, repository, "family", { throttle: copyThrottle(), repository: name });
    const { bytes, mediaType } = await repository.manifest(family.descriptor.digest);
    const { digest, size } = one.descriptor;
    const subject = { mediaType: MEDIA.ociManifest, digest, size };
    const referring = Buffer.from(JSON.stringify({ ...(JSON.parse(bytes.toString()) as object), subject }));
    await repository.writeManifest({ bytes: referring, digest: digestOf(referring), mediaType });
    const [child] = (JSON.parse(bytes.toString()) as { manifests: { digest: string }[] }).manifests;
    assert.ok(child);
    await fetch(`http://${api.host}/v2/${name}/manifests/${child.digest}`, { method: "DELETE" });
    await assert.rejects(copied(api.host, one), coded("NOT_FOUND", new RegExp(child.digest)));
  });

  for (const [what, mediaType] of [
    ["the artifact manifest that OCI took back", ARTIFACT_MANIFEST],
    ["ORAS's own artifact manifest", "application/vnd.cncf.oras.artifact.manifest.v1+json"],
    ["a type that nobody knows", "application/vnd.example.later.v9+json"],
  ] as const) {
    it(`copyReferrers leaves out by name a referrer of ${what}, and copies the others`, async () => {
      const one = await signed(api);
      const { digest, size } = one.descriptor;
      const subject = { mediaType: MEDIA.ociManifest, digest, size };
      const artifactType = "application/vnd.cncf.notary.signature";
      const bytes = Buffer.from(JSON.stringify({ mediaType, artifactType, blobs: [], subject }));
      const old = digestOf(bytes);
      const put = { method: "PUT", headers: { "content-type": mediaType }, body: bytes };
      assert.equal((await fetch(`http://${api.host}/v2/${one.name}/manifests/${old}`, put)).status, 201);
      const { there, leftOut } = await copied(api.host, one);
      assert.deepEqual([there, references(leftOut)], [digests(one.signatures), [old]]);
      assert.ok(leftOut[0]?.why.includes(mediaType), leftOut[0]?.why);
      // The list may call it otherwise than it is.
      const proxy = await quirky(
        api,
        referrersListed((manifests) => manifests.map((each) => ({ ...each, mediaType: MEDIA.ociManifest }))),
      );
      const again = await copied(proxy.host, one, `${one.name}-again`);
      assert.deepEqual([again.there, references(again.leftOut)], [digests(one.signatures), [old]]);
    });
  }

  const ELSEWHERE = "/v2/api/tags/list?last=1000&n=1000";
  for (const [what, quirk] of [
    ["answers 403, as ECR without ListImages", tagsRefused(403)],
    ["answers 401", tagsRefused(401, "UNAUTHORIZED")],
    ["answers 404 to a list that it does not have", tagsRefused(404, "UNSUPPORTED")],
    ["answers 405", tagsRefused(405, "UNSUPPORTED")],
    ["answers 500 each time", tagsRefused(500, "UNKNOWN")],
    ["names a next page elsewhere, as Nexus", tagsLinkElsewhere(ELSEWHERE)],
  ] as const) {
    it(`copyReferrers asks for each tag where a registry ${what}`, async () => {
      const one = await signed(tags);
      const proxy = await quirky(tags, quirk);
      const { there } = await copied(proxy.host, one, `${one.name}-copy`);
      assert.deepEqual(there, digests(one.signatures));
      const copy = target.repository(`${one.name}-copy`);
      assert.ok(await copy.resolve(referrersTag(one.descriptor.digest, "sig")), "the older form came along");
    });
  }

  it("copyReferrers attaches to Docker schema 2 images and lists on a registry that knows both forms", async () => {
    const layout = await LayoutBuilder.begin(folder("docker"));
    for (const [tag, subject] of [
      ["image", await odd.dockerImage(layout, { tag: "image" })],
      ["list", await odd.dockerList(layout, { tag: "list" })],
    ] as const) {
      const signature = await odd.artifact(layout, { subject, artifactType: "application/vnd.example.sig" });
      const source = await openLayout(folder("docker"));
      const destination = target.repository(`docker-${tag}`);
      const options = { throttle: copyThrottle(), repository: `docker-${tag}` };
      await copyImage(source, destination, tag, options);
      await copyReferrers(source, destination, [subject.digest], options);
      assert.deepEqual(digests(await destination.referrers(subject.digest)), [signature.digest]);
    }
  });

  it("copyReferrers copies by digest whatever size and type a list names", async () => {
    const one = await signed(api);
    const other = { size: 1965, artifactType: "application/vnd.example.other", mediaType: MEDIA.dockerManifest };
    const proxy = await quirky(
      api,
      referrersListed((manifests) => manifests.map((each) => ({ ...each, ...other }))),
    );
    assert.deepEqual((await copied(proxy.host, one)).there, digests(one.signatures));
  });
});
