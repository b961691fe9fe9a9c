import type { ImageTree, TreeManifest } from "./copy/tree";
import type { ManifestContent } from "./manifest";

/** Layers of what describes an image and cannot run: BuildKit's attestations. */
const STATEMENT = "application/vnd.in-toto+json";

/**
 * True for a manifest that holds statements and nothing else. What an index or the manifest itself says of it
 * (annotations, platform, artifact type) is not asked: an image that runs could say the same.
 */
export const holdsStatements = ({ layers }: Pick<ManifestContent, "layers">): boolean =>
  layers.length > 0 && layers.every(({ mediaType }) => mediaType === STATEMENT);

/** Everything in a tree that may run: each manifest that is no index, and holds more than statements. */
export const platformsOf = (tree: ImageTree): TreeManifest[] =>
  tree.manifests.filter(({ content }) => content.config !== undefined && !holdsStatements(content));
