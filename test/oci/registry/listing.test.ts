import assert from "node:assert/strict";
import { digestOf } from "../../../src/base/digest";
import { referrersTag } from "../../../src/base/referrersTag";
import { MEDIA } from "../../../src/oci/manifest";
import type { RegistrySession } from "../../../src/oci/registry/session";
import {
  describeWith,
  digestTags,
  startDistribution,
  startFaultProxy,
  startQuirky,
  type TestRegistry,
} from "../../support/registries";
import { makeBlob, makeManifest, opener, openQuickly } from "./support/client";
import { against, type Handler, received, reply } from "./support/hostile";

const blob = makeBlob(10);
const image = makeManifest(blob.descriptor, [blob.descriptor]);
const subject = { mediaType: image.mediaType, digest: image.digest, size: image.bytes.length };
const referrer = (name: string) =>
  makeManifest(blob.descriptor, [blob.descriptor], { subject, artifactType: "text/plain", annotations: { name } });
const digests = (all: readonly { digest: string }[]): string[] => all.map(({ digest }) => digest).sort();

describe("list of referrers under a tag", () => {
  it("list writes all entries at once, and again with those of somebody who wrote over them", async () => {
    const foreign = { mediaType: MEDIA.ociManifest, digest: referrer("of another").digest, size: 5, odd: 1 };
    const later = { ...foreign, digest: referrer("of another, later").digest };
    const own = ["one", "two", "three"].map(referrer);
    const index = (manifests: readonly object[]) =>
      JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests });
    let list = index([foreign]);
    const sizes: number[] = [];
    const handler: Handler = async (request, response) => {
      if (request.method === "PUT") {
        const body = (await received(request)).toString();
        sizes.push((JSON.parse(body) as { manifests: object[] }).manifests.length);
        // Somebody else who read before us writes after us, once.
        list = sizes.length === 1 ? index([foreign, later]) : body;
        reply(response, 201);
      } else if (request.url?.endsWith(referrersTag(image.digest)))
        reply(response, 200, { "content-type": MEDIA.ociIndex }, list);
      else if (request.url?.includes("/manifests/sha256:")) response.writeHead(200).end();
      else reply(response, 404);
    };
    await against(handler, (session) => session.repository("a/b").list(own));
    assert.deepEqual(sizes, [4, 5]);
    const { manifests } = JSON.parse(list) as { manifests: { digest: string }[] };
    assert.deepEqual(digests(manifests), digests([foreign, later, ...own]));
  });
});

describeWith(["docker-registry"], "list of referrers of a real registry without the API", () => {
  let registry: TestRegistry;
  let session: RegistrySession;
  before(async () => {
    registry = await startDistribution();
    session = openQuickly(registry.host);
  });
  after(async () => {
    await session.close();
    await registry.stop();
  });
  const begin = async (path: string) => {
    const repository = session.repository(path);
    await repository.writeBlob(blob.descriptor, opener(blob.bytes));
    await repository.writeManifest(image);
    return repository;
  };

  it("writeUnlisted leaves the list alone, and list puts all on it by one writing", async () => {
    await begin("team/batch");
    const proxy = await startFaultProxy(registry.host);
    const through = openQuickly(proxy.host);
    try {
      const repository = through.repository("team/batch");
      const own = ["one", "two", "three", "four"].map(referrer);
      for (const each of own) assert.equal(await repository.writeUnlisted(each), "unlisted");
      assert.deepEqual(await session.repository("team/batch").referrers(image.digest), []);
      await repository.list(own);
      assert.deepEqual(digests(await session.repository("team/batch").referrers(image.digest)), digests(own));
      const ofList = proxy.requests.filter(({ path }) => path.endsWith(referrersTag(image.digest)));
      assert.equal(ofList.filter(({ method }) => method === "PUT").length, 1);
      await repository.list(own);
      const again = proxy.requests.filter(({ method, path }) => method === "PUT" && path.includes("sha256-"));
      assert.equal(again.length, 1, "what is listed is not written again");
    } finally {
      await through.close();
      await proxy.stop();
    }
  });

  it("list writes no entry of what was deleted past it, which the registry would refuse", async () => {
    const repository = await begin("team/ghosts");
    const own = ["one", "two", "three"].map(referrer);
    const [first, second, third] = own;
    assert.ok(first && second && third);
    for (const each of [first, second]) await repository.writeManifest(each);
    const url = `http://${registry.host}/v2/team/ghosts/manifests/${first.digest}`;
    assert.equal((await fetch(url, { method: "DELETE" })).status, 202);
    // A session of its own: nothing is known to be there.
    const other = openQuickly(registry.host);
    try {
      await other.repository("team/ghosts").writeManifest(third);
      const listed = await other.repository("team/ghosts").referrers(image.digest);
      assert.deepEqual(digests(listed), digests([second, third]));
      await other.repository("team/ghosts").delete(third.digest);
      const rest = await other.repository("team/ghosts").referrers(image.digest);
      assert.deepEqual(digests(rest), [second.digest]);
    } finally {
      await other.close();
    }
  });

  it("list asks for no entry that this session has written itself", async () => {
    await begin("team/known");
    const proxy = await startFaultProxy(registry.host);
    const through = openQuickly(proxy.host);
    try {
      const repository = through.repository("team/known");
      for (const name of ["one", "two", "three"]) await repository.writeManifest(referrer(name));
      const asked = proxy.requests.filter(({ method }) => method === "HEAD");
      assert.deepEqual(
        asked.map(({ path }) => path),
        [],
      );
    } finally {
      await through.close();
      await proxy.stop();
    }
  });

  it("list and referrers take the tag of a digest for no list where it gives the image itself, as GitLab's does", async () => {
    const proxy = await startQuirky(registry.host, digestTags);
    const through = openQuickly(proxy.host);
    try {
      const repository = through.repository("team/gitlab");
      await repository.writeBlob(blob.descriptor, opener(blob.bytes));
      await repository.writeManifest(image);
      const bytes = Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: [{ ...subject }] }),
      );
      const index = { bytes, digest: digestOf(bytes), mediaType: MEDIA.ociIndex };
      await repository.writeManifest(index);
      for (const { bytes: of, digest, mediaType } of [image, index]) {
        assert.deepEqual(await repository.referrers(digest), []);
        const signature = makeManifest(blob.descriptor, [blob.descriptor], {
          ...{ subject: { mediaType, digest, size: of.length }, artifactType: "text/plain" },
        });
        await repository.writeManifest(signature);
        assert.deepEqual(digests(await repository.referrers(digest)), [signature.digest]);
        await repository.delete(signature.digest);
        assert.deepEqual(await repository.referrers(digest), []);
      }
    } finally {
      await through.close();
      await proxy.stop();
    }
  });

  it("list loses no entry of six that write batches to one list at a time (S1-26)", async () => {
    for (let round = 1; round <= 3; round += 1) {
      const path = `team/crowd-${round}`;
      await begin(path);
      const sessions = Array.from({ length: 6 }, () => openQuickly(registry.host));
      const batches = sessions.map((_, at) => ["a", "b", "c"].map((name) => referrer(`${at} ${name}`)));
      await Promise.all(
        sessions.map(async (one, at) => {
          const own = batches[at] ?? [];
          await Promise.all(own.map((each) => one.repository(path).writeUnlisted(each)));
          await one.repository(path).list(own);
        }),
      );
      assert.deepEqual(digests(await session.repository(path).referrers(image.digest)), digests(batches.flat()));
      await Promise.all(sessions.map((one) => one.close()));
    }
  });
});
