import assert from "node:assert/strict";
import { digestOf } from "../../../src/base/digest";
import { MEDIA } from "../../../src/oci/manifest";
import type { RegistrySession } from "../../../src/oci/registry/session";
import { describeWith, startDistribution, startTokenRealm, type TestRegistry } from "../../support/registries";
import { collect, drain, failsAs, makeBlob, makeManifest, opener, openQuickly } from "./support/client";

describeWith(["docker-registry"], "a session with docker-registry", () => {
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

  for (const size of [0, 1, 1000, 1024 * 1024, 5 * 1024 * 1024 + 7]) {
    it(`writeBlob sends ${size} bytes that blob reads back`, async () => {
      const { bytes, descriptor } = makeBlob(size);
      const repository = session.repository("team/blobs");
      let told = 0;
      const outcome = await repository.writeBlob(descriptor, opener(bytes), { onBytes: (count) => (told += count) });
      assert.equal(outcome, "sent");
      assert.equal(told, size);
      assert.deepEqual(await drain(await repository.blob(descriptor)), bytes);
      assert.equal(await repository.writeBlob(descriptor, opener(bytes)), "present");
    });
  }

  it("writeBlob mounts from the named repository", async () => {
    const { bytes, descriptor } = makeBlob(3000);
    await session.repository("team/from").writeBlob(descriptor, opener(bytes));
    const other = openQuickly(registry.host);
    const target = other.repository("team/to");
    const never = (): Promise<never> => Promise.reject(new Error("opened"));
    assert.equal(await target.writeBlob(descriptor, never, { mountFrom: ["team/none", "team/from"] }), "mounted");
    assert.deepEqual(await drain(await target.blob(descriptor)), bytes);
    await other.close();
  });

  it("writeBlob sends to one repository and mounts to seven when all want it at once", async () => {
    const { bytes, descriptor } = makeBlob(2_000_000);
    const outcomes = await Promise.all(
      [...Array(8).keys()].map((n) => session.repository(`crowd/r${n}`).writeBlob(descriptor, opener(bytes))),
    );
    assert.deepEqual(outcomes.sort(), [...Array<string>(7).fill("mounted"), "sent"]);
  });

  it("writeBlob refuses a source that is not what its descriptor says", async () => {
    const { descriptor } = makeBlob(3_000_000);
    const wrong = makeBlob(3_000_000);
    const repository = session.repository("team/wrong");
    await assert.rejects(
      repository.writeBlob(descriptor, opener(wrong.bytes)),
      failsAs("REGISTRY_REFUSED", /DIGEST_INVALID/),
    );
    await assert.rejects(repository.writeBlob(descriptor, opener(wrong.bytes.subarray(9))), failsAs("DIGEST_MISMATCH"));
    assert.equal(await repository.hasBlob(descriptor), false);
  });

  it("writeManifest keeps the bytes, for tag and digest alike", async () => {
    const repository = session.repository("team/image");
    const config = makeBlob(20);
    const layer = makeBlob(500);
    for (const { bytes, descriptor } of [config, layer]) await repository.writeBlob(descriptor, opener(bytes));
    const manifest = makeManifest(config.descriptor, [layer.descriptor], { odd: { field: 1 } });
    assert.equal(await repository.resolve("v1"), undefined);
    await repository.writeManifest(manifest, { tag: "v1" });
    const size = manifest.bytes.length;
    assert.deepEqual(await repository.resolve("v1"), { mediaType: MEDIA.ociManifest, digest: manifest.digest, size });
    assert.deepEqual(await repository.manifest("v1"), manifest);
    assert.deepEqual(await repository.manifest(manifest.digest), manifest);
    assert.deepEqual(await collect(repository.tags()), ["v1"]);
  });

  it("writeManifest says which blob the registry lacks", async () => {
    const [config, layer] = [makeBlob(20), makeBlob(21)];
    const manifest = makeManifest(config.descriptor, [layer.descriptor]);
    const writing = session.repository("team/lacking").writeManifest(manifest, { tag: "v1" });
    await assert.rejects(
      writing,
      failsAs("REGISTRY_REFUSED", /MANIFEST_BLOB_UNKNOWN/, new RegExp(config.descriptor.digest)),
    );
  });

  it("referrers are kept under the fallback tag, of twelve writers at once too, and leave it when deleted", async () => {
    const repository = session.repository("team/referred");
    const config = makeBlob(20);
    await repository.writeBlob(config.descriptor, opener(config.bytes));
    const image = makeManifest(config.descriptor, [config.descriptor]);
    await repository.writeManifest(image, { tag: "v1" });
    const subject = { mediaType: image.mediaType, digest: image.digest, size: image.bytes.length };
    assert.deepEqual(await repository.referrers(image.digest), []);
    const signatures = [...Array(12).keys()].map((n) =>
      makeManifest(config.descriptor, [config.descriptor], {
        subject,
        artifactType: "text/plain",
        annotations: { n: `${n}` },
      }),
    );
    // Sessions of their own: their locks do not know of each other.
    const sessions = [session, openQuickly(registry.host), openQuickly(registry.host)];
    const write = async (one: RegistrySession, rest: number): Promise<void> => {
      const own = signatures.filter((_, n) => n % 3 === rest);
      await Promise.all(own.map((signature) => one.repository("team/referred").writeManifest(signature)));
    };
    await Promise.all(sessions.map(write));
    const found = await repository.referrers(image.digest);
    assert.deepEqual(found.map(({ digest }) => digest).sort(), signatures.map(({ digest }) => digest).sort());
    assert.equal(found[0]?.artifactType, "text/plain");
    const [first] = signatures;
    assert.ok(first);
    await repository.delete(first.digest);
    assert.equal((await repository.referrers(image.digest)).length, 11);
    assert.equal(await repository.resolve(first.digest), undefined);
    await Promise.all(sessions.slice(1).map((one) => one.close()));
  });

  it("delete takes nothing there for no error, and a tag alone for what the registry lacks", async () => {
    const repository = session.repository("team/image");
    await repository.delete(digestOf(Buffer.from("nothing")));
    await assert.rejects(repository.delete("v1"), failsAs("REGISTRY_REFUSED", /DELETE/));
  });

  it("manifest and blob say NOT_FOUND, tags is empty where there is nothing", async () => {
    const repository = session.repository("no/where");
    await assert.rejects(repository.manifest("v1"), failsAs("NOT_FOUND", /no\/where:v1/));
    await assert.rejects(repository.blob(makeBlob(5).descriptor), failsAs("NOT_FOUND", /BLOB_UNKNOWN/));
    assert.deepEqual(await collect(repository.tags()), []);
  });
});

