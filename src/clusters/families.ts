import { type Digest, isDigest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { allSettled, limiter } from "../base/limit";
import { type ImageSource, isIndexType, readManifest } from "../oci";

/** What a registry says of a digest that runs. */
export interface Family {
  /** The index that the digest is a platform of, or whose configuration it is; the digest itself where it has none. */
  root: Digest;
  /** False where the registry does not hold it. */
  held: boolean;
}

/** Manifests asked for at a time. */
const PARALLEL = 8;

/**
 * Which image a platform's digest is of. Runtimes report what they pulled: the index, the manifest of their platform, or
 * that manifest's configuration. A registry leads from an index to its children and never back, so the indexes are read that
 * pods and workloads name, and the children in them are known from then on. Nothing is asked twice.
 */
export class ImageFamilies {
  private readonly parents = new Map<Digest, Digest>();
  private readonly roots = new Map<string, Promise<Digest | undefined>>();
  private readonly run = limiter(PARALLEL);
  private configs = false;

  /** @param source the image's repository at the stage's registry */
  constructor(private readonly source: ImageSource) {}

  /**
   * Reads the images behind tags and digests, with their children; what a tag stood for before is forgotten.
   *
   * @param configs whether runtimes report configurations here, so that these are read too
   * @throws DualRegistryError as the registry answers; what is not there is no error
   */
  async learn(references: Iterable<string>, configs: boolean): Promise<void> {
    for (const reference of this.roots.keys()) {
      if (!isDigest(reference) || (configs && !this.configs)) this.roots.delete(reference);
    }
    this.configs ||= configs;
    await allSettled([...new Set(references)].map((reference) => this.rootOfReference(reference)));
  }

  /** The digest that a tag or digest stands for; undefined where the registry holds none. */
  rootOfReference(reference: string): Promise<Digest | undefined> {
    const known = this.roots.get(reference);
    if (known) return known;
    const root = this.read(reference);
    this.roots.set(reference, root);
    // A failure is not what stands there: the next one asks again.
    root.then(
      (digest) => digest ?? this.roots.delete(reference),
      () => this.roots.delete(reference),
    );
    return root;
  }

  /** The image that a digest belongs to, by what was learnt; else the registry is asked for the digest itself. */
  async familyOf(digest: Digest): Promise<Family> {
    const parent = this.parents.get(digest);
    if (parent !== undefined) return { root: parent, held: true };
    const own = await this.rootOfReference(digest);
    return { root: this.parents.get(digest) ?? digest, held: own !== undefined };
  }

  private async read(reference: string): Promise<Digest | undefined> {
    const root = await this.manifestOf(reference);
    if (root === undefined) return undefined;
    const { manifests, config } = root.content;
    if (config) this.parents.set(config.digest, root.digest);
    for (const child of manifests) this.parents.set(child.digest, root.digest);
    if (this.configs && isIndexType(root.mediaType)) {
      const children = await allSettled(manifests.map((child) => this.manifestOf(child.digest)));
      for (const child of children)
        if (child?.content.config) this.parents.set(child.content.config.digest, root.digest);
    }
    return root.digest;
  }

  private manifestOf = (reference: string) =>
    this.run(async () => {
      try {
        const manifest = await this.source.manifest(reference);
        return { ...manifest, content: readManifest(manifest, `${this.source.name}@${manifest.digest}`) };
      } catch (error) {
        if (error instanceof DualRegistryError && error.code === "NOT_FOUND") return undefined;
        throw error;
      }
    });
}
