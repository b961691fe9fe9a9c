import type { Digest } from "../base/digest";
import type { ImageClass } from "../domain/image/imageClass";

/**
 * What the console shows, as the API answers it and as the pages render it. Texts from labels, annotations and
 * registries are as they were found, bounded in length: whoever prints them escapes them and marks what is unsafe.
 * Times are ISO 8601 in UTC, sizes bytes.
 */

/** Something that was asked for, or why it is not there: one registry that is down never takes the page with it. */
export type Part<T> =
  | { readonly state: "ok"; readonly value: T }
  | {
      readonly state: "unavailable";
      /** What went wrong, without a credential. */
      readonly reason: string;
      /** Seconds after which asking again makes sense, where the registry said so. */
      readonly retryAfter?: number;
    };

/** One of the two registries, as it was fixed when the console was built. */
export interface RegistryView {
  readonly class: ImageClass;
  /** The host clients log in at, with its port where it has one. */
  readonly host: string;
  readonly vanityHost: string;
  readonly kind: string;
  /** The path in front of the repositories; absent for acr. */
  readonly namespace?: string;
}

/** A repository of the stage's map. */
export interface RepositoryView {
  readonly repository: string;
  readonly class: ImageClass;
  readonly binding: "portable" | "stage-bound";
}

/** One row of the list. */
export interface TagView {
  readonly repository: string;
  readonly class: ImageClass;
  readonly tag: string;
  /** Known once the tag was resolved; absent before. */
  readonly digest?: Digest;
  /** Known once the image was opened; absent before. */
  readonly summary?: TagSummary;
}

/** What a list says of an image beside its name. */
export interface TagSummary {
  readonly platforms: readonly string[];
  readonly created?: string;
  readonly version?: string;
  readonly revision?: string;
  readonly source?: string;
}

/** A page of tags. Signature and referrer tags (`sha256-…`) are left out and counted. */
export interface TagPage {
  readonly repository: string;
  readonly tags: readonly TagView[];
  /** Tags of signatures and referrers that were left out on this page. */
  readonly hidden: number;
  /** The tag to go on after; absent on the last page. */
  readonly next?: string;
}

/** A label or annotation. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  /** Characters that the value had where it was cut. */
  readonly fullLength?: number;
  /** Of the whole value where it was cut. */
  readonly fullDigest?: Digest;
}

/** One image that can run: a platform of an index, or the image alone. */
export interface PlatformView {
  readonly digest: Digest;
  readonly config: Digest;
  readonly platform?: string;
  readonly created?: string;
  /** Bytes of its layers as they are stored. */
  readonly size: number;
  /** Of the configuration: self-asserted. Sorted by name. */
  readonly labels: readonly Fact[];
  /** How many more labels there were than are shown. */
  readonly labelsLeftOut: number;
  /** Of the platform's manifest. */
  readonly annotations: readonly Fact[];
  readonly user?: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** `NAME=value`; values of names that look like secrets are withheld. */
  readonly environment: readonly string[];
}

/** What stands in an index and does not run. */
export interface AttestationView {
  readonly digest: Digest;
  /** The image that it is about, where it says so. */
  readonly about?: Digest;
  readonly what: string;
}

/** One image, by digest. */
export interface ImageView {
  readonly registry: RegistryView;
  readonly repository: string;
  /** `host/path@sha256:…` */
  readonly reference: string;
  readonly digest: Digest;
  readonly mediaType: string;
  /** The tag that it was asked for by; absent where that was the digest. */
  readonly tag?: string;
  /** Tags known to stand for this digest: those that the console has resolved. */
  readonly tags: readonly string[];
  /** Of the index or manifest itself. */
  readonly annotations: readonly Fact[];
  readonly platforms: readonly PlatformView[];
  readonly attestations: readonly AttestationView[];
  /** When the registry was asked. */
  readonly readAt: string;
}

/** How far a statement can be trusted. */
export type Trust = "self-asserted" | "signed" | "verified-by-record" | "untrusted";

