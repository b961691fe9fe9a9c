import { digestOf } from "../../src/base/digest";

const JSON_TYPE = "application/vnd.oci.image.manifest.v1+json";

/** A manifest with a configuration and one layer, a few hundred bytes in all. */
export interface TinyImage {
  manifest: Buffer;
  digest: string;
  blobs: readonly Buffer[];
}

/** @param text makes it different from others */
export function tinyImage(text: string, more: object = {}): TinyImage {
  const config = Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers" }, text }));
  const layer = Buffer.from(`layer of ${text} `.repeat(20));
  const describe = (bytes: Buffer, mediaType: string): object => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: JSON_TYPE,
      config: describe(config, "application/vnd.oci.image.config.v1+json"),
      layers: [describe(layer, "application/vnd.oci.image.layer.v1.tar")],
      ...more,
    }),
  );
  return { manifest, digest: digestOf(manifest), blobs: [config, layer] };
}

/** Sends an image as simply as the specification allows; the status of the last answer that mattered. */
export async function push(
  host: string,
  repository: string,
  reference: string,
  image: TinyImage,
  headers: Record<string, string> = {},
): Promise<number> {
  const base = `http://${host}/v2/${repository}`;
  for (const blob of image.blobs) {
    const begun = await fetch(`${base}/blobs/uploads/`, { method: "POST", headers });
    if (begun.status !== 202) return begun.status;
    const address = new URL(begun.headers.get("location") ?? "", base);
    address.searchParams.set("digest", digestOf(blob));
    const type = { "content-type": "application/octet-stream" };
    const sent = await fetch(address, { method: "PUT", headers: { ...headers, ...type }, body: blob });
    if (sent.status !== 201) return sent.status;
  }
  return putManifest(host, repository, reference, image, headers);
}

/** Sends the manifest alone. */
export async function putManifest(
  host: string,
  repository: string,
  reference: string,
  image: TinyImage,
  headers: Record<string, string> = {},
): Promise<number> {
  const sent = await fetch(`http://${host}/v2/${repository}/manifests/${reference}`, {
    method: "PUT",
    headers: { ...headers, "content-type": JSON_TYPE },
    body: image.manifest,
  });
  return sent.status;
}

/** Asks for a manifest. */
export function getManifest(
  host: string,
  repository: string,
  reference: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`http://${host}/v2/${repository}/manifests/${reference}`, {
    headers: { ...headers, accept: JSON_TYPE },
  });
}
