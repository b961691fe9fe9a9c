import { IMAGE_CLASSES, type ImageClass } from "./imageClass";
import { pullTokenName } from "./names";
import type { TokenPlan } from "./plan";
import { RepositoryIndex } from "./repositoryIndex";
import { pullScope } from "./scopes";
import type { Consumer, StageConfig } from "./stageConfig";

/** The facts tokens are planned from. */
export type TokenFactsInput = Pick<
  StageConfig,
  "stage" | "product" | "images" | "consumers" | "tokenCeilingDays" | "registries"
>;

/** The token consumers of a stage: the product's own application, which pulls every image, then the others by name. */
function consumersOf(config: TokenFactsInput): Consumer[] {
  const { name, pull = config.images.map((image) => image.repository) } = config.product;
  const application: Consumer = { name, pull };
  const others = config.consumers.filter((consumer) => consumer.stages?.includes(config.stage) ?? true);
  return [application, ...others].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * One token for each consumer and registry it reads; a registry without an image for the consumer gets none.
 * Only registries this program holds have tokens of ours.
 */
export function planTokens(config: TokenFactsInput): TokenPlan[] {
  const held = IMAGE_CLASSES.filter((imageClass) => config.registries[imageClass].mode !== "reference");
  const images = (c: ImageClass) => new RepositoryIndex(config.images.filter((image) => image.class === c));
  const indexes = new Map(held.map((imageClass) => [imageClass, images(imageClass)]));
  return consumersOf(config).flatMap((consumer) =>
    held.flatMap((registry): TokenPlan[] => {
      const pull = consumer.pull.filter((pattern) => indexes.get(registry)?.reaches(pattern));
      if (pull.length === 0) return [];
      const ceiling = config.tokenCeilingDays[registry];
      return [
        {
          name: pullTokenName(consumer.name),
          consumer: consumer.name,
          registry,
          actions: pullScope(pull),
          expiresAfterDays: consumer.tokenDays ?? ceiling,
        },
      ];
    }),
  );
}