/** One signature found at an image. */
export interface SignatureView {
  /** In words: certificate's subject and issuer, or key's fingerprint; absent where nothing could be verified. */
  readonly signer?: string;
  readonly form: "bundle" | "simple";
  readonly trusted: boolean;
  /** Whose policy says so: `qa secure`. */
  readonly policy: string;
  /** Why it does not count; absent where it does. */
  readonly because?: string;
  readonly at?: string;
  /** What the signature is about: `image`, `SBOM`, `record`, or the predicate's type. */
  readonly about: string;
  readonly descriptor: Digest;
}

/** A publish or promotion record found at an image. */
export interface RecordView {
  readonly how: "published" | "promoted";
  readonly stage: string;
  readonly repository: string;
  readonly at: string;
  readonly tags: readonly string[];
  readonly what: string;
  /** Absent for a record that nobody trusted signed: it is then self-asserted. */
  readonly signer?: string;
  /** True where it names this place. */
  readonly here: boolean;
  /** Why it does not count for this place, by the stage's own gate; absent where it does, and for another place. */
  readonly because?: string;
  /** What it was built from; absent in the record of a promotion. */
  readonly build?: { readonly source: string; readonly commit: string; readonly version: string };
}

/** An SBOM found at an image, and how many packages it names. */
export interface SbomView {
  readonly digest: Digest;
  /** The platform's image that it is of, by the word of the index. Absent for one of the whole. */
  readonly about?: Digest;
  readonly format: string;
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  readonly signer?: string;
}

/** What is attached to an image: asked for only where an image is opened. */
export interface TrustView {
  readonly signatures: readonly SignatureView[];
  readonly records: readonly RecordView[];
  readonly sboms: readonly SbomView[];
  /** Referrers of other kinds, by artifact type. */
  readonly others: readonly { readonly digest: Digest; readonly type: string }[];
  /** What is attached and was not read, and why. Absent where all was. */
  readonly unread?: readonly string[];
}

/** One word of the answer to "where did this come from", with what it rests on. */
export interface OriginStatement {
  readonly what: string;
  readonly trust: Trust;
  readonly evidence: string;
}

/** What one registry holds of a digest. */
interface OriginHolder {
  readonly registry: RegistryView;
  /** Repositories of its class in which the digest is. */
  readonly repositories: Part<readonly string[]>;
  /** Repositories of the other class in which it is, though it belongs to the other registry. Absent where there is none. */
  readonly misplaced?: readonly string[];
}

/** Where a digest comes from: which of the two registries holds it, and what is said of it there. */
export interface OriginView {
  readonly digest: Digest;
  readonly holders: readonly OriginHolder[];
  /** Whether every repository of the stage was looked in, at both registries: else there may be others. */
  readonly complete: boolean;
  readonly statements: readonly OriginStatement[];
  /** What could not be read, and why: what is said of it is not known. Absent where all was. */
  readonly unread?: readonly string[];
}

/** A line of a comparison; equal lines are left out but counted. */
export interface Difference {
  readonly topic:
    "labels" | "annotations" | "environment" | "configuration" | "platforms" | "packages" | "signatures" | "records";
  readonly name: string;
  readonly left?: string;
  readonly right?: string;
}

/** Two images beside each other. */
export interface ComparisonView {
  readonly left: ImageView;
  readonly right: ImageView;
  readonly platform?: string;
  readonly differences: readonly Difference[];
  readonly equal: number;
  /** What could not be read, and why: it is not compared. Absent where all was. */
  readonly unread?: readonly string[];
}

/** What of an image is what was looked for. */
export interface SearchReason {
  readonly kind: "label" | "annotation" | "package" | "digest";
  readonly name: string;
  /** Of a package its version; empty for a digest. */
  readonly value: string;
  /** Characters of the whole value where it was cut. */
  readonly fullLength?: number;
}