describeWith(["docker-registry", "htpasswd"], "a session with a registry that wants a password", () => {
  it("ping succeeds with it, and says what to do with a wrong one and with none", async () => {
    const registry = await startDistribution({ auth: "htpasswd" });
    const { username = "", password = "" } = registry.credentials ?? {};
    const right = openQuickly(registry.host, { kind: "basic", username, password, from: "right.json" });
    const wrong = openQuickly(registry.host, {
      kind: "basic",
      username,
      password: "hunter2-secret",
      from: "wrong.json",
    });
    const none = openQuickly(registry.host);
    try {
      await right.ping();
      const { bytes, descriptor } = makeBlob(2_000_000);
      assert.equal(await right.repository("a/b").writeBlob(descriptor, opener(bytes)), "sent");
      await assert.rejects(
        wrong.ping(),
        failsAs("REGISTRY_AUTH", /wrong\.json/, /Basic/, /dualreg registry login localhost/),
      );
      await assert.rejects(none.ping(), failsAs("REGISTRY_AUTH", /no login/, /log in with/));
    } finally {
      await Promise.all([right, wrong, none].map((session) => session.close()));
      await registry.stop();
    }
  });
});

describeWith(["docker-registry"], "a session with a registry that wants tokens", () => {
  const [boss, reader] = [
    { username: "boss", password: "hunter2-boss-secret", grants: [{ repository: /.*/, actions: ["*" as const] }] },
    { username: "reader", password: "hunter2-reader", grants: [{ repository: /a\/.*/, actions: ["pull" as const] }] },
  ];

  it("tokens are asked for once by scope, renewed when they run out, and mounting asks for both", async () => {
    const realm = await startTokenRealm({ users: [boss, reader] });
    const registry = await startDistribution({ auth: "token", realm });
    const session = openQuickly(registry.host, { kind: "basic", ...boss, from: "boss.json" });
    const low = openQuickly(registry.host, { kind: "basic", ...reader, from: "reader.json" });
    const identity = openQuickly(registry.host, {
      kind: "identity-token",
      token: realm.refreshTokenOf("boss"),
      from: "id",
    });
    try {
      const { bytes, descriptor } = makeBlob(2_000_000);
      assert.equal(await session.repository("a/one").writeBlob(descriptor, opener(bytes)), "sent");
      const asked = realm.requests.length;
      const more = makeBlob(10);
      await session.repository("a/one").writeBlob(more.descriptor, opener(more.bytes));
      assert.equal(realm.requests.length, asked);
      assert.equal(await session.repository("a/two").writeBlob(descriptor, opener(bytes)), "mounted");
      assert.deepEqual(
        realm.requests.at(-1)?.asked.map(({ name, actions }) => [name, actions]),
        [
          ["a/one", ["pull"]],
          ["a/two", ["pull", "push"]],
        ],
      );
      assert.deepEqual(await drain(await low.repository("a/one").blob(descriptor)), bytes);
      await assert.rejects(
        low.repository("a/one").writeBlob(makeBlob(9).descriptor, opener(Buffer.alloc(9))),
        failsAs(
          "REGISTRY_AUTH",
          /reader\.json/,
          /the credential lacks .*push.* on a\/one/,
          /repository:a\/one:pull,push/,
        ),
      );
      assert.equal(await identity.repository("a/one").hasBlob(descriptor), true);
      assert.equal(realm.requests.at(-1)?.how, "refresh_token");
      realm.revokeRefreshTokens();
      await assert.rejects(
        identity.repository("a/three").hasBlob(descriptor),
        failsAs("REGISTRY_AUTH", /used: id/, /dualreg registry login/),
      );
    } finally {
      await Promise.all([session, low, identity].map((one) => one.close()));
      await registry.stop();
      await realm.stop();
    }
  });

  it("a token that the registry takes for expired is renewed in mid-flight", async () => {
    const realm = await startTokenRealm({ users: [boss], lifetimeSeconds: 1 });
    const registry = await startDistribution({ auth: "token", realm });
    const session = openQuickly(registry.host, { kind: "basic", ...boss, from: "boss.json" });
    try {
      const repository = session.repository("a/b");
      const { bytes, descriptor } = makeBlob(1000);
      await repository.writeBlob(descriptor, opener(bytes));
      await new Promise((resolve) => setTimeout(resolve, 2100));
      assert.deepEqual(await drain(await repository.blob(descriptor)), bytes);
    } finally {
      await session.close();
      await registry.stop();
      await realm.stop();
    }
  });
});
