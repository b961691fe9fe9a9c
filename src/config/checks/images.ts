import type { MappedImage } from "../../domain/imageClass";
import { showValue, type Problem } from "../problem";
import { SHARED_FILE } from "../raw";

/** Each repository is of one class: a second entry is an error even where it says the same. */
export function checkImages(images: readonly MappedImage[]): Problem[] {
  const seen = new Map<string, MappedImage>();
  return images.flatMap((image): Problem[] => {
    const first = seen.get(image.repository);
    seen.set(image.repository, first ?? image);
    if (!first) return [];
    return [
      {
        file: SHARED_FILE,
        path: "images",
        what: `${showValue(image.repository)} is mapped twice, to ${first.class} and to ${image.class}`,
        allowed: "allowed: one entry a repository",
      },
    ];
  });
}
