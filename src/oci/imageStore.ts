import type { Readable } from "node:stream";
import type { Digest } from "../base/digest";
import type { Descriptor, Manifest } from "./manifest";

/** What helps where a registry lacks a part of an image. */
export const IF_INCOMPLETE = "push the image there again, with all its platforms";

/** What a tag or digest stands for, as the store says without sending it. */
export type Resolved = Pick<Descriptor, "mediaType" | "digest" | "size">;

/**
 * One repository of images to read from: in a registry, in a layout on disk, in an archive. Whatever comes out was
 * checked against its digest. Each call ends, by its own time-outs and retries; a caller may end it sooner by
 * `signal`.
 */
export interface ImageSource {
  /** For messages: `host/path` or the file's name. */
  readonly name: string;
  /** What to do where an index names more than is there. Default: push the image again. */
  readonly ifIncomplete?: string;

  /** What stands behind a tag or digest; `undefined` where nothing does. */
  resolve(reference: string, signal?: AbortSignal): Promise<Resolved | undefined>;

  /** A manifest, verified. @throws DualRegistryError NOT_FOUND, DIGEST_MISMATCH, CONTENT_INVALID */
  manifest(reference: string, signal?: AbortSignal): Promise<Manifest>;

  /** A blob's bytes, verified as they flow: the stream fails at its end where they are not the ones wanted. */
  blob(descriptor: Descriptor, signal?: AbortSignal): Promise<Readable>;

  /**
   * What refers to a manifest: by the referrers API, or by the fallback tag. In no order; each digest once.
   *
   * @param tags every tag of the repository, where the caller knows them: a fallback tag that is not among them is not
   *   asked for
   */
  referrers(digest: Digest, signal?: AbortSignal, tags?: ReadonlySet<string>): Promise<readonly Descriptor[]>;

  /** Every tag, in the store's order, fallback tags among them. */
  tags(signal?: AbortSignal): AsyncIterable<string>;
}

/** What became of a blob that was to be written. */
export type BlobOutcome = "present" | "mounted" | "sent";

/**
 * One repository of images to write to. A call ends well when the store has named what it holds by its digest: in its
 * answer or, where that says nothing and for every tag, when it was read back.
 */
export interface ImageTarget extends ImageSource {
  hasBlob(descriptor: Descriptor, signal?: AbortSignal): Promise<boolean>;

  /**
   * Sees to it that a blob is there: by looking, by mounting from another repository of the same registry, by sending.
   * What was sent before a connection broke is not sent again where the store can say how far it came.
   *
   * @param open the bytes from an offset on, verified against the descriptor by whoever opens them at 0
   * @param options `mountFrom`: paths of the same registry that may hold it; `look`: false where the caller knows that
   *   it is not there, so that a small one is sent without a question. Default true
   */
  writeBlob(
    descriptor: Descriptor,
    open: (offset: number, signal?: AbortSignal) => Promise<Readable>,
    options?: {
      mountFrom?: readonly string[];
      look?: boolean;
      onBytes?: (count: number) => void;
      signal?: AbortSignal;
    },
  ): Promise<BlobOutcome>;

  /**
   * Writes a manifest as it is: by digest, or by tag. Where it has a subject and the store keeps no list of referrers,
   * the fallback tag is brought up to date.
   *
   * @param options `readBack`: false where the caller reads the tag back itself. Default true
   */
  writeManifest(
    manifest: Manifest,
    options?: { tag?: string; readBack?: boolean; signal?: AbortSignal },
  ): Promise<void>;

  /**
   * Writes a manifest by its digest and leaves the list of its subject's referrers alone, where that is the writer's to
   * keep: so that several can be put on it in one go.
   *
   * @returns `unlisted` where {@link ImageTarget.list} has to be called with it before anybody finds it
   */
  writeUnlisted(manifest: Manifest, signal?: AbortSignal): Promise<"listed" | "unlisted">;

  /** Puts manifests that are there, and unlisted, on the lists of what they refer to, and reads those back. */
  list(manifests: readonly Manifest[], signal?: AbortSignal): Promise<void>;

  /** Deletes a manifest with all its tags, or one tag alone. Nothing there is no error. */
  delete(reference: string, signal?: AbortSignal): Promise<void>;
}
