import assert from "node:assert/strict";
import { referrersTag } from "../../../src/base/referrersTag";
import { MEDIA } from "../../../src/oci/manifest";
import type { RegistrySession } from "../../../src/oci/registry/session";
import { describeWith, startDistribution, startFaultProxy, type TestRegistry } from "../../support/registries";
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
