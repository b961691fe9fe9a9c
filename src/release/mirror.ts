import { copyImage, type CopyPlace } from "../oci/copy/copyImage";
import { copyReferrers } from "../oci/copy/copyReferrers";
import { readTree } from "../oci/copy/tree";
import type { Digest } from "../oci/digest";
import type { ImageSource, ImageTarget } from "../oci/imageStore";
import { isTag } from "../oci/reference";

/** What a mirror got of one image. */
export interface Mirrored {
  from: string;
  to: string;
  digest: Digest;
  tag?: string;
  referrers: readonly Digest[];
  sentBytes: number;
}

/** Tags that say what refers to a digest; they come with the image they speak of. */
const SPEAKS_OF_DIGEST = /^sha(?:256|512)-[0-9a-f]{64,128}(?:\.(?:sig|att|sbom))?$/;

/** True for a tag that people gave. */
export const isImageTag = (tag: string): boolean => !SPEAKS_OF_DIGEST.test(tag);

/**
 * Copies an image with all platforms and all that refers to it, and its tag last.
 *
 * @param path the target's path in its registry, for mounts
 */
export async function mirrorImage(
  source: ImageSource,
  target: ImageTarget,
  reference: string,
  { place, path, onBytes }: { place: CopyPlace; path: string; onBytes?: (count: number) => void },
): Promise<Mirrored> {
  const options = { place, repository: path, ...(onBytes && { onBytes }) };
  const { digest, sentBytes } = await copyImage(source, target, reference, options);
  const tree = await readTree(source, digest);
  const subjects = tree.manifests.map((manifest) => manifest.digest);
  const referrers = await copyReferrers(source, target, subjects, options);
  const tag = isTag(reference) ? reference : undefined;
  if (tag !== undefined && (await target.resolve(tag))?.digest !== digest) {
    await target.writeManifest(tree.root, { tag });
  }
  return {
    from: source.name,
    to: target.name,
    digest,
    ...(tag === undefined ? {} : { tag }),
    referrers: referrers.digests,
    sentBytes: sentBytes + referrers.sentBytes,
  };
}
