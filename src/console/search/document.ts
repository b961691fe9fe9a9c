import { defined } from "../../base/defined";
import type { Digest } from "../../base/digest";
import type { BoundedText, TreeDetails } from "../../oci";
import { platformOf } from "../catalog/views";
import { isSbomPredicate } from "../catalog/sbom";
import { saysOwner } from "./owner";

/** A label or annotation as the index has it. */
interface IndexedFact {
  readonly kind: "label" | "annotation";
  readonly name: string;
  readonly value: string;
  /** Characters of the whole value where it was cut. */
  readonly fullLength?: number;
  /** True where it says whose the image is. */
  readonly isOwner: boolean;
}

/** What the index keeps of an image. */
export interface ImageDocument {
  readonly digest: Digest;
  readonly created?: string;
  readonly platforms: readonly string[];
  /** Of the image, and of every manifest and configuration in it. */
  readonly digests: readonly Digest[];
  readonly facts: readonly IndexedFact[];
  /** True where not all labels and annotations are kept. */
  readonly isCut: boolean;
  /** Attestations of the index that hold an SBOM. */
  readonly sboms: readonly Digest[];
  /** Requests that reading it takes: a manifest each, and each configuration. */
  readonly reads: number;
}

/** Labels and annotations of one image that are kept, and their characters together. */
const MAX_FACTS = 1_000;
const MAX_TEXT = 256 * 1024;

/** What the index keeps of an image: what platforms say alike is kept once. */
export function documentOf({ digest, annotations, images, attestations }: TreeDetails): ImageDocument {
  const facts = new Map<string, IndexedFact>();
  let [left, isCut] = [MAX_TEXT, images.some(({ labelsLeftOut }) => labelsLeftOut > 0)];
  const add = (kind: IndexedFact["kind"], texts: readonly BoundedText[]) => {
    for (const { name, value, fullLength } of texts) {
      const key = JSON.stringify([kind, name, value]);
      if (facts.has(key)) continue;
      const length = name.length + value.length;
      if (facts.size >= MAX_FACTS || length > left) {
        isCut = true;
        continue;
      }
      left -= length;
      facts.set(key, { kind, name, value, isOwner: saysOwner(name), ...defined({ fullLength }) });
    }
  };
  for (const image of images) add("label", image.labels);
  add("annotation", annotations);
  for (const image of images) add("annotation", image.annotations);
  const manifests = new Set([digest, ...images.map((image) => image.digest), ...attestations.map((one) => one.digest)]);
  const configs = new Set(images.map(({ config }) => config));
  return {
    digest,
    platforms: images.flatMap((image) => platformOf(image) ?? []),
    digests: [...manifests, ...configs],
    ...{ facts: [...facts.values()], isCut },
    reads: manifests.size + configs.size,
    sboms: attestations.filter(({ predicates }) => predicates.some(isSbomPredicate)).map((one) => one.digest),
    ...defined({ created: images[0]?.created }),
  };
}
