import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { allSettled, limiter } from "../../base/limit";
import { IF_INCOMPLETE, type ImageSource } from "../imageStore";
import {
  type Descriptor,
  isForeignLayer,
  type Manifest,
  type ManifestContent,
  platformText,
  readManifest,
} from "../manifest";

/** A manifest with what it says. */
export interface TreeManifest extends Manifest {
  content: ManifestContent;
}

/** An image or index whole: every manifest, each before those that name it, and every blob, once each. */
export interface ImageTree {
  root: TreeManifest;
  manifests: readonly TreeManifest[];
  /** Layers that live elsewhere by their type are left out where the source does not hold them. */
  blobs: readonly Descriptor[];
}

/** The most manifests and levels of indexes that one image may have; real ones have dozens and two. */
export const TREE_LIMITS = { manifests: 1_000, depth: 5, blobs: 20_000, bytes: 64 * 1024 * 1024 } as const;

/** Manifests asked for at a time. */
const PARALLEL = 16;

/** An image of which something is not there. */
class IncompleteImageError extends DualRegistryError {
  constructor({ name, ifIncomplete = IF_INCOMPLETE }: ImageSource, what: string, parts: readonly string[]) {
    const more = parts.length - MOST_PARTS;
    const named = `${parts.slice(0, MOST_PARTS).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
    super("NOT_FOUND", `${name}: ${what} names what is not there: ${named}; ${ifIncomplete}`);
  }
}

/** Missing parts that a message names. */
const MOST_PARTS = 20;

/** What an index calls one of its parts. */
const partText = (part: Descriptor): string =>
  part.annotations?.["vnd.docker.reference.type"] === undefined
    ? (platformText(part) ?? "an image without a platform")
    : "an attestation";

const describePart = (part: Descriptor): string => `${partText(part)} (${part.digest})`;

/** The error of blobs that an image names and its source lacks; it says of which platforms they are. */
export function missingBlobs(source: ImageSource, tree: ImageTree, blobs: readonly Descriptor[]): DualRegistryError {
  const children = new Map(tree.manifests.flatMap(({ content }) => content.manifests.map((one) => [one.digest, one])));
  const parts = blobs.map(({ digest }) => {
    const holder = tree.manifests.find(({ content: { config, layers } }) =>
      [...(config ? [config] : []), ...layers].some((blob) => blob.digest === digest),
    );
    const child = holder && children.get(holder.digest);
    return `blob ${digest}${child ? ` of ${partText(child)}` : ""}`;
  });
  return new IncompleteImageError(source, `image ${tree.root.digest}`, parts);
}

/**
 * Reads all manifests below a tag or digest.
 *
 * @throws DualRegistryError NOT_FOUND where the source lacks one that an index names, with its platform; CONTENT_INVALID
 * beyond the limits
 */
export async function readTree(source: ImageSource, reference: string, signal?: AbortSignal): Promise<ImageTree> {
  const found = new Map<Digest, TreeManifest>();
  const order: TreeManifest[] = [];
  const tooMuch = (what: string) =>
    new DualRegistryError("CONTENT_INVALID", `${source.name}: ${reference} has ${what}, more than any image needs`);
  const run = limiter(PARALLEL);
  let bytes = 0;
  const visit = async (wanted: string, depth: number): Promise<TreeManifest> => {
    const known = found.get(wanted as Digest);
    if (known) return known;
    if (depth > TREE_LIMITS.depth) throw tooMuch(`indexes more than ${TREE_LIMITS.depth} levels deep`);
    const manifest = await run(() => source.manifest(wanted, signal));
    const content = readManifest(manifest, `${source.name}@${manifest.digest}`);
    const whole = { ...manifest, content };
    const twice = found.get(manifest.digest);
    if (twice) return twice;
    found.set(manifest.digest, whole);
    bytes += manifest.bytes.length;
    const ahead = new Set([...found.keys(), ...content.manifests.map((child) => child.digest)]).size;
    if (ahead > TREE_LIMITS.manifests) throw tooMuch(`more than ${TREE_LIMITS.manifests} manifests`);
    if (bytes > TREE_LIMITS.bytes) throw tooMuch(`manifests of more than ${TREE_LIMITS.bytes} bytes together`);
    const missing: Descriptor[] = [];
    const visitChild = async (child: Descriptor): Promise<void> => {
      try {
        await visit(child.digest, depth + 1);
      } catch (error) {
        const absent = error instanceof DualRegistryError && error.code === "NOT_FOUND";
        if (!absent || error instanceof IncompleteImageError) throw error;
        missing.push(child);
      }
    };
    await allSettled(content.manifests.map(visitChild));
    if (missing.length > 0)
      throw new IncompleteImageError(source, `index ${manifest.digest}`, missing.map(describePart));
    order.push(whole);
    return whole;
  };
  const root = await visit(reference, 1);
  const blobs = new Map<Digest, Descriptor>();
  for (const { content } of order) {
    for (const blob of [...(content.config ? [content.config] : []), ...content.layers]) blobs.set(blob.digest, blob);
  }
  if (blobs.size > TREE_LIMITS.blobs) throw tooMuch(`more than ${TREE_LIMITS.blobs} blobs`);
  return { root, manifests: order, blobs: [...blobs.values()] };
}

/** The blobs a target must hold: all but foreign layers, which a source may lack. */
export const ownBlobs = (tree: ImageTree): Descriptor[] =>
  tree.blobs.filter(({ mediaType }) => !isForeignLayer(mediaType));