/** An image that a search finds. */
export interface SearchHit {
  readonly repository: string;
  readonly class: ImageClass;
  readonly digest: Digest;
  /** The first ones, sorted. */
  readonly tags: readonly string[];
  readonly tagCount: number;
  readonly platforms: readonly string[];
  readonly created?: string;
  /** What labels say of whose it is: self-asserted. */
  readonly owners: readonly string[];
  readonly reasons: readonly SearchReason[];
  /** True where more labels are there than the index has. */
  readonly isCut: boolean;
  /** False where an SBOM of it could not be read, or not to its end: a package that is not found may be in it. */
  readonly hasAllPackages: boolean;
  /** When the image was read. */
  readonly readAt: string;
}

/** How old the index is that was searched, as far as the visitor may read. */
export interface IndexState {
  /** `building`: some repositories were not read yet, and what is in them is not found. `off`: there is no index. */
  readonly state: "ready" | "building" | "off";
  /** Nothing that was there then is missing; absent while a repository was not read from first to last. */
  readonly asOf?: string;
  readonly repositories: number;
  readonly repositoriesRead: number;
  readonly images: number;
  /** Images whose SBOMs were read: packages of the others are not found. */
  readonly imagesWithPackages: number;
  /** Images among them whose SBOMs could not be read, or not to their end. */
  readonly imagesWithPartialPackages: number;
  readonly tags: number;
  /** What stands against it: a registry that is down, a disk that is full. */
  readonly problems: readonly string[];
  /** Whether it outlives a restart. */
  readonly isKept: boolean;
  readonly cost: IndexCost;
}

/** What reading all anew asks of the registries, and how long that takes at the pace that the index keeps to. */
export interface IndexCost {
  /** Requests for manifests, configurations and SBOMs, and lists of referrers among them. */
  readonly reads: number;
  readonly referrerLists: number;
  readonly minutes: number;
  /** A minute, to each registry. */
  readonly pace: { readonly reads: number; readonly referrerLists: number };
  /** What the smallest Azure Container Registry allows a minute. */
  readonly allowed: { readonly reads: number; readonly referrerLists: number };
}

/** What a search finds: a page, sorted by repository and digest. */
export interface SearchPage {
  readonly hits: readonly SearchHit[];
  /** Images found, at most 1,000; where a search reads more than it may at once, those of this page. */
  readonly total: number;
  /** True where there are, or may be, more than are counted. */
  readonly isMore: boolean;
  /** The image to go on after, also where this page is empty; absent on the last page. */
  readonly next?: string;
  readonly index: IndexState;
}

/** What the pages and the API read. Errors of one registry are in the parts; a name that is not mapped is thrown. */
export interface Catalog {
  readonly stage: string;
  readonly product: string;
  readonly registries: readonly RegistryView[];
  repositories: () => readonly RepositoryView[];
  /**
   * A page of tags, sorted.
   *
   * @param options `limit` at most 100; `details` resolves the tags of the page, at most 100 images at once
   * @throws DualRegistryError NOT_FOUND for a repository that is not mapped
   */
  tags: (
    repository: string,
    options?: { after?: string; limit?: number; details?: boolean; signal?: AbortSignal },
  ) => Promise<Part<TagPage>>;
  /** @param reference tag or digest @throws DualRegistryError NOT_FOUND for a repository that is not mapped */
  image: (repository: string, reference: string, signal?: AbortSignal) => Promise<Part<ImageView>>;
  /** Signatures, records and SBOMs of an image. @throws DualRegistryError NOT_FOUND */
  trust: (repository: string, digest: Digest, signal?: AbortSignal) => Promise<Part<TrustView>>;
  /** @throws DualRegistryError NOT_FOUND for a repository that is not mapped */
  compare: (
    left: { repository: string; reference: string },
    right: { repository: string; reference: string },
    options?: { platform?: string; signal?: AbortSignal },
  ) => Promise<Part<ComparisonView>>;
  origin: (digest: Digest, mayRead: (repository: string) => boolean, signal?: AbortSignal) => Promise<OriginView>;
  /** Whether each registry answers; cached for some seconds. */
  health: () => Promise<readonly { readonly registry: RegistryView; readonly part: Part<"up"> }[]>;
}
