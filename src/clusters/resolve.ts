import { defined } from "../base/defined";
import type { Digest } from "../base/digest";
import type { ImageSource } from "../oci";
import { ImageFamilies } from "./families";
import { type ClusterImages, digestOf, type PodContainer, repositoryOf, type TemplateContainer } from "./readCluster";

type ImageUse = PodContainer | TemplateContainer;

/** What the map of images and the stage's registries say of a container's image. */
interface Resolution {
  /** The repository of the map; absent for an image of somebody else. */
  mapped?: string;
  /** The image as it was promoted: the index of a platform. Absent where no digest is known. */
  root?: Digest;
  /** Whether the stage's registry holds it; absent where it was not asked. */
  held?: boolean;
}

/** A container of a pod, looked up. */
export type ResolvedPod = PodContainer & Resolution;
/** A container of a template, looked up. */
export type ResolvedTemplate = TemplateContainer & Resolution;

/** A cluster's images, looked up. */
export interface ResolvedCluster {
  cluster: string;
  pods: readonly ResolvedPod[];
  templates: readonly ResolvedTemplate[];
}

/**
 * The repository of the map that an image is of, whatever host and path stand in front of it: a mirror may have put its
 * own there, and a namespace stands there anyway. The longest one that fits.
 */
export function mappedOf(repository: string | undefined, map: readonly string[]): string | undefined {
  if (repository === undefined) return undefined;
  const fitting = map.filter((one) => `/${repository}`.endsWith(`/${one}`));
  return fitting.sort((one, other) => other.length - one.length)[0];
}

/** Looks images of the map up at the stage's registries. What a digest stands for is asked once, however often. */
export class ImageResolver {
  private readonly families = new Map<string, ImageFamilies>();

  /**
   * @param map repositories of the map
   * @param sourceOf a repository of the map, at the stage's registry; without it digests stay as they are
   */
  constructor(
    private readonly map: readonly string[],
    private readonly sourceOf?: (repository: string) => ImageSource,
  ) {}

  /**
   * A platform's digest becomes that of its index, and a tag that no pod runs becomes the digest that it stands for now.
   *
   * @param expected further images whose platforms are to be known
   * @throws DualRegistryError as the registries answer
   */
  async resolve(
    clusters: readonly ClusterImages[],
    expected: readonly { repository: string; digest: Digest }[] = [],
  ): Promise<ResolvedCluster[]> {
    const uses = clusters.flatMap(({ pods, templates }) => [...pods, ...templates]);
    await Promise.all(
      this.map.map(async (repository) => {
        const ours = uses.filter((use) => mappedOf(repositoryOf(use), this.map) === repository);
        const also = expected.filter((one) => mappedOf(one.repository, this.map) === repository);
        if (ours.length > 0)
          await this.learn(
            repository,
            ours,
            also.map(({ digest }) => digest),
          );
      }),
    );
    const all = <Use extends ImageUse>(list: readonly Use[]) =>
      Promise.all(list.map(async (use) => ({ ...use, ...(await this.resolutionOf(use)) })));
    return Promise.all(
      clusters.map(async ({ cluster, pods, templates }) => ({
        ...{ cluster, pods: await all(pods), templates: await all(templates) },
      })),
    );
  }

  private async learn(repository: string, uses: readonly ImageUse[], also: readonly Digest[]): Promise<void> {
    if (this.sourceOf === undefined) return;
    const known = this.families.get(repository) ?? new ImageFamilies(this.sourceOf(repository));
    this.families.set(repository, known);
    // A digest without a repository is that of a configuration.
    const configs = uses.some((use) => "runs" in use && use.runs.repository === undefined);
    await known.learn([...also, ...uses.flatMap(({ asked }) => asked?.digest ?? asked?.tag ?? [])], configs);
  }

  private async resolutionOf(use: ImageUse): Promise<Resolution> {
    const mapped = mappedOf(repositoryOf(use), this.map);
    const known = mapped === undefined ? undefined : this.families.get(mapped);
    const digest = digestOf(use)?.digest;
    if (known === undefined) return defined({ mapped, root: digest });
    if (digest !== undefined) return { ...defined({ mapped }), ...(await known.familyOf(digest)) };
    // What a tag stands for now says nothing of a pod: it may have begun when the tag stood elsewhere.
    const tag = "wanted" in use ? use.asked?.tag : undefined;
    const root = tag === undefined ? undefined : await known.rootOfReference(tag);
    return { ...defined({ mapped, root }), ...(root && { held: true }) };
  }
}
