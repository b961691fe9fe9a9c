import { DualRegistryError } from "../errors";
import { readSmallBlob } from "../oci/artifact";
import type { Digest } from "../oci/digest";
import type { ImageSource } from "../oci/imageStore";
import { readManifest, type Descriptor } from "../oci/manifest";
import { MEDIA } from "../oci/mediaTypes";
import { MAX_BUNDLE } from "./bundle";
import { PREDICATE_ANNOTATION } from "./contract";

/** The most bundles looked at for one image; whoever may push could attach any number. */
export const MAX_BUNDLES = 100;

/** A bundle as it is attached to an image, or why it cannot be read. */
export type BundleFound = { descriptor: Descriptor; bundle: Buffer } | { descriptor: Descriptor; problem: string };

/** What an older version's type begins with, too. */
const isBundleType = (type: string): boolean => type.startsWith("application/vnd.dev.sigstore.bundle");

/** A list of referrers need not name the type of an artifact; some name the type of its configuration instead. */
const mayBeBundle = ({ mediaType, artifactType }: Descriptor): boolean =>
  mediaType === MEDIA.ociManifest &&
  (artifactType === undefined || artifactType === MEDIA.empty || isBundleType(artifactType));

/**
 * The bundles attached to an image, unreadable ones among them, none verified.
 *
 * @param predicateType leaves out those whose manifest says that they hold another predicate
 * @throws DualRegistryError what the store answers
 */
export async function* findBundles(
  source: ImageSource,
  digest: Digest,
  predicateType?: string,
): AsyncIterable<BundleFound> {
  const others = (annotations?: Readonly<Record<string, string>>): boolean => {
    const said = annotations?.[PREDICATE_ANNOTATION];
    return predicateType !== undefined && said !== undefined && said !== predicateType;
  };
  let count = 0;
  for (const referrer of (await source.referrers(digest)).filter(mayBeBundle)) {
    if (others(referrer.annotations)) continue;
    if (++count > MAX_BUNDLES) return;
    const found = await readOne(source, referrer);
    if (found && !others(found.annotations)) yield found.found;
  }
}

/**
 * The bundles attached to an image that can be read, none verified. At most {@link MAX_BUNDLES}.
 *
 * @param predicateType leaves out those whose manifest says that they hold another predicate
 * @throws DualRegistryError what the store answers
 */
export async function* readBundles(
  source: ImageSource,
  digest: Digest,
  predicateType?: string,
): AsyncIterable<{ descriptor: Descriptor; bundle: Buffer }> {
  for await (const found of findBundles(source, digest, predicateType)) if ("bundle" in found) yield found;
}

type Annotated = { found: BundleFound; annotations: Readonly<Record<string, string>> };

async function readOne(source: ImageSource, descriptor: Descriptor): Promise<Annotated | undefined> {
  const where = `${source.name}@${descriptor.digest}`;
  try {
    const { artifactType, layers, annotations } = readManifest(await source.manifest(descriptor.digest), where);
    const [layer] = layers;
    if (artifactType !== undefined && !isBundleType(artifactType)) return undefined;
    if (artifactType === undefined && !(layer && isBundleType(layer.mediaType))) return undefined;
    const problem = (why: string): Annotated => ({ found: { descriptor, problem: `${where}: ${why}` }, annotations });
    if (!layer || layers.length !== 1) return problem(`${layers.length} layers; allowed: one, the bundle`);
    const bundle = await readSmallBlob(source, layer, MAX_BUNDLE);
    return bundle
      ? { found: { descriptor, bundle }, annotations }
      : problem(`a bundle of ${layer.size} bytes; allowed: ${MAX_BUNDLE}`);
  } catch (error) {
    const problem = contentProblem(error);
    return { found: { descriptor, problem }, annotations: {} };
  }
}

/** Codes of errors that lie in what is stored, as against the way to it. */
const CONTENT: readonly string[] = ["CONTENT_INVALID", "DIGEST_MISMATCH", "NOT_FOUND", "SIGNATURE_INVALID"];

/** The message of an error that lies in what is stored. @throws any other error */
export function contentProblem(error: unknown): string {
  if (error instanceof DualRegistryError && CONTENT.includes(error.code)) return error.message;
  throw error;
}
