/** The two classes of images, and so of registries: built under compliance, or ordinary. */
export const IMAGE_CLASSES = ["secure", "standard"] as const;

/** A class of images; each stage has one registry for each. */
export type ImageClass = (typeof IMAGE_CLASSES)[number];

/**
 * Whether an image is promoted by digest or rebuilt for each stage.
 * A stage-bound image has its stage's registry host baked in, so promoting it would carry the wrong host along.
 */
export const IMAGE_BINDINGS = ["portable", "stage-bound"] as const;

export type ImageBinding = (typeof IMAGE_BINDINGS)[number];

/** One repository of the product and where it belongs. */
export interface MappedImage {
  repository: string;
  class: ImageClass;
  binding: ImageBinding;
}

/** The repositories of a class, in alphabetical order. */
export function repositoriesOf(images: readonly MappedImage[], imageClass: ImageClass): string[] {
  return images
    .filter((image) => image.class === imageClass)
    .map((image) => image.repository)
    .sort();
}
