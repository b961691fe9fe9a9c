import { DualRegistryError } from "../../errors";
import type { Digest } from "../digest";
import type { ImageSource, ImageTarget } from "../imageStore";
import type { Descriptor } from "../manifest";
import { copyImage, type CopyOptions } from "./copyImage";
import { allSettled, limiter } from "./limit";

/** Referrers of referrers: a signature of an SBOM of an image. Deeper is nobody's practice. */
const DEPTH = 3;
/** Referrers on their way at a time. */
const PARALLEL = 8;
/** The most that are brought along with one image. */
const MOST = 1_000;

/** Tags by which Cosign's older form keeps signature, attestations and SBOM of a digest. */
const COSIGN_TAGS = ["sig", "att", "sbom"] as const;

/** The tag of a digest in Cosign's older form. */
export const cosignTag = (digest: Digest, what: (typeof COSIGN_TAGS)[number]): string =>
  `${digest.replace(":", "-")}.${what}`;

/** Tags of a repository that are cheaper to list than to ask for. */
const FEW = 1_000;

/** Every tag of a repository that has few: one question instead of three a platform. Undefined where it has many. */
async function fewTags(source: ImageSource, signal?: AbortSignal): Promise<ReadonlySet<string> | undefined> {
  const known = new Set<string>();
  for await (const tag of source.tags(signal)) {
    if (known.size === FEW) return undefined;
    known.add(tag);
  }
  return known;
}

const tooMany = ({ name }: ImageSource) =>
  new DualRegistryError(
    "CONTENT_INVALID",
    `${name}: more than ${MOST} referrers of one image; take away those that do not belong to it`,
  );

/** What came along with an image. */
export interface CopiedReferrers {
  digests: readonly Digest[];
  sentBytes: number;
}

/**
 * Copies whatever refers to the given manifests: by the referrers API or its fallback tags, and by Cosign's older tags.
 * What is at the target already is left as it is; nothing is taken away there.
 *
 * @param wanted leaves some out; by default all come along
 */
export async function copyReferrers(
  source: ImageSource,
  target: ImageTarget,
  subjects: readonly Digest[],
  options: CopyOptions & { wanted?: (referrer: Descriptor) => boolean },
): Promise<CopiedReferrers> {
  const seen = new Map<Digest, number>();
  const run = limiter(PARALLEL);
  const known = await fewTags(source, options.signal);
  const copy = async (reference: string) => {
    const { digest, sentBytes } = await copyImage(source, target, reference, options);
    seen.set(digest, sentBytes);
    if (seen.size > MOST) {
      throw tooMany(source);
    }
    return digest;
  };
  /** A run that was killed may have left it there and nobody knowing of it: writing it again lists it. */
  const list = async (digest: Digest) => {
    if (seen.get(digest) === 0) await target.writeManifest(await source.manifest(digest, options.signal));
  };
  const bring = async (subject: Digest, depth: number): Promise<void> => {
    const referrers = (await source.referrers(subject, options.signal, known)).filter(options.wanted ?? (() => true));
    if (referrers.length > MOST) throw tooMany(source);
    const fresh = referrers.filter(({ digest }) => !seen.has(digest));
    const listed = fresh.length === 0 ? [] : await target.referrers(subject, options.signal);
    const copied = await allSettled(
      fresh.map(({ digest }) =>
        run(async () => {
          if (listed.some((there) => there.digest === digest)) seen.set(digest, 0);
          else await list(await copy(digest));
          return digest;
        }),
      ),
    );
    if (depth < DEPTH) await allSettled(copied.map((digest) => bring(digest, depth + 1)));
  };
  const bringTag = async (tag: string) => {
    const there = await source.resolve(tag, options.signal);
    if (there === undefined) return;
    const standing = await target.resolve(tag, options.signal);
    if (standing !== undefined) {
      // What the target has of its own stays: to put another one in its place would take signatures away.
      if (standing.digest === there.digest) seen.set(there.digest, 0);
      return;
    }
    await copy(there.digest);
    const manifest = await source.manifest(there.digest, options.signal);
    await target.writeManifest(manifest, { tag, ...(options.signal === undefined ? {} : { signal: options.signal }) });
  };
  const tags = subjects
    .flatMap((subject) => COSIGN_TAGS.map((what) => cosignTag(subject, what)))
    .filter((tag) => known?.has(tag) ?? true);
  await allSettled([...subjects.map((subject) => bring(subject, 1)), ...tags.map(bringTag)]);
  return { digests: [...seen.keys()], sentBytes: [...seen.values()].reduce((sum, one) => sum + one, 0) };
}
