import assert from "node:assert/strict";
import { digestOf } from "../../../src/base/digest";
import type { Credential } from "../../../src/oci/auth/credential";
import type { RegistrySession } from "../../../src/oci/registry/session";
import {
  type AcrStandIn,
  describeWith,
  startAcr,
  startDistribution,
  type TestRegistry,
} from "../../support/registries";
import { failsAs, makeBlob, makeManifest, opener, openQuickly } from "./support/client";

const PATH = "orders/api";

describeWith(["docker-registry"], "a manifest that is locked", () => {
  let backend: TestRegistry;
  let acr: AcrStandIn;
  let session: RegistrySession;
  const image = makeBlob(10);
  const locked = makeManifest(image.descriptor, [image.descriptor]);
  const { mediaType, digest } = locked;
  const subject = { mediaType, digest, size: locked.bytes.length };
  const referrer = makeManifest(image.descriptor, [image.descriptor], { subject });
  before(async () => {
    backend = await startDistribution();
    acr = await startAcr(backend);
    const credential: Credential = { kind: "basic", ...acr.credentials, from: "the stand-in" };
    session = openQuickly(acr.host, credential);
    const repository = session.repository(PATH);
    await repository.writeBlob(image.descriptor, opener(image.bytes));
    for (const each of [locked, referrer]) await repository.writeManifest(each);
    acr.change(`${PATH}@${digest}`, { writeEnabled: false });
  });
  after(async () => {
    await session.close();
    await acr.stop();
    await backend.stop();
  });

  it("writeManifest is done where another run wrote and locked the same manifest first (S1-26)", async () => {
    await session.repository(PATH).writeManifest(locked);
  });

  it("writeManifest is done with a referrer of it that is there (S1-26)", async () => {
    await session.repository(PATH).writeManifest(referrer);
  });

  it("writeManifest says of another referrer of it, and of a new tag, that the registry refuses", async () => {
    const other = makeManifest(image.descriptor, [image.descriptor], { subject, annotations: { at: "later" } });
    const repository = session.repository(PATH);
    await assert.rejects(repository.writeManifest(other), failsAs("REGISTRY_REFUSED", /405/));
    await assert.rejects(repository.writeManifest(locked, { tag: "v2" }), failsAs("REGISTRY_REFUSED", /405/));
    assert.equal(await repository.resolve(digestOf(other.bytes)), undefined);
  });
});
