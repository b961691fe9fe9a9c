import {
  IMAGE_CLASSES,
  type ImageClass,
  type MappedImage,
  pullScope,
  RepositoryIndex,
  type RepositoryPattern,
} from "../image/imageClass";
import type { RegistryMode } from "../image/registryKind";
import type { Stage } from "../stage";
import { pullTokenName } from "./names";

/** Somebody who pulls the product's images. */
export interface Consumer {
  name: string;
  /** What may be pulled, from the registries of whichever class the images are. */
  pull: readonly RepositoryPattern[];
  /** The stages it pulls from; every stage where not given. */
  stages?: readonly Stage[] | undefined;
  /** Days a token password is valid; the class's ceiling where not given. */
  tokenDays?: number | undefined;
}

/** One scope map and its token in one registry. */
export interface TokenPlan {
  /** Name of the scope map and of the token. */
  name: string;
  consumer: string;
  registry: ImageClass;
  /** Actions of the scope map, sorted. */
  actions: string[];
  /** Days a password of it may live. */
  expiresAfterDays: number;
}

/** What tokens are planned from. */
export interface TokenInput {
  stage: Stage;
  /** `pull`: what the product's own application may pull; every image where not given. */
  product: { name: string; pull?: readonly RepositoryPattern[] | undefined };
  images: readonly MappedImage[];
  consumers: readonly Consumer[];
  /** Most days a token password may live, by class. */
  tokenCeilingDays: Readonly<Record<ImageClass, number>>;
  registries: Readonly<Record<ImageClass, { mode: RegistryMode }>>;
}

/** The token consumers of a stage: the product's own application, which pulls every image, then the others by name. */
function consumersOf(config: Omit<TokenInput, "registries">): Consumer[] {
  const { name, pull = config.images.map((image) => image.repository) } = config.product;
  const application: Consumer = { name, pull };
  const others = config.consumers.filter((consumer) => consumer.stages?.includes(config.stage) ?? true);
  return [application, ...others].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The classes of which a consumer reads any image; none for one that does not pull here. */
export function pulledClasses(config: Omit<TokenInput, "registries">, consumer: string): ImageClass[] {
  const pull = consumersOf(config).find(({ name }) => name === consumer)?.pull ?? [];
  return IMAGE_CLASSES.filter((imageClass) => {
    const index = new RepositoryIndex(config.images.filter((image) => image.class === imageClass));
    return pull.some((pattern) => index.reaches(pattern));
  });
}

/**
 * One token for each consumer and registry it reads; a registry without an image for the consumer gets none.
 * Only registries this program holds have tokens of ours.
 */
export function planTokens(config: TokenInput): TokenPlan[] {
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
