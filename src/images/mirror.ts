import { defined } from "../base/defined";
import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { isTag } from "../base/reference";
import { quoted } from "../base/text/quote";
import {
  copyImage,
  type CopyThrottle,
  copyReferrers,
  type ImageSource,
  type ImageTarget,
  isIndexType,
  type LeftOut,
  readTree,
  verifyOrMend,
} from "../oci";

/** What a mirror got of one image. */
export interface Mirrored {
  from: string;
  to: string;
  digest: Digest;
  tag?: string;
  referrers: readonly Digest[];
  /** What a list named and did not come along; absent where all did. */
  leftOut?: readonly LeftOut[];
  sentBytes: number;
}

/** How an image is mirrored. */
export interface MirrorOptions {
  throttle: CopyThrottle;
  /** The target's path in its registry, for mounts. */
  path: string;
  /** Whether a tag that stands for another image at the target is moved. Default true. */
  moveTags?: boolean;
  /** Whether the copy is read back before it gets its tag. Default false. */
  verify?: boolean;
  /** Whether what refers to the image stays behind. Default false. */
  alone?: boolean;
}

function refuseMoving(target: ImageTarget, tag: string, standing: Digest | undefined, wanted: Digest | undefined) {
  if (standing === undefined || standing === wanted) return;
  throw new DualRegistryError(
    "TAG_TAKEN",
    `${target.name}:${tag} stands for ${standing} and not for ${wanted ?? "nothing"}; --move-tags moves it`,
  );
}

/**
 * Copies an image with all platforms and all that refers to it, and its tag last.
 *
 * @throws DualRegistryError TAG_TAKEN, before anything is sent, where a tag stands for another image and is not moved
 */
export async function mirrorImage(
  source: ImageSource,
  target: ImageTarget,
  reference: string,
  { throttle, path, moveTags = true, verify = false, alone = false }: MirrorOptions,
): Promise<Mirrored> {
  const options = { throttle, repository: path };
  const tag = isTag(reference) ? reference : undefined;
  const [root, standing] = await Promise.all([
    source.resolve(reference),
    tag === undefined ? undefined : target.resolve(tag),
  ]);
  if (root === undefined) {
    throw new DualRegistryError(
      "NOT_FOUND",
      `${source.name}: there is no ${quoted(reference)}; name one that is there`,
    );
  }
  const { digest } = root;
  if (tag !== undefined && !moveTags) refuseMoving(target, tag, standing?.digest, digest);
  // What has its tag has all of it: the tag is placed last.
  const done = standing?.digest === digest;
  const copied = done ? { sentBytes: 0 } : await copyImage(source, target, digest, { ...options, root });
  const whole = async () => ("tree" in copied ? copied.tree : undefined) ?? readTree(source, digest);
  const isIndex = isIndexType(root.mediaType);
  const subjects = isIndex ? (await whole()).manifests.map((manifest) => manifest.digest) : [digest];
  // Where the image was not there a moment ago, nothing is that refers to it.
  const fresh = "tree" in copied;
  const none = { digests: [], sentBytes: 0, leftOut: [] };
  const referrers = alone ? none : await copyReferrers(source, target, subjects, { ...options, fresh });
  if (verify) await verifyOrMend(source, target, { digest }, options);
  if (tag !== undefined && !done) {
    await target.writeManifest((await whole()).root, { tag });
  }
  return {
    from: source.name,
    to: target.name,
    digest,
    ...defined({ tag }),
    referrers: referrers.digests,
    ...(referrers.leftOut.length > 0 && { leftOut: referrers.leftOut }),
    sentBytes: copied.sentBytes + referrers.sentBytes,
  };
}
