import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { allSettled, limiter } from "../../base/limit";
import { isReferrersTag } from "../../base/referrersTag";
import { IMAGE_CLASSES, type ImageClass } from "../../domain/image/imageClass";
import { type ImageSource, readDetails, type RegistrySession, type TreeDetails } from "../../oci";
import { imageView } from "../catalog/views";
import type { ImageView, RegistryView } from "../model";
import { registryViews } from "../registryViews";
import type { StageOutputs } from "../../outputs";

/** A repository as it was read: its images, each once, whatever tags it has. */
export interface RepositoryImages {
  readonly registry: RegistryView;
  readonly repository: string;
  /** Sorted by their first tags. */
  readonly images: readonly ImageView[];
  /** Why some of it could not be read. */
  readonly unread: readonly string[];
}

/** Tags of one registry that are read at once. */
const AT_ONCE = 16;

/**
 * Reads every tagged image of a stage: of each tag its manifest, and of each image its configuration. What cannot be read
 * is said, and takes nothing else with it.
 *
 * @param onRead gets each repository as soon as it was read; two never at once
 */
export async function readStageImages(
  stage: Pick<StageOutputs, "images" | "registries">,
  sessions: Readonly<Record<ImageClass, RegistrySession>>,
  onRead: (read: RepositoryImages) => Promise<void>,
): Promise<void> {
  const views = registryViews(stage);
  const one = limiter(1);
  const tasks = IMAGE_CLASSES.flatMap((at) => {
    const limit = limiter(AT_ONCE);
    const mapped = stage.images.filter((image) => image.class === at).map(({ repository }) => repository);
    return mapped.sort().map(async (repository) => {
      const read = await readRepository(views[at], sessions[at], repository, limit);
      await one(() => onRead(read));
    });
  });
  await allSettled(tasks);
}

async function readRepository(
  registry: RegistryView,
  session: RegistrySession,
  repository: string,
  limit: ReturnType<typeof limiter>,
): Promise<RepositoryImages> {
  const path = registry.namespace === undefined ? repository : `${registry.namespace}/${repository}`;
  const source = session.repository(path);
  const known = new Map<Digest, Promise<TreeDetails>>();
  const unread: string[] = [];
  const orSay = async <T>(task: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof DualRegistryError)) throw error;
      unread.push(error.message);
      return undefined;
    }
  };
  const tags = await orSay(() =>
    limit(async () => {
      const all: string[] = [];
      for await (const tag of source.tags()) if (!isReferrersTag(tag)) all.push(tag);
      return all.sort();
    }),
  );
  const trees = await allSettled(
    (tags ?? []).map((tag) => limit(() => orSay(async () => ({ tag, tree: await readOnce(source, tag, known) })))),
  );
  const found = trees.filter((one) => one !== undefined);
  const at = Date.now();
  const images = new Map<string, ImageView>();
  for (const { tag, tree } of found) {
    const before = images.get(tree.digest);
    const named = [...(before?.tags ?? []), tag];
    const place = { registry, repository, path, reference: before?.tag ?? tag, tags: named, at };
    images.set(tree.digest, before === undefined ? imageView(tree, place) : { ...before, tags: named });
  }
  return { registry, repository, images: [...images.values()], unread };
}

/** An image by its tag: the tag's manifest each time, and all else once for each digest. */
async function readOnce(
  source: ImageSource,
  tag: string,
  known: Map<Digest, Promise<TreeDetails>>,
): Promise<TreeDetails> {
  const manifest = await source.manifest(tag);
  const before = known.get(manifest.digest);
  if (before !== undefined) return before;
  const withTag: ImageSource = {
    name: source.name,
    resolve: (reference) => source.resolve(reference),
    manifest: (reference) => (reference === tag ? Promise.resolve(manifest) : source.manifest(reference)),
    blob: (descriptor) => source.blob(descriptor),
    referrers: (digest) => source.referrers(digest),
    tags: () => source.tags(),
  };
  const reading = readDetails(withTag, tag);
  known.set(manifest.digest, reading);
  return reading;
}
