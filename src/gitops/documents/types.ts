import type { Digest } from "../../base/digest";

/** A step into a document: a key, or the place in a list. */
export type Path = readonly (string | number)[];

/** The object that a document describes; empty texts for a file of values, which has neither. */
export interface ObjectName {
  apiVersion: string;
  kind: string;
  namespace?: string;
  name?: string;
}

/** What one place names: an image by its parts. */
export interface ImageParts {
  /** Left out where the document leaves it to the container runtime. */
  host?: string;
  repository: string;
  tag?: string;
  digest?: Digest;
}

/** One image as a document names it, and where its parts stand. */
export interface ImageSite extends ImageParts {
  file: string;
  /** Index of the YAML document in the file. */
  document: number;
  object: ObjectName;
  /** Of the value that is or holds the image, such as `["spec", "values", "image"]`. */
  path: Path;
  /** One scalar `host/repository:tag@digest`, or an object or keys side by side that hold the parts. */
  form: "string" | "parts";
  /** The line where the value begins, from 1. */
  line: number;
  /** True where it is a chart or manifests that Flux loads (OCIRepository), and no image that runs. */
  artifact?: true;
}

/** Why an image is not, or not only, decided by what stands in the document. */
type ElsewhereReason = "chart" | "valuesFrom" | "postRenderers" | "substitution" | "unreadable";

/** A place that may decide about images and that is not read: where it points, and why. */
export interface Elsewhere {
  file: string;
  document: number;
  object: ObjectName;
  path: Path;
  /** From 1. */
  line: number;
  reason: ElsewhereReason;
  /** What decides, for people, such as `ConfigMap "inventory-values", key values.yaml, sets image.tag`. */
  where: string;
}

/** What a file says of images. */
export interface FoundImages {
  images: ImageSite[];
  elsewhere: Elsewhere[];
}

/** How one image is to change; what is left out stays as it is. */
export interface ImageChange {
  site: ImageSite;
  to: Partial<ImageParts>;
  /**
   * Where a digest goes that has no place yet: behind the tag (`1.0.0@sha256:...`), which every chart passes on, or into a
   * key of its own, which only a chart reads that knows the key.
   *
   * @default "key" beside `registry` and in objects that define the key (Kustomize, OCIRepository), else "tag"
   */
  digestAs?: "key" | "tag";
}
