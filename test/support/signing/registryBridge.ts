import assert from "node:assert/strict";
import { z } from "zod";
import { type Digest, digestOf, parseDigest } from "../../../src/base/digest";
import { referrersTag } from "../../../src/base/referrersTag";
import { type Manifest, MANIFEST_TYPES, MEDIA, readManifest } from "../../../src/oci/manifest";
import { MemoryStore } from "./memoryStore";

/** A repository of a registry on loopback without login, with fallback tags in place of the referrers API. */
export interface Remote {
  /** `localhost:PORT`. */
  host: string;
  repository: string;
}

const base = ({ host, repository }: Remote): string => `http://${host}/v2/${repository}`;

/** Sends everything that the store holds, with the lists of referrers under their fallback tags. */
export async function pushStore(store: MemoryStore, remote: Remote): Promise<void> {
  for (const [digest, bytes] of store.blobs) {
    const started = await fetch(`${base(remote)}/blobs/uploads/`, { method: "POST" });
    const place = new URL(started.headers.get("location") ?? "", base(remote));
    place.searchParams.set("digest", digest);
    await sent(place, { method: "PUT", body: Uint8Array.from(bytes) });
  }
  for (const manifest of store.manifests.values()) await putManifest(remote, manifest, manifest.digest);
  for (const digest of store.manifests.keys()) {
    const manifests = await store.referrers(digest);
    if (manifests.length === 0) continue;
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests }));
    await putManifest(remote, { bytes, digest: digestOf(bytes), mediaType: MEDIA.ociIndex }, referrersTag(digest));
  }
}

async function putManifest(remote: Remote, { bytes, mediaType }: Manifest, reference: string): Promise<void> {
  const headers = { "content-type": mediaType };
  await sent(new URL(`${base(remote)}/manifests/${reference}`), {
    method: "PUT",
    headers,
    body: Uint8Array.from(bytes),
  });
}

async function sent(url: URL, init: RequestInit): Promise<void> {
  const response = await fetch(url, init);
  assert.ok(response.ok, `${url.pathname}: ${response.status} ${await response.text()}`);
}

const indexSchema = z.object({ manifests: z.array(z.object({ digest: z.string() })) });

/** Fetches an image with what refers to it and with the signatures under its tag. */
export async function pullStore(remote: Remote, digest: Digest): Promise<MemoryStore> {
  const store = new MemoryStore(`${remote.host}/${remote.repository}`);
  await pullManifest(remote, store, digest);
  await pullManifest(remote, store, referrersTag(digest, "sig"), referrersTag(digest, "sig"));
  const list = await getManifest(remote, referrersTag(digest));
  const { manifests } = list ? indexSchema.parse(JSON.parse(list.bytes.toString())) : { manifests: [] };
  for (const referrer of manifests) await pullManifest(remote, store, parseDigest(referrer.digest, "referrer"));
  return store;
}

async function pullManifest(remote: Remote, store: MemoryStore, reference: string, tag?: string): Promise<void> {
  const manifest = await getManifest(remote, reference);
  if (!manifest) return;
  const { config, layers } = readManifest(manifest, reference);
  for (const descriptor of [...(config ? [config] : []), ...layers]) {
    const response = await fetch(`${base(remote)}/blobs/${descriptor.digest}`);
    store.putBlob(descriptor.mediaType, Buffer.from(await response.arrayBuffer()));
  }
  await store.writeManifest(manifest, tag === undefined ? {} : { tag });
}

async function getManifest(remote: Remote, reference: string): Promise<Manifest | undefined> {
  const headers = { accept: MANIFEST_TYPES.join(", ") };
  const response = await fetch(`${base(remote)}/manifests/${reference}`, { headers });
  if (response.status === 404) return undefined;
  const bytes = Buffer.from(await response.arrayBuffer());
  return { bytes, digest: digestOf(bytes), mediaType: response.headers.get("content-type") ?? "" };
}
