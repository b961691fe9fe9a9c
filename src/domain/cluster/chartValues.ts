import type { ImageClass, MappedImage } from "../image/imageClass";
import { repeated } from "./clusterObject";
import { placeOf, type Stage, type Stages } from "../stage";

/** One image as the values of a chart name it. */
interface ChartImage {
  /** The host that it is pulled from, with its port. */
  registry: string;
  /** The whole path in the registry. */
  repository: string;
  /** Empty where the digest alone decides. */
  tag: string;
  /** Empty where the stage asks for none. */
  digest: string;
  /** Whether the chart refuses the image without a digest. */
  requireDigest: boolean;
}

/** What a chart is told of a stage's registries. */
export interface ChartValues {
  /** Secrets that pods pull with; empty where the cluster's own identity pulls. */
  imagePullSecrets: readonly { name: string }[];
  /** By the image's name in the chart. */
  images: Readonly<Record<string, ChartImage>>;
}

/** The digest that stands where a promotion has not written one yet. No content has it, so nothing runs by it. */
export const NO_DIGEST = `sha256:${"0".repeat(64)}`;

/**
 * Whether an image must be named by digest in a stage: every image of the secure class, and every image behind the first
 * stage, where tags stand for what was promoted.
 */
export const demandsDigest = (imageClass: ImageClass, stage: Stage, stages: Stages): boolean =>
  imageClass === "secure" || placeOf(stage, stages) !== "first";

/** A stage and its registries, as far as a chart asks. */
interface ChartInput {
  stage: Stage;
  stages: Stages;
  images: readonly MappedImage[];
  /** `pullSecret`: absent where pods pull by an identity. */
  registries: Readonly<Record<ImageClass, { host: string; namespace?: string; pullSecret?: string }>>;
}

/**
 * The values of a chart for a stage: registry, repository and pull secret of each image, and a place for its digest. Where
 * a tag is enough, it is the stage's own, which moves.
 */
export function chartValues({ stage, stages, images, registries }: ChartInput): ChartValues {
  const names = chartNames(images.map(({ repository }) => repository));
  const entries = images.map(({ repository, class: imageClass }): [string, ChartImage] => {
    const { host, namespace } = registries[imageClass];
    const requireDigest = demandsDigest(imageClass, stage, stages);
    return [
      names.get(repository) ?? repository,
      {
        registry: host,
        repository: namespace === undefined ? repository : `${namespace}/${repository}`,
        ...{ tag: requireDigest ? "" : stage, digest: requireDigest ? NO_DIGEST : "", requireDigest },
      },
    ];
  });
  const secrets = new Set(
    images.flatMap(({ class: imageClass }) => {
      const { pullSecret } = registries[imageClass];
      return pullSecret === undefined ? [] : [pullSecret];
    }),
  );
  return {
    imagePullSecrets: [...secrets].sort().map((name) => ({ name })),
    images: Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1))),
  };
}

/** `metricsPusher` for `metrics-pusher`: a template names such a key without quotes. */
const camelCase = (text: string): string =>
  text.replace(/[^a-z0-9]+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** By repository: the last name of its path, or the whole path where two images would share that. */
function chartNames(repositories: readonly string[]): ReadonlyMap<string, string> {
  const last = (repository: string) => camelCase(repository.split("/").at(-1) ?? repository);
  const shared = repeated(repositories.map(last));
  return new Map(repositories.map((one) => [one, shared.has(last(one)) ? camelCase(one) : last(one)]));
}
