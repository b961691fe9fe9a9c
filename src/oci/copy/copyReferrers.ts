import { defined } from "../../base/defined";
import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { allSettled, limiter } from "../../base/limit";
import { type CosignSuffix, referrersTag } from "../../base/referrersTag";
import { quoted } from "../../base/text/quote";
import type { BlobOutcome, ImageSource, ImageTarget } from "../imageStore";
import { type Descriptor, isGenericType, type Manifest, MANIFEST_TYPES, UnreadManifestError } from "../manifest";
import { copyImage, type CopyOptions, copyTree } from "./copyImage";
import { type ImageTree, readTree } from "./tree";

/** Referrers of referrers: a signature of an SBOM of an image. Deeper is nobody's practice. */
const DEPTH = 3;
/** Referrers on their way at a time. */
const PARALLEL = 8;
/** The most that are brought along with one image. */
const MOST = 1_000;

/** Tags by which Cosign's older form keeps signature, attestations and SBOM of a digest. */
const COSIGN_TAGS: readonly CosignSuffix[] = ["sig", "att", "sbom"];

/** Tags of a repository that are cheaper to list than to ask for. */
const FEW = 1_000;

/**
 * Every tag of a repository that has few: one question instead of three a platform. Undefined where it has many, and
 * where the registry does not list them: then each is asked for. A list without a tag is taken for none: what is copied
 * is there, and the list of a registry that keeps none is empty too.
 */
async function fewTags(source: ImageSource, signal?: AbortSignal): Promise<ReadonlySet<string> | undefined> {
  const known = new Set<string>();
  try {
    for await (const tag of source.tags(signal)) {
      if (known.size === FEW) return undefined;
      known.add(tag);
    }
  } catch (error) {
    if (error instanceof DualRegistryError) return undefined;
    throw error;
  }
  return known.size === 0 ? undefined : known;
}

const tooMany = ({ name }: ImageSource) =>
  new DualRegistryError(
    "CONTENT_INVALID",
    `${name}: more than ${MOST} referrers of one image; take away those that do not belong to it`,
  );

/** A referrer that did not come along, and why: a list named it, and it is not there, or is of a type nobody reads. */
export interface LeftOut {
  /** Its digest; of Cosign's older form its tag. */
  reference: string;
  why: string;
}

/** What came along with an image. */
export interface CopiedReferrers {
  digests: readonly Digest[];
  /** Those of them that the target listed already, and nobody looked for. */
  listed: readonly Digest[];
  /** What a list named and could not be copied; the image is whole without it. */
  leftOut: readonly LeftOut[];
  sentBytes: number;
  /** What nobody finds at the target before `target.list` was called with it; empty unless that was asked for. */
  unlisted: readonly Manifest[];
  /** Blobs that are at the target with them, as far as they were looked at. */
  blobs: ReadonlySet<Digest>;
}

/** How referrers are copied. */
export interface ReferrerOptions extends CopyOptions {
  /** Leaves some out; by default all come along. */
  wanted?: (referrer: Descriptor) => boolean;
  /** Whether the image was not at the target a moment ago, and so nothing is that refers to it. Default false. */
  fresh?: boolean;
  /** Whether the caller has them listed, with what else is to be. Default false. */
  unlisted?: boolean;
}

/**
 * Copies whatever refers to the given manifests: by the referrers API or its fallback tags, and by Cosign's older tags.
 * What is at the target already is left as it is; nothing is taken away there.
 */
