/** The two classes of images, and so of registries: built under compliance, or ordinary. */
export const IMAGE_CLASSES = ["secure", "standard"] as const;

/** A class of images; each stage has one registry for each. */
export type ImageClass = (typeof IMAGE_CLASSES)[number];

/**
 * Whether an image is promoted by digest or rebuilt for each stage.
 * A stage-bound image has its stage's registry host baked in, so promoting it would carry the wrong host along.
 */
export const IMAGE_BINDINGS = ["portable", "stage-bound"] as const;

type ImageBinding = (typeof IMAGE_BINDINGS)[number];

/** Where an image is built from, as in a Compose file: folders and files of the repository that holds Pulumi.yaml. */
interface ImageBuild {
  /** The folder that the Dockerfile copies from. Default: `images/<repository>`. */
  context?: string;
  /** Within the context. Default: `Dockerfile`. */
  dockerfile?: string;
}

/** One repository of the product and where it belongs. */
export interface MappedImage {
  repository: string;
  class: ImageClass;
  binding: ImageBinding;
  /** Left out where it is built from the folder of its name. */
  build?: ImageBuild;
}

/** The repositories of a class, in alphabetical order. */
export function repositoriesOf(images: readonly MappedImage[], imageClass: ImageClass): string[] {
  return images
    .filter((image) => image.class === imageClass)
    .map((image) => image.repository)
    .sort();
}

/** What a token may do in a repository it may pull from. Source: ACR repository-scoped permissions. */
export const PULL_ACTIONS = ["content/read", "metadata/read"] as const;

/**
 * A repository, or all below a path: `orders/api` or `orders/*`.
 * ACR takes one wildcard, at the end, behind a slash.
 */
export type RepositoryPattern = string;

const WILDCARD = "/*";

/** True where the pattern stands for the repository. */
export function patternMatches(pattern: RepositoryPattern, repository: string): boolean {
  return pattern.endsWith(WILDCARD) ? repository.startsWith(pattern.slice(0, -1)) : pattern === repository;
}

/** True where one pattern takes in all that the other does. */
function covers(wide: RepositoryPattern, narrow: RepositoryPattern): boolean {
  return wide === narrow || (wide.endsWith(WILDCARD) && narrow.startsWith(wide.slice(0, -1)));
}

/** True where one pattern takes in all of the other, so that listing both says less than it seems. */
export function patternsOverlap(a: RepositoryPattern, b: RepositoryPattern): boolean {
  return covers(a, b) || covers(b, a);
}

/** Pairs of overlapping patterns, in the order given. Sorted neighbours suffice: a prefix sorts before its children. */
export function overlappingPatterns(patterns: readonly RepositoryPattern[]): [RepositoryPattern, RepositoryPattern][] {
  const keys = patterns.map((pattern) => ({ pattern, key: pattern.replace(/\*$/, "") }));
  keys.sort((x, y) => (x.key < y.key ? -1 : x.key > y.key ? 1 : 0));
  const found: [RepositoryPattern, RepositoryPattern][] = [];
  let root = keys[0];
  for (const entry of keys.slice(1)) {
    if (root && patternsOverlap(root.pattern, entry.pattern)) found.push([root.pattern, entry.pattern]);
    else root = entry;
  }
  return found;
}

/** The actions of a scope map that lets its token pull from the given repositories, sorted. */
export function pullScope(patterns: readonly RepositoryPattern[]): string[] {
  return patterns.flatMap((pattern) => PULL_ACTIONS.map((action) => `repositories/${pattern}/${action}`)).sort();
}

/** Things that stand in a repository each, found by pattern in logarithmic time, so that thousands cost little. */
export class RepositoryIndex<T extends { repository: string }> {
  private readonly sorted: readonly T[];

  constructor(items: readonly T[]) {
    this.sorted = [...items].sort((a, b) => (a.repository < b.repository ? -1 : 1));
  }

  /** The first at or behind a text, by binary search. */
  private firstFrom(text: string): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.sorted[middle]?.repository ?? "") < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** All that the pattern stands for, in order of repository; they lie next to each other. */
  *below(pattern: RepositoryPattern): Generator<T> {
    const start = this.firstFrom(pattern.endsWith("/*") ? pattern.slice(0, -1) : pattern);
    for (let at = start; ; at++) {
      const item = this.sorted[at];
      if (!item || !patternMatches(pattern, item.repository)) return;
      yield item;
    }
  }

  /** True where the pattern stands for anything at all. */
  reaches(pattern: RepositoryPattern): boolean {
    return this.below(pattern).next().done === false;
  }
}
