import { readSmallBlob } from "../oci/artifact";
import type { Digest } from "../oci/digest";
import type { ImageSource } from "../oci/imageStore";
import { readManifest, type Descriptor } from "../oci/manifest";
import { contentProblem, MAX_BUNDLES } from "./readBundles";
import type { SimpleLayer } from "./simpleSigning";

/** Media type of a payload of the older form. Source: Cosign, specs/SIGNATURE_SPEC.md. */
export const SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json";

/** Bytes of the largest payload read: it names one image and few annotations. */
const MAX_PAYLOAD = 64 * 1024;

/** A signature of the older form, or why it cannot be read. */
export type SimpleFound = { descriptor: Descriptor } & (SimpleLayer | { problem: string });

/** The tag under which Cosign 1 and 2 keep an image's signatures. */
export const signatureTag = (digest: Digest): string => `${digest.replace(":", "-")}.sig`;

/**
 * The signatures under an image's `sha256-<hex>.sig` tag, unreadable ones among them, none verified. At most
 * {@link MAX_BUNDLES}.
 *
 * @throws DualRegistryError what the store answers
 */
export async function* findSimpleSignatures(source: ImageSource, digest: Digest): AsyncIterable<SimpleFound> {
  const tag = signatureTag(digest);
  const resolved = await source.resolve(tag);
  if (!resolved) return;
  let layers: readonly Descriptor[];
  try {
    layers = readManifest(await source.manifest(resolved.digest), `${source.name}:${tag}`).layers;
  } catch (error) {
    yield { descriptor: resolved, problem: contentProblem(error) };
    return;
  }
  for (const layer of layers.filter(({ mediaType }) => mediaType === SIMPLE_SIGNING).slice(0, MAX_BUNDLES)) {
    yield await readOne(source, layer);
  }
}

/**
 * The signatures under an image's `sha256-<hex>.sig` tag that can be read, none verified.
 *
 * @throws DualRegistryError what the store answers
 */
export async function* readSimpleSignatures(
  source: ImageSource,
  digest: Digest,
): AsyncIterable<SimpleLayer & { descriptor: Descriptor }> {
  for await (const found of findSimpleSignatures(source, digest)) if ("payload" in found) yield found;
}

async function readOne(source: ImageSource, descriptor: Descriptor): Promise<SimpleFound> {
  try {
    const payload = await readSmallBlob(source, descriptor, MAX_PAYLOAD);
    if (payload) return { descriptor, payload, annotations: descriptor.annotations ?? {} };
    return { descriptor, problem: `a payload of ${descriptor.size} bytes; allowed: ${MAX_PAYLOAD}` };
  } catch (error) {
    return { descriptor, problem: contentProblem(error) };
  }
}