export async function copyReferrers(
  source: ImageSource,
  target: ImageTarget,
  subjects: readonly Digest[],
  options: ReferrerOptions,
): Promise<CopiedReferrers> {
  const { signal, fresh = false } = options;
  const seen = new Map<Digest, number>();
  const found: Digest[] = [];
  const leftOut = new Map<string, string>();
  const unlisted: Manifest[] = [];
  const blobs = new Map<Digest, Promise<BlobOutcome | undefined>>();
  const run = limiter(PARALLEL);
  const known = await fewTags(source, signal);
  const note = (digest: Digest, sentBytes: number) => {
    seen.set(digest, sentBytes);
    if (seen.size > MOST) throw tooMany(source);
  };
  /** A run that was killed may have left it there and nobody knowing of it: it is written again, and listed. */
  const copy = async (referrer: Descriptor) => {
    const { digest } = referrer;
    const tree = await readReferrer(source, referrer, signal);
    if (typeof tree === "string") return void leftOut.set(digest, tree);
    const there = !fresh && (await target.resolve(digest, signal)) !== undefined;
    const writeRoot = async (root: Manifest) => {
      if ((await target.writeUnlisted(root, signal)) === "unlisted") unlisted.push(root);
    };
    const whole = there ? { ...tree, manifests: [tree.root], blobs: [] } : tree;
    const { sentBytes } = await copyTree(source, target, whole, { ...options, look: !fresh, blobs, writeRoot });
    note(digest, sentBytes);
  };
  const bring = async (subject: Digest, depth: number): Promise<void> => {
    const referrers = (await source.referrers(subject, signal, known)).filter(options.wanted ?? (() => true));
    if (referrers.length > MOST) throw tooMany(source);
    const others = referrers.filter(({ digest }) => !seen.has(digest));
    const listed = fresh || others.length === 0 ? [] : await target.referrers(subject, signal);
    await allSettled(
      others.map((referrer) =>
        run(async () => {
          if (!listed.some((there) => there.digest === referrer.digest)) return copy(referrer);
          note(referrer.digest, 0);
          found.push(referrer.digest);
        }),
      ),
    );
    const brought = others.map(({ digest }) => digest).filter((digest) => seen.has(digest));
    if (depth < DEPTH) await allSettled(brought.map((digest) => bring(digest, depth + 1)));
  };
  const bringTag = async (tag: string) => {
    const there = await orUnread(() => source.resolve(tag, signal));
    if (typeof there === "string") return void leftOut.set(tag, there);
    if (there === undefined) return;
    const standing = await target.resolve(tag, signal);
    if (standing !== undefined) {
      // What the target has of its own stays: to put another one in its place would take signatures away.
      if (standing.digest === there.digest) note(there.digest, 0);
      return;
    }
    const { sentBytes } = await copyImage(source, target, there.digest, options);
    note(there.digest, sentBytes);
    const manifest = await source.manifest(there.digest, signal);
    await target.writeManifest(manifest, { tag, ...defined({ signal }) });
  };
  const tags = subjects
    .flatMap((subject) => COSIGN_TAGS.map((what) => referrersTag(subject, what)))
    .filter((tag) => known?.has(tag) ?? true);
  await allSettled([...subjects.map((subject) => bring(subject, 1)), ...tags.map(bringTag)]);
  if (options.unlisted !== true && unlisted.length > 0) await target.list(unlisted, signal);
  const sentBytes = [...seen.values()].reduce((sum, one) => sum + one, 0);
  const left = options.unlisted === true ? unlisted : [];
  return {
    ...{ digests: [...seen.keys()], listed: found, sentBytes, unlisted: left, blobs: new Set(blobs.keys()) },
    leftOut: [...leftOut].map(([reference, why]) => ({ reference, why })),
  };
}

/**
 * A referrer whole; in words, why it stays behind. Some lists name for hours what was deleted
 * (chainguard-dev/terraform-provider-cosign#581), and anybody who may attach may attach what no registry has to take.
 *
 * @throws DualRegistryError NOT_FOUND where it is there and something that it names is not
 */
async function readReferrer(
  source: ImageSource,
  { digest, mediaType, artifactType }: Descriptor,
  signal?: AbortSignal,
): Promise<ImageTree | string> {
  const named = artifactType === undefined ? "" : `, ${quoted(artifactType)}`;
  if (!MANIFEST_TYPES.includes(mediaType) && !isGenericType(mediaType)) return unread(mediaType) + named;
  try {
    return await orUnread(() => readTree(source, digest, signal));
  } catch (error) {
    const missing = error instanceof DualRegistryError && error.code === "NOT_FOUND";
    if (!missing || (await source.resolve(digest, signal)) !== undefined) throw error;
    return `listed, and not there${named}`;
  }
}

const unread = (mediaType: string): string => `of media type ${quoted(mediaType)}, which is not copied: attach it anew`;

/** What was read; in words, that it is of a type which nobody here reads. */
async function orUnread<T>(read: () => Promise<T>): Promise<T | string> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnreadManifestError) return unread(error.mediaType);
    throw error;
  }
}
